"""How long a question takes on a sharded library, with stragglers and with replicas that are lost.

A discrete-event simulation (simpy): questions arrive at random, cost a core of the server that asks
its time, go to one replica of every shard at once, and are answered when the last shard has
answered. What it stands on is the table ``Measured``; what is recommended is in docs/scale.md.

    python -m benchmarks.simulate_cluster            # the table of docs/scale.md; three minutes
    python -m benchmarks.simulate_cluster --seconds 10
"""

import argparse
import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeAlias, TypeVar

import numpy as np
import simpy

Result = TypeVar("Result")
Steps: TypeAlias = Generator[simpy.Event, Any, Result]
"""A process as simpy runs it, and what it comes to."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What goes in. Milliseconds of one core, unless said otherwise.

    ``scan`` is one question in a shard of ``photos``; ``growth`` is the power of the count that
    it grows by: 12,500 vectors were looked at of 200,000 for recall 0.99, 42,000 of 1,000,000
    (docs/benchmarks.md), and so on beyond. ``question`` is all the rest of one: its words
    embedded, names, moments, relevance, the catalog. All were measured on this project's two
    cores. The others are assumptions: ``network``, there and back within a building; a
    ``straggler`` in a hundred answers takes ten times as long (garbage, a page that is not in
    memory, a neighbour), as in Dean and Barroso, The Tail at Scale (2013); a lost replica is
    noticed after ``patience`` and replaced after ``outage`` seconds.
    """

    scan: float = 5.0
    photos: int = 1_000_000
    growth: float = 0.75
    question: float = 8.0
    network: float = 0.5
    spread: float = 0.2
    straggler: float = 0.01
    slower: float = 10.0
    patience: float = 100.0
    outage: float = 20.0

    def scan_of(self, photos: float) -> float:
        """What a shard of so many photographs usually takes."""
        return self.scan * float((photos / self.photos) ** self.growth)


@dataclass(frozen=True, slots=True)
class Plan:
    """``shards`` of a library, each held by ``replicas`` of ``cores``, asked ``rate`` times a
    second through servers with ``askers`` cores. ``hedge`` asks another replica as well after so
    many milliseconds; None never. ``lost`` replicas fail together, of as many shards."""

    photos: int
    shards: int
    replicas: int
    rate: float
    askers: int
    cores: int = 8
    hedge: float | None = None
    lost: int = 0

    @property
    def name(self) -> str:
        hedge = "" if self.hedge is None else ", hedged"
        return f"{self.photos // 10**6:,} M, {self.shards} × {self.replicas}{hedge}"


@dataclass(slots=True)
class Outcome:
    """Milliseconds of every question, and of how many shards each had an answer."""

    plan: Plan
    latencies: list[float] = field(default_factory=list)
    incomplete: int = 0
    asked_twice: int = 0

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.latencies, share))

    @property
    def incomplete_share(self) -> float:
        return self.incomplete / len(self.latencies)


class _Replica:
    def __init__(self, env: simpy.Environment, cores: int) -> None:
        self.cores = simpy.Resource(env, cores)
        self.alive = True

    @property
    def load(self) -> int:
        return self.cores.count + len(self.cores.queue)


class _Cluster:
    """One simulated library."""

    def __init__(self, plan: Plan, measured: Measured, seconds: float, seed: int) -> None:
        self.env = simpy.Environment()
        self.plan, self.measured, self.end = plan, measured, 1e3 * seconds
        self.random = random.Random(seed)
        self.askers = simpy.Resource(self.env, plan.askers)
        self.shards = [
            [_Replica(self.env, plan.cores) for _ in range(plan.replicas)]
            for _ in range(plan.shards)
        ]
        self.outcome = Outcome(plan)

    def run(self) -> Outcome:
        self.env.process(self._arrivals())
        if self.plan.lost:
            self.env.process(self._loss())
        self.env.run()
        return self.outcome

    def _arrivals(self) -> Steps[None]:
        for _ in count():
            yield self.env.timeout(self.random.expovariate(self.plan.rate / 1e3))
            if self.env.now >= self.end:
                return
            self.env.process(self._question())

    def _loss(self) -> Steps[None]:
        """A rack is lost in the middle: a replica each of some shards, and comes back."""
        yield self.env.timeout((self.end - 1e3 * self.measured.outage) / 2)
        gone = [replicas[0] for replicas in self.shards[: self.plan.lost]]
        for replica in gone:
            replica.alive = False
        yield self.env.timeout(1e3 * self.measured.outage)
        for replica in gone:
            replica.alive = True

    def _question(self) -> Steps[None]:
        begun = self.env.now
        with self.askers.request() as core:
            yield core
            yield self.env.timeout(self._jittered(self.measured.question))
        asked = [self.env.process(self._shard(replicas)) for replicas in self.shards]
        answered = yield self.env.all_of(asked)
        self.outcome.latencies.append(self.env.now - begun)
        self.outcome.incomplete += not all(answered.values())

    def _shard(self, replicas: list[_Replica]) -> Steps[bool]:
        """Ask one replica, another if there is no answer in time; whether there was one."""
        first = self._chosen(replicas)
        asked = [self.env.process(self._ask(first))]
        others = [one for one in replicas if one is not first]
        hedge = self.plan.hedge
        if hedge is not None and others:
            yield self.env.any_of([*asked, self.env.timeout(hedge)])
            if not asked[0].processed:
                self.outcome.asked_twice += 1
                asked.append(self.env.process(self._ask(self._chosen(others))))
        found = yield self.env.any_of(asked)
        if any(found.values()):
            return True
        if len(asked) == 1 and not others:
            return False
        if len(asked) == 1:
            asked.append(self.env.process(self._ask(self._chosen(others))))
        both = yield self.env.all_of(asked)
        return any(both.values())

    def _chosen(self, replicas: list[_Replica]) -> _Replica:
        """The less busy of two at random: whoever asks does not know who is lost."""
        return min(self.random.sample(replicas, min(2, len(replicas))), key=lambda one: one.load)

    def _ask(self, replica: _Replica) -> Steps[bool]:
        if not replica.alive:
            yield self.env.timeout(self.measured.patience)
            return False
        yield self.env.timeout(self.measured.network)
        with replica.cores.request() as core:
            yield core
            yield self.env.timeout(self._scan())
        return True

    def _scan(self) -> float:
        plan, measured = self.plan, self.measured
        usual = measured.scan_of(plan.photos / plan.shards)
        slow = self.random.random() < measured.straggler
        return self._jittered(usual * (measured.slower if slow else 1.0))

    def _jittered(self, milliseconds: float) -> float:
        return milliseconds * self.random.lognormvariate(0.0, self.measured.spread)


def simulate(plan: Plan, measured: Measured, *, seconds: float = 60.0, seed: int = 0) -> Outcome:
    """Ask for so many simulated seconds."""
    return _Cluster(plan, measured, seconds, seed).run()


TEN_MILLION = Plan(photos=10_000_000, shards=1, replicas=1, rate=20, askers=4)
HUNDRED_MILLION = Plan(photos=100_000_000, shards=10, replicas=1, rate=50, askers=4)
BILLION = Plan(photos=1_000_000_000, shards=100, replicas=1, rate=100, askers=8)


def plans(measured: Measured) -> Iterator[Plan]:
    """What is compared: shards of other sizes, replicas, hedging, and each with a loss."""
    for base, shard_counts in ((TEN_MILLION, (1, 2, 4)), (HUNDRED_MILLION, (5, 10, 20))):
        for shards in shard_counts:
            yield replace(base, shards=shards)
        yield from _replicated(base, measured)
    yield from (replace(BILLION, shards=shards) for shards in (50, 100, 200))
    yield from _replicated(BILLION, measured)


def _replicated(base: Plan, measured: Measured) -> Iterator[Plan]:
    lost = max(1, base.shards // 10)
    hedge = 3 * measured.scan_of(base.photos / base.shards)
    yield replace(base, lost=lost)
    for replicas in (2, 3):
        for after in (None, hedge):
            yield replace(base, replicas=replicas, hedge=after)
            yield replace(base, replicas=replicas, hedge=after, lost=lost)


def table(measured: Measured, seconds: float, seed: int) -> Iterator[str]:
    titles = ("lost", "questions/s", "p50 ms", "p95 ms", "p99 ms", "incomplete", "asked twice")
    yield f"| library, shards × replicas | {' | '.join(titles)} |"
    yield f"|---|{'---:|' * len(titles)}"
    for plan in plans(measured):
        found = simulate(plan, measured, seconds=seconds, seed=seed)
        p50, p95, p99 = (found.percentile(share) for share in (50, 95, 99))
        twice = found.asked_twice / len(found.latencies) / plan.shards
        yield (
            f"| {plan.name} | {plan.lost} | {plan.rate:g} | {p50:.0f} | {p95:.0f} | {p99:.0f} "
            f"| {found.incomplete_share:.1%} | {twice:.1%} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Sharded search, simulated.")
    parser.add_argument("--seconds", type=float, default=60.0, help="simulated, for each row")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    for line in table(Measured(), wanted.seconds, wanted.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
