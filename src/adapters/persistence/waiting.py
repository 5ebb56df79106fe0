"""Waiting for an order that somebody else is working on, without holding anything meanwhile."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.payments import Claim
from domain.errors import OrderBusy

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.2
GROWTH = 1.6


async def claimed(attempt: Callable[[], Awaitable[Claim | None]], *, clock: Clock, wait: timedelta) -> Claim:
    """The first claim that `attempt` gets, asked again after growing pauses. Raises OrderBusy after `wait`."""
    deadline = clock.now() + wait
    pause = FIRST_PAUSE
    while (claim := await attempt()) is None:
        left = (deadline - clock.now()).total_seconds()
        if left <= 0:
            raise OrderBusy("Another request is working on this order.")
        await clock.sleep(min(left, random.uniform(pause / 2, pause)))
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    return claim
