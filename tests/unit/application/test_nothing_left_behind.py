"""Work that is given up ends quietly: its failure is nobody's, and no log tells of a task that nobody heard."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.let_go import let_go
from application.texts import DeclineReason
from domain.errors import OrderUnavailable
from tests.unit.application.wiring import PATIENCE
from tests.unit.application.world import World, a_decline


@pytest.fixture
async def complaints() -> AsyncIterator[list[str]]:
    """What the event loop has to say about tasks and futures."""
    heard: list[str] = []

    def hear(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        heard.append(str(context["message"]))

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(hear)
    yield heard
    loop.set_exception_handler(None)


async def all_said() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
    gc.collect()


async def interrupted(*_: object, **__: object) -> None:
    """Whoever interrupts it hears that it failed, as with a call whose time is up in the same moment."""
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        raise OrderUnavailable("Norce did not answer in time.", sent=True) from None


@pytest.mark.parametrize("call", ["read_order", "validate", "set_status"])
async def test_what_validate_no_longer_waits_for_ends_quietly(call: str, complaints: list[str]) -> None:
    world = World(patience=replace(PATIENCE, validate=timedelta(seconds=0.1)))
    await world.start()
    setattr(world.platform, call, interrupted)
    assert await world.validate() == a_decline(DeclineReason.TRY_AGAIN)
    await all_said()
    assert complaints == []


async def test_hooks_that_fail_beside_a_defect_end_quietly(complaints: list[str]) -> None:
    world = World()

    async def refused(*_: object, **__: object) -> None:
        raise OrderUnavailable("Norce did not answer in time.", sent=True)

    async def surprised(*_: object, **__: object) -> int:
        await asyncio.sleep(0)
        raise KeyError("surprise")

    world.platform.add_hook = refused  # type: ignore[method-assign]
    world.provider.create_checkout = surprised  # type: ignore[method-assign]
    with suppress(KeyError):  # kept, it would keep the task
        await world.start()
        pytest.fail("the defect was swallowed")
    await all_said()
    assert complaints == []


async def test_a_task_that_is_let_go_is_cancelled_and_heard(complaints: list[str]) -> None:
    task = asyncio.create_task(interrupted())
    await asyncio.sleep(0)
    let_go(task)
    await asyncio.wait({task})
    del task
    await all_said()
    assert complaints == []
