"""Several outside calls at once, none of which outlives its caller."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any


async def side_by_side(*work: Awaitable[object]) -> None:
    """Returns when all have ended, and only then raises the first failure.

    A write that goes on after its caller has given up would race whatever the caller does next.
    """
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def all_together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Returns when all have ended. The first failure ends the others and is raised, as itself, once they have ended."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
