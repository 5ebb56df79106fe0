"""Wherever a process dies or loses an answer, the next request and the background put everything right.

The points to strike are counted from the run itself: a call that is added tomorrow is struck tomorrow.
"""

import pytest

from tests.faults.injection import Strike
from tests.faults.matrix import run
from tests.faults.scenarios import SCENARIOS, Scenario

MOST_CALLS = 200


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_undisturbed_it_ends_well(scenario: Scenario) -> None:
    assert (await run(scenario, None, Strike.NOT_SENT)).problems == []


@pytest.mark.parametrize("strike", Strike)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_struck_at_any_call_it_ends_well(scenario: Scenario, strike: Strike) -> None:
    failures: list[str] = []
    for nth in range(1, MOST_CALLS):
        cell = await run(scenario, nth, strike)
        if cell.call is None:
            break
        if cell.problems:
            failures.append(f"call {nth} {cell.call}: {'; '.join(dict.fromkeys(cell.problems))}")
    assert nth > 1, "the request made no calls"
    assert failures == []
