"""However long an upstream was away, what waited for it goes out soon after it is back."""

from collections.abc import Sequence
from itertools import accumulate

import pytest

from application import deliver_messages, handle_notices

MINUTE, HOUR = 60, 3_600


@pytest.mark.parametrize("schedule", [deliver_messages._SCHEDULE, handle_notices._SCHEDULE], ids=["letters", "notices"])
@pytest.mark.parametrize(
    ("away", "at_most"),
    [
        (10, 15),
        (10 * MINUTE, 5 * MINUTE),
        (HOUR, 5 * MINUTE),
        (5 * HOUR, 15 * MINUTE),
        (12 * HOUR, HOUR),
        (30 * HOUR, HOUR),
    ],
)
def test_a_message_waits_no_longer_than_promised(schedule: Sequence[float], away: float, at_most: float) -> None:
    tries = [0.0, *accumulate(schedule)]
    assert min(at for at in tries if at >= away) - away <= at_most


@pytest.mark.parametrize("schedule", [deliver_messages._SCHEDULE, handle_notices._SCHEDULE], ids=["letters", "notices"])
def test_a_message_is_given_up_after_about_a_day_and_a_half(schedule: Sequence[float]) -> None:
    assert 30 * HOUR < sum(schedule) < 42 * HOUR
