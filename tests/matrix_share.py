"""`--matrix-share 3/10`: of the fault matrices' cells only every tenth, beginning with the third.

All of them take a quarter of an hour, which is too long for every change; a part each time goes through all of them in
turn. The parts are of equal size, have nothing in common, and are together everything.
"""

from collections.abc import Sequence
from typing import TypeVar

import pytest

Cell = TypeVar("Cell")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix-share", metavar="K/N", default="1/1", help="the K-th of N parts of the fault matrices")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    cells = [item for item in items if item.get_closest_marker("matrix")]
    left_out = set(cells) - set(share(cells, config.getoption("--matrix-share")))
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def share(cells: Sequence[Cell], text: str) -> Sequence[Cell]:
    """The part that `text` (K/N) names. A K beyond N begins anew, so that a counter can be given as it is.

    Raises pytest.UsageError.
    """
    number, _, parts = text.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and int(parts)):
        raise pytest.UsageError(f"--matrix-share {text}: not of the form 3/10")
    return cells[(int(number) - 1) % int(parts) :: int(parts)]
