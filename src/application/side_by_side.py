"""Several outside calls at once, none of which outlives its caller."""

import asyncio
from collections.abc import Awaitable


async def side_by_side(*work: Awaitable[object]) -> None:
    """Returns when all have ended, and only then raises the first failure.

    A write that goes on after its caller has given up would race whatever the caller does next.
    """
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
