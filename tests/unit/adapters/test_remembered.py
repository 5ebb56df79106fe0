"""Values that are read once per text."""

import msgspec
import pytest
from msgspec import Raw

from adapters.remembered import LONGEST, MOST, remembered


def counted(texts: list[bytes]) -> list[bytes]:
    """What was really read of these."""
    read: list[bytes] = []

    @remembered
    def number(text: bytes) -> int:
        read.append(text)
        return int(text)

    for text in texts:
        assert number(Raw(text)) == int(text)
    return read


def test_the_same_text_is_read_once() -> None:
    assert counted([b"12", b"7", b"12", b"7", b"12"]) == [b"12", b"7"]


def test_the_same_number_written_otherwise_is_another_text() -> None:
    assert counted([b"12", b"012", b"12"]) == [b"12", b"012"]


def test_long_texts_are_not_kept() -> None:
    kept, too_long = b"0" * (LONGEST - 1) + b"1", b"0" * LONGEST + b"1"
    assert counted([kept, too_long] * 2) == [kept, too_long, too_long]


def test_only_so_many_are_kept() -> None:
    many = [str(number).encode() for number in range(MOST + 1)]
    assert counted([*many, many[-1], many[0]])[MOST + 1 :] == [many[0]]


def test_what_is_refused_is_refused_again() -> None:
    @remembered
    def refused(text: bytes) -> int:
        raise ValueError(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            refused(Raw(b"x"))


def test_a_member_that_is_absent_has_no_text() -> None:
    class Wire(msgspec.Struct):
        amount: Raw = Raw()

    told = remembered(lambda text: text or b"nothing")
    assert told(msgspec.json.decode(b"{}", type=Wire).amount) == b"nothing"
    assert told(msgspec.json.decode(b'{"amount":1}', type=Wire).amount) == b"1"
