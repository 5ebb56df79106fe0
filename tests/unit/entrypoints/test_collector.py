"""What a process has loaded costs no request anything."""

import gc
from collections.abc import Iterator

import pytest

from entrypoints.collector import spare_what_is_loaded


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_is_alive_is_never_looked_at_again() -> None:
    alive = [[number] for number in range(100)]
    spare_what_is_loaded()
    looked_at = {id(each) for each in gc.get_objects()}
    assert not looked_at & {id(each) for each in alive}


def test_cycles_made_later_are_still_found() -> None:
    spare_what_is_loaded()
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1


def test_the_young_are_looked_at_less_often() -> None:
    before = gc.get_threshold()
    spare_what_is_loaded()
    assert all(now > then for now, then in zip(gc.get_threshold(), before, strict=True))
