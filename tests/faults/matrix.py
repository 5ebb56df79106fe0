"""One cell: a world, a request that is struck somewhere, its caller's repetition, and time to come to rest."""

from contextlib import suppress
from dataclasses import dataclass

from domain.errors import AdapterError, OrderBusy
from tests.faults.injection import Injector, Killed, Strike
from tests.faults.invariants import wrongs
from tests.faults.scenarios import Scenario
from tests.unit.application.world import World

DEAD_FOR = 61
"""Seconds after which every lease of a dead process has run out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of striking the nth call; `call` is None when the run made fewer calls."""

    call: str | None
    problems: list[str]


Blow = tuple[int, Strike]
"""Which call is struck (from 1), and how."""


async def run(scenario: Scenario, *blows: Blow) -> Cell:
    """Everything from the beginning to rest; every blow strikes an attempt of its own."""
    world = World()
    await scenario.prepare(world)
    injector = Injector()
    for number, (nth, strike) in enumerate(blows):
        injector = Injector(nth, strike)
        await _struck(world, scenario, injector, again=number > 0)
        if not injector.struck:
            return Cell(None, [])
    problems = await _repeated(world, scenario)
    if not problems:
        await _rest(world)
        problems = wrongs(world)
        problems += await scenario.end(world)
        problems += wrongs(world)
    return Cell(injector.calls[blows[-1][0] - 1] if blows else "", problems)


async def _struck(world: World, scenario: Scenario, injector: Injector, *, again: bool) -> None:
    process = world.fresh(injector.over(world.ports))
    act = scenario.again if again and scenario.again else scenario.act
    with suppress(Killed, AdapterError):
        await world.do(act(world, process))
    if injector.dead:
        world.clock.advance(DEAD_FOR)
    world.clock.advance(1)
    world.notebook.notes.clear()


async def _repeated(world: World, scenario: Scenario) -> list[str]:
    """The caller asks again, and once more when it is told that somebody is busy with the order."""
    again = scenario.again or scenario.act
    for _ in range(3):
        try:
            await world.do(again(world, world.app))
        except OrderBusy:
            world.clock.advance(10)
        except AdapterError as failure:
            return [f"repeated, it failed: {type(failure).__name__} {failure}"]
        else:
            return []
    return ["repeated, it is busy for ever"]


async def _rest(world: World) -> None:
    for _ in range(4):
        world.clock.advance(DEAD_FOR)
        await world.background()
        await world.do(world.app.look_after())
        await world.background()
