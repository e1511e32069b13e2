"""The simulation behind docs/scale.md, where its answer can be told beforehand."""

from dataclasses import replace

import pytest

from benchmarks.simulate_cluster import Measured, Plan, simulate

CALM = Measured(spread=0.0, straggler=0.0)
PLAN = Plan(photos=10_000_000, shards=10, replicas=2, rate=5, askers=50)


def test_without_chance_or_queues_a_question_takes_the_sum_of_its_steps() -> None:
    found = simulate(PLAN, CALM, seconds=20)
    assert found.percentile(50) == pytest.approx(CALM.question + CALM.network + CALM.scan, abs=0.1)
    assert found.incomplete == 0


def test_the_slowest_of_many_shards_is_usually_a_straggler() -> None:
    """Of a hundred shards, 1 - 0.99 ** 100 = 63 % of the questions meet one; of one, 1 %."""
    slow = replace(CALM, straggler=0.01)
    for shards, share in ((100, 0.634), (1, 0.01)):
        found = simulate(replace(PLAN, photos=shards * 10**6, shards=shards), slow, seconds=60)
        late = [latency > 40 for latency in found.latencies]
        assert sum(late) / len(late) == pytest.approx(share, abs=0.1)


def test_a_server_that_cannot_keep_up_is_seen_to() -> None:
    busy = replace(PLAN, rate=150, askers=1)  # 150 × 8 ms of one core
    assert simulate(busy, CALM, seconds=20).percentile(95) > 1000


def test_a_lost_shard_is_missed_only_where_it_had_no_second_replica() -> None:
    for replicas, incomplete in ((1, 1 / 3), (2, 0.0)):
        found = simulate(replace(PLAN, replicas=replicas, lost=1), CALM, seconds=60)
        assert found.incomplete_share == pytest.approx(incomplete, abs=0.1)


def test_asking_again_spares_most_of_the_waiting() -> None:
    plan = replace(PLAN, photos=100_000_000, rate=20)
    measured = Measured()
    alone = simulate(plan, measured, seconds=30)
    hedge = 3 * measured.scan_of(10_000_000)
    hedged = simulate(replace(plan, hedge=hedge), measured, seconds=30)
    assert hedged.percentile(95) < 0.8 * alone.percentile(95)
    assert hedged.asked_twice < 0.05 * len(hedged.latencies) * plan.shards


def test_the_same_seed_gives_the_same_answer() -> None:
    first, second = (simulate(PLAN, Measured(), seconds=5, seed=3) for _ in range(2))
    assert first.latencies == second.latencies
