import asyncio
from dataclasses import replace

import pytest

from adapters.http_guards import CircuitBreaker, GuardSettings, Lane, LaneClosed, Lanes, RetryBudget

SETTINGS = GuardSettings(
    concurrency=2,
    patience_seconds=0.05,
    failures_to_open=3,
    open_seconds=10,
    retry_share=0.1,
    retry_reserve=2,
    retry_refill_per_second=0.5,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_failures_in_a_row_close_the_way_and_a_success_forgets_them() -> None:
    breaker = CircuitBreaker(SETTINGS)
    for ok in (False, False, True, False, False):
        breaker.enter(0)
        breaker.leave(ok, 0)
    assert not breaker.open
    breaker.leave(False, 0)
    with pytest.raises(LaneClosed):
        breaker.enter(9.9)


def test_after_a_while_one_call_probes() -> None:
    breaker = CircuitBreaker(SETTINGS)
    for _ in range(3):
        breaker.leave(False, 0)
    breaker.enter(10)
    with pytest.raises(LaneClosed):
        breaker.enter(10)
    breaker.leave(False, 10)
    with pytest.raises(LaneClosed):
        breaker.enter(19)
    breaker.enter(20)
    breaker.leave(True, 20)
    breaker.enter(20)
    assert not breaker.open


def test_a_probe_that_tells_nothing_lets_another_one_go() -> None:
    breaker = CircuitBreaker(SETTINGS)
    for _ in range(3):
        breaker.leave(False, 0)
    breaker.enter(10)
    breaker.leave(None, 10)
    breaker.enter(10)


def test_retries_are_earned_by_calls_and_by_time() -> None:
    budget = RetryBudget(SETTINGS, 0)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(11):
        budget.earn(0)
    assert [budget.spend(), budget.spend()] == [True, False]
    budget.earn(100)
    assert [budget.spend() for _ in range(3)] == [True, True, False]


async def test_a_full_lane_turns_callers_away_after_a_while() -> None:
    lane = Lane(SETTINGS, Clock())
    async with lane.slot(None), lane.slot(None):
        with pytest.raises(LaneClosed):
            async with lane.slot(None):
                pytest.fail("there is no place")
        with pytest.raises(LaneClosed):
            async with lane.slot(0.001):
                pytest.fail("there is no place and no time")
    async with lane.slot(None):
        assert not lane.idle
    assert lane.idle


async def test_a_waiting_caller_gets_the_next_place() -> None:
    lane = Lane(GuardSettings(concurrency=1, patience_seconds=5), Clock())
    order: list[str] = []

    async def work(name: str) -> None:
        async with lane.slot(None):
            order.append(name)
            await asyncio.sleep(0.01)

    await asyncio.gather(work("a"), work("b"), work("c"))
    assert order == ["a", "b", "c"]


def test_idle_lanes_are_forgotten_and_sick_ones_are_not() -> None:
    lanes = Lanes(SETTINGS, Clock(), most=3)
    sick = lanes.of("sick")
    for _ in range(3):
        sick.breaker.leave(False, 100)
    for number in range(50):
        lanes.of(f"m{number}")
    assert lanes.of("sick") is sick
    assert len(lanes._lanes) <= 4


async def test_who_is_turned_away_from_a_sick_lane_takes_no_place_in_it() -> None:
    clock = Clock()
    lane = Lane(replace(SETTINGS, concurrency=1), clock)
    for _ in range(3):
        async with lane.slot(None) as verdict:
            verdict.ok = False
    for _ in range(3):
        with pytest.raises(LaneClosed, match="failed too often"):
            async with lane.slot(None):
                pass
    assert not lane.idle
    clock.now += 10
    async with lane.slot(None) as verdict:
        verdict.ok = True
    assert lane.idle


async def test_who_has_little_time_waits_no_longer_than_that_for_a_place() -> None:
    lane = Lane(replace(SETTINGS, concurrency=1, patience_seconds=30), Clock())
    async with asyncio.timeout(10), lane.slot(None):
        with pytest.raises(LaneClosed, match="waiting already"):
            async with lane.slot(0.01):
                pass
