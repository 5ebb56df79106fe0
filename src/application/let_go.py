"""Work that nobody waits for any longer."""

import asyncio
from typing import Any


def let_go(task: asyncio.Task[Any]) -> None:
    """Cancel it, and hear how it ends: nobody else asks, and a failure nobody asked for is logged as a defect."""
    task.cancel()
    task.add_done_callback(_heard)


def _heard(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
