"""Background work: side by side, fair between merchants, drained on the way out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Set
from functools import partial

import pytest

from application.errands import Errand
from domain.errors import AdapterError, StoreUnavailable
from entrypoints.dispatch import Capacity
from entrypoints.workers import Workers
from tests.e2e.shop import eventually

CAPACITY = Capacity(in_all=6, per_merchant=2, at_a_time=3, idle_seconds=0.01, after_failure_seconds=0.01)


class Queue:
    """Errands of several merchants, given out in turn like the stores do."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.done: list[str] = []
        self.under_way: list[str] = []
        self.hang = asyncio.Event()
        self.failures: list[Exception] = []
        self.taken = 0

    async def take(self, *, limit: int, besides: Set[str]) -> tuple[Errand, ...]:
        self.taken += 1
        if self.failures:
            raise self.failures.pop()
        chosen: list[str] = []
        while len(chosen) < limit and (willing := [m for m, n in self.waiting.items() if n and m not in besides]):
            for merchant in willing[: limit - len(chosen)]:
                self.waiting[merchant] -= 1
                chosen.append(merchant)
        return tuple(Errand(merchant, partial(self.serve, merchant)) for merchant in chosen)

    async def serve(self, merchant: str) -> int:
        self.under_way.append(merchant)
        if merchant.startswith("hanging"):
            await self.hang.wait()
        if merchant == "broken":
            raise ZeroDivisionError
        self.under_way.remove(merchant)
        self.done.append(merchant)
        return 1


class Told:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def work_interrupted(self, where: str, failure: AdapterError) -> None:
        self.heard.append(f"{where} interrupted")

    def unexpected(self, where: str, failure: BaseException) -> None:
        self.heard.append(f"{where} {type(failure).__name__}")


Begin = Callable[[], Workers]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def queue() -> Queue:
    return Queue()


@pytest.fixture
async def begin(queue: Queue, told: Told) -> AsyncIterator[Begin]:
    started: list[Workers] = []

    def start() -> Workers:
        workers = Workers(told, CAPACITY)
        workers.start({"outbox": queue})
        started.append(workers)
        return workers

    yield start
    queue.hang.set()
    for workers in started:
        await workers.stop(within=1)


async def test_a_hanging_merchants_backlog_does_not_delay_another(queue: Queue, begin: Begin) -> None:
    queue.waiting = {"hanging": 500}
    begin()
    await eventually(lambda: len(queue.under_way) >= CAPACITY.per_merchant)
    for _ in range(3):
        queue.waiting["quiet"] = 10
        await eventually(lambda: queue.waiting["quiet"] == 0 and queue.under_way.count("quiet") == 0, seconds=1)
    assert queue.done == ["quiet"] * 30
    most = CAPACITY.per_merchant + CAPACITY.at_a_time - 1
    assert len(queue.under_way) <= most


async def test_a_backlog_is_worked_off_as_places_come_free(queue: Queue, begin: Begin) -> None:
    queue.waiting = {"hanging": 5, "hanging-2": 20, "quiet": 40}
    begin()
    await eventually(lambda: queue.waiting["quiet"] == 0)
    queue.hang.set()
    await eventually(lambda: len(queue.done) == 65)


async def test_a_defect_in_one_errand_leaves_the_others_alone(queue: Queue, begin: Begin, told: Told) -> None:
    queue.waiting = {"broken": 1, "quiet": 3}
    begin()
    await eventually(lambda: len(queue.done) == 3)
    assert told.heard == ["outbox ZeroDivisionError"]


async def test_an_absent_database_is_an_interruption_and_no_defect(queue: Queue, begin: Begin, told: Told) -> None:
    queue.failures = [StoreUnavailable("away"), StoreUnavailable("away"), TypeError()]
    queue.waiting = {"quiet": 1}
    begin()
    await eventually(lambda: queue.done == ["quiet"])
    assert told.heard == ["outbox TypeError", "outbox interrupted", "outbox interrupted"]


async def test_stopping_finishes_what_is_in_hand_and_takes_nothing_more(queue: Queue, begin: Begin) -> None:
    queue.waiting = {"hanging": 1}
    workers = begin()
    await eventually(lambda: queue.under_way == ["hanging"])
    stopping = asyncio.create_task(workers.stop(within=5))
    await asyncio.sleep(0.01)
    queue.waiting["quiet"] = 1
    queue.hang.set()
    await stopping
    assert queue.done == ["hanging"]
    assert queue.waiting["quiet"] == 1


async def test_what_does_not_end_in_time_is_dropped(queue: Queue, begin: Begin) -> None:
    queue.waiting = {"hanging": 1}
    workers = begin()
    await eventually(lambda: queue.under_way == ["hanging"])
    await workers.stop(within=0.05)
    assert queue.done == []
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "outbox"]


async def test_a_repeated_act_goes_on_after_failures_until_stopped(told: Told) -> None:
    turns: list[int] = []

    async def act() -> None:
        turns.append(1)
        if len(turns) < 3:
            raise StoreUnavailable("away")

    workers = Workers(told, CAPACITY)
    workers.repeat("backlog", act, every=0.001)
    await eventually(lambda: len(turns) > 3)
    await workers.stop(within=1)
    assert told.heard == ["backlog interrupted"] * 2
