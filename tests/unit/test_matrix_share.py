"""What CI runs of the fault matrices: a part at a time, and all of them in turn."""

import pytest

from tests.matrix_share import share

CELLS = list(range(23))


def test_the_parts_have_nothing_in_common_and_are_together_everything() -> None:
    parts = [share(CELLS, f"{number}/5") for number in range(1, 6)]
    assert sorted(cell for part in parts for cell in part) == CELLS
    assert {len(part) for part in parts} == {4, 5}


def test_a_counter_goes_through_the_parts_in_turn() -> None:
    assert share(CELLS, "281/5") == share(CELLS, "1/5")
    assert share(CELLS, "0/5") == share(CELLS, "5/5")


def test_nothing_is_left_out_unless_asked_for() -> None:
    assert share(CELLS, "1/1") == CELLS


@pytest.mark.parametrize("text", ["", "3", "3/", "/5", "3/0", "-1/5", "a/b"])
def test_anything_else_is_a_mistake(text: str) -> None:
    with pytest.raises(pytest.UsageError, match="not of the form"):
        share(CELLS, text)
