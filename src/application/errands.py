"""Background work taken in pieces that can be done side by side, so that a slow one holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Errand:
    """What must be done one after the other, for one merchant; `run` does it and tells how much it was."""

    merchant: str
    run: Callable[[], Awaitable[int]]


async def run_all(errands: Iterable[Errand]) -> int:
    """Do them side by side until the slowest is done, and only then raise the first failure; how much it was."""
    results = await asyncio.gather(*(errand.run() for errand in errands), return_exceptions=True)
    return sum([_done(result) for result in results])


def grouped(pieces: Iterable[Piece], by: Callable[[Piece], Hashable]) -> tuple[tuple[Piece, ...], ...]:
    """Pieces that belong together, each group in the order in which its pieces came."""
    groups: dict[Hashable, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(by(piece), []).append(piece)
    return tuple(tuple(group) for group in groups.values())


def _done(result: int | BaseException) -> int:
    if isinstance(result, BaseException):
        raise result
    return result
