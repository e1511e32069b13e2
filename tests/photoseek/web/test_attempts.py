"""Guesses at the token: never more than so many, and never at the cost of who has it."""

import hashlib
import hmac
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from photoseek.web.guard import (
    ATTEMPTS_SECONDS,
    MOST_ATTEMPTS,
    MOST_TOGETHER,
    Attempts,
    Keys,
    TooManyAttempts,
)

from .conftest import Serve

API = "/api/v1"
TOKEN = "correct-horse-battery"
KEYS = Keys(TOKEN)


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def is_refused(attempts: Attempts, client: str, token: str = TOKEN) -> bool:
    try:
        attempts.is_right(KEYS, client, token)
    except TooManyAttempts:
        return True
    return False


def guesses(attempts: Attempts, clients: Iterator[str], most: int) -> int:
    """How many of so many different wrong tokens are looked at."""
    return sum(not is_refused(attempts, next(clients), f"guess-{i}") for i in range(most))


def always(client: str) -> Iterator[str]:
    while True:
        yield client


def test_after_too_many_wrong_ones_an_address_waits(attempts: Attempts, clock: Clock) -> None:
    assert guesses(attempts, always("10.0.0.1"), 50) == MOST_ATTEMPTS
    assert is_refused(attempts, "10.0.0.1")
    assert not is_refused(attempts, "10.0.0.2")
    clock.now = ATTEMPTS_SECONDS - 0.5
    with pytest.raises(TooManyAttempts, match="try again in 1 s") as refused:
        attempts.is_right(KEYS, "10.0.0.1", TOKEN)
    clock.now += refused.value.wait
    assert attempts.is_right(KEYS, "10.0.0.1", TOKEN)


def test_the_right_token_in_between_gives_no_more_guesses(attempts: Attempts) -> None:
    clients = always("10.0.0.1")
    assert guesses(attempts, clients, MOST_ATTEMPTS - 1) == MOST_ATTEMPTS - 1
    assert attempts.is_right(KEYS, "10.0.0.1", TOKEN)
    assert guesses(attempts, clients, 50) <= MOST_ATTEMPTS
    assert is_refused(attempts, "10.0.0.1")


def test_an_old_token_shuts_out_nobody_behind_the_same_proxy(
    attempts: Attempts, clock: Clock
) -> None:
    for _ in range(500):
        clock.now += 1
        assert not attempts.is_right(KEYS, "10.0.0.1", "the-token-of-last-year")
    assert attempts.is_right(KEYS, "10.0.0.1", TOKEN)


@pytest.mark.parametrize("network", ["10.{}.{}.1", "2001:db8:{:x}:{:x}::1"])
def test_many_addresses_give_no_more_guesses(
    attempts: Attempts, clock: Clock, network: str
) -> None:
    assert attempts.is_right(KEYS, "192.168.1.5", TOKEN)
    strangers = (network.format(i // 200, i % 200) for i in range(10_000))
    for minute in range(3):
        clock.now = minute * (ATTEMPTS_SECONDS + 1)
        assert guesses(attempts, strangers, 1000) == MOST_TOGETHER
        assert is_refused(attempts, next(strangers))
        assert not is_refused(attempts, "192.168.1.5"), "it is known"


def test_the_addresses_of_one_ipv6_network_count_as_one(attempts: Attempts) -> None:
    clients = (f"2001:db8:1:2::{i:x}" for i in range(1, 100))
    assert guesses(attempts, clients, 50) == MOST_ATTEMPTS
    assert not is_refused(attempts, "2001:db8:1:3::1")
    mapped = iter(["::ffff:10.0.0.1", "10.0.0.1"] * 25)
    assert guesses(Attempts(), mapped, 50) == MOST_ATTEMPTS


def test_wrong_tokens_of_a_known_address_shut_out_no_stranger(attempts: Attempts) -> None:
    for i in range(MOST_TOGETHER // MOST_ATTEMPTS):
        client = f"192.168.1.{i}"
        assert attempts.is_right(KEYS, client, TOKEN)
        assert guesses(attempts, always(client), 50) == MOST_ATTEMPTS
    assert not is_refused(attempts, "10.0.0.1")


def from_address(guarded: TestClient, address: str) -> TestClient:
    return TestClient(guarded.app, base_url="http://localhost", client=(address, 50_000))


def status(client: TestClient, token: str) -> int:
    sent = {"authorization": f"Bearer {token}"}
    return client.get(f"{API}/status", headers=sent).status_code


def wrong_ones(client: TestClient, way: str, count: int = MOST_ATTEMPTS + 1) -> list[int]:
    if way == "header":
        return [status(client, f"guess-{i}") for i in range(count)]
    sent = [{"token": f"guess-{i}"} for i in range(count)]
    return [client.post("/login", data=one).status_code for one in sent]


@pytest.mark.parametrize("way", ["header", "login"])
def test_attempts_are_limited(serve: Serve, way: str) -> None:
    guarded = serve(token=TOKEN)
    assert wrong_ones(guarded, way) == [401] * MOST_ATTEMPTS + [429]
    assert status(guarded, TOKEN) == 429
    late = guarded.post("/login", data={"token": TOKEN})
    assert (late.status_code, int(late.headers["retry-after"]) > 0) == (429, True)


@pytest.mark.parametrize("way", ["header", "login"])
def test_who_is_logged_in_is_never_refused(serve: Serve, way: str) -> None:
    """Also beside an Authorization header: a proxy's own password is sent along by browsers."""
    guarded = serve(token=TOKEN)
    guarded.post("/login", data={"token": TOKEN}, follow_redirects=False)
    assert wrong_ones(from_address(guarded, "testclient"), way)[-1] == 429
    assert guarded.get(f"{API}/status").status_code == 200
    for header in ("Basic cHJveHk6cHJveHk=", "Bearer old-token-of-a-program"):
        answer = guarded.get(f"{API}/status", headers={"authorization": header})
        assert answer.status_code == 200


def test_another_address_is_not_refused(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    assert wrong_ones(from_address(guarded, "10.0.0.1"), "header")[-1] == 429
    assert status(from_address(guarded, "10.0.0.2"), TOKEN) == 200


def test_what_a_request_says_of_its_way_is_not_believed(serve: Serve) -> None:
    stranger = from_address(serve(token=TOKEN), "10.0.0.1")
    for i in range(MOST_ATTEMPTS):
        stranger.headers["x-forwarded-for"] = stranger.headers["forwarded"] = f"10.0.1.{i}"
        status(stranger, f"guess-{i}")
    assert status(stranger, TOKEN) == 429


def test_another_scheme_is_no_guess(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    for i in range(50):
        sent = {"authorization": f"Basic cHJveHk{i}"}
        assert guarded.get(f"{API}/status", headers=sent).status_code == 401
    assert status(guarded, TOKEN) == 200


def test_the_cookie_is_no_second_way_to_guess_at_the_token() -> None:
    """Cookies are not counted, so who knows the token without the server must not know them."""
    first, second = Keys(TOKEN), Keys(TOKEN)
    assert len(first.cookie) == 64
    assert not second.is_cookie(first.cookie)
    made = hmac.new(TOKEN.encode(), b"photoseek session", hashlib.sha256).hexdigest()
    assert not first.is_cookie(made)
