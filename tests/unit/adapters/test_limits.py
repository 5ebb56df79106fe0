import asyncio
import re

import pytest

from application import correlation
from application.deadline import deadline, no_deadline, remaining_budget


def test_nothing_limits_work_by_default() -> None:
    assert remaining_budget() is None


def test_an_inner_deadline_cannot_extend_an_outer_one() -> None:
    with deadline(1):
        with deadline(60):
            assert (remaining_budget() or 99) <= 1
        with deadline(0.5):
            assert (remaining_budget() or 99) <= 0.5
        assert (remaining_budget() or 0) > 0.5
    assert remaining_budget() is None


def test_a_deadline_that_has_passed_leaves_zero() -> None:
    with deadline(-1):
        assert remaining_budget() == 0


def test_work_for_others_is_not_limited() -> None:
    with deadline(1), no_deadline():
        assert remaining_budget() is None


async def test_a_deadline_reaches_tasks_started_inside_and_no_others() -> None:
    async def left() -> float | None:
        return remaining_budget()

    outside = asyncio.create_task(left())
    with deadline(5):
        inside = asyncio.create_task(left())
        assert await outside is None
        assert await inside is not None


@pytest.mark.parametrize("value", [None, "", "a b", "x" * 65, "a\nb", "<script>"])
def test_an_id_that_is_no_harmless_token_is_replaced(value: str | None) -> None:
    with correlation.bind(value) as bound:
        assert bound == correlation.correlation_id.get()
        assert bound != value
        assert re.fullmatch(r"[0-9a-f]{16}", bound)
    assert correlation.correlation_id.get() == ""


def test_a_callers_id_is_kept() -> None:
    with correlation.bind("req-1:a.b_c") as bound:
        assert bound == "req-1:a.b_c"
