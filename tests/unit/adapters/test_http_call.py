"""What is asked again, and after how long a wait."""

import pytest

from adapters.http_call import Reply, Retry, advised_wait, affordable, wait_before, worth_repeating
from application.deadline import deadline

TWICE = Retry(attempts=2, base=0.5)


def advice(text: str) -> Reply:
    return Reply(503, {"Retry-After": text}, b"")


@pytest.mark.parametrize("status", [408, 429, 500, 503, 599])
def test_too_many_calls_time_outs_and_its_own_errors_are_worth_repeating(status: int) -> None:
    assert worth_repeating(Reply(status, {}, b""))


@pytest.mark.parametrize("status", [200, 302, 400, 407, 409, 428, 430, 499])
def test_every_other_answer_is_not(status: int) -> None:
    assert not worth_repeating(Reply(status, {}, b""))


@pytest.mark.parametrize(("status", "ok"), [(199, False), (200, True), (299, True), (300, False)])
def test_an_answer_is_good_from_200_on_and_below_300(status: int, ok: bool) -> None:
    assert Reply(status, {}, b"").ok is ok


@pytest.mark.parametrize(("attempt", "longest"), [(2, 0.5), (3, 1.0), (4, 2.0), (5, 4.0)])
def test_the_wait_doubles_and_is_at_least_half_of_that(attempt: int, longest: float) -> None:
    waits = [wait_before(attempt, TWICE, None) for _ in range(200)]
    assert longest / 2 <= min(waits) < max(waits) <= longest


def test_longer_advice_is_followed_and_shorter_is_not() -> None:
    assert wait_before(2, TWICE, advice("7")) == 7
    assert 0.25 <= wait_before(2, TWICE, advice("0")) <= 0.5


@pytest.mark.parametrize(
    ("text", "seconds"), [("12", 12), ("99999", 99_999), ("100000", 0), ("-1", 0), ("1.5", 0), ("\u0661", 0), ("", 0)]
)
def test_advice_is_a_number_of_seconds(text: str, seconds: float) -> None:
    assert advised_wait(advice(text)) == seconds
    assert advised_wait(Reply(503, {}, b"")) == 0


def test_a_wait_must_leave_time_for_a_call() -> None:
    assert affordable(10)
    assert not affordable(10.1)
    with deadline(5):
        assert affordable(4)
        assert not affordable(4.96)
        assert not affordable(6)
