"""Wherever a process dies or loses an answer, the next request and the background put everything right.

The points to strike are counted from the run itself: a call that is added tomorrow is struck tomorrow.
"""

from collections.abc import AsyncIterator

import pytest

from tests.faults.injection import Strike
from tests.faults.matrix import Blow, run
from tests.faults.scenarios import A_PART_WITHOUT_A_KEY, SCENARIOS, Scenario

MOST_CALLS = 200
QUICKLY = ("create", "remove while frozen", "capture", "refund of a sum")
"""Struck twice in the quick suite; the others are, too, in the slow one."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_undisturbed_it_ends_well(scenario: Scenario) -> None:
    assert (await run(scenario)).problems == []


@pytest.mark.parametrize("strike", Strike)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_struck_at_any_call_it_ends_well(scenario: Scenario, strike: Strike) -> None:
    found = [outcome async for outcome in _everywhere(scenario, strike)]
    assert found, "the request made no calls"
    assert [problem for problem in found if problem] == []


@pytest.mark.parametrize("strike", Strike)
async def test_a_part_without_a_key_is_moved_once_unless_its_answer_is_lost_on_the_way_out(strike: Strike) -> None:
    found = [outcome async for outcome in _everywhere(A_PART_WITHOUT_A_KEY, strike)]
    *before_the_answer, noted = found
    assert [problem for problem in before_the_answer if problem] == []
    assert "note_told" in noted if strike in {Strike.KILLED_AFTER, Strike.LOST} else not noted


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.name in QUICKLY], ids=lambda scenario: scenario.name)
async def test_killed_again_while_it_is_put_right_it_ends_well(scenario: Scenario) -> None:
    assert await _twice(scenario, Strike.KILLED_AFTER) == []


@pytest.mark.matrix
@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", [Strike.KILLED_AFTER, Strike.LOST])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_struck_anyhow_and_killed_while_it_is_put_right_it_ends_well(scenario: Scenario, first: Strike) -> None:
    assert await _twice(scenario, first) == []


async def _twice(scenario: Scenario, first: Strike) -> list[str]:
    """What is wrong in the end after any first blow and any death of the attempt that follows it."""
    found: list[str] = []
    for nth in range(1, MOST_CALLS):
        before = len(found)
        found += [outcome async for outcome in _everywhere(scenario, Strike.KILLED_AFTER, (nth, first))]
        if len(found) == before:
            break
    return [problem for problem in found if problem]


async def _everywhere(scenario: Scenario, strike: Strike, *earlier: Blow) -> AsyncIterator[str]:
    """What is wrong in the end for each call that can be struck; empty when nothing is."""
    for nth in range(1, MOST_CALLS):
        cell = await run(scenario, *earlier, (nth, strike))
        if cell.call is None:
            return
        where = " then ".join(f"{how} at {at}" for at, how in (*earlier, (nth, strike)))
        yield f"{where} ({cell.call}): {'; '.join(dict.fromkeys(cell.problems))}" if cell.problems else ""
