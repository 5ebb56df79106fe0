"""Single values of Norce's documents, checked one by one: what cannot be is refused with the path where it stands.

A refusal names what it stands in, and whoever reads what that stands in puts its own name before it (`NoOrder.inside`):
paths are only made when something is wrong. An order has hundreds of values.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

import msgspec
from msgspec import Raw

from adapters.norce.wire import NUMBER, PRICE, UNREADABLE
from adapters.remembered import remembered
from domain.errors import InvalidAmount
from domain.money import to_minor
from domain.order import Price
from domain.vat import net

MOST_ENTRIES = 2_000
LARGEST_QUANTITY = 1_000_000
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_WIRE_PATH = re.compile(r" - at `\$\.?(.*?)`$")
_ZERO = Price(0, 0)
Decoded = TypeVar("Decoded")
Entry = TypeVar("Entry")
Result = TypeVar("Result")


class NoOrder(Exception):
    """The document is no order; `path` is the member that says so."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}" if path else why)
        self.path = path
        self.why = why

    def inside(self, path: str) -> "NoOrder":
        """The same, as it is called from outside the member at `path`."""
        return NoOrder(_joined(path, self.path), self.why)


def decoded(decoder: msgspec.json.Decoder[Decoded], raw: bytes | Raw, path: str) -> Decoded:
    """The document at `path`. Raises NoOrder, whatever the bytes are."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as wrong:
        where = _WIRE_PATH.search(str(wrong))
        inner = where[1] if where else ""
        raise NoOrder(_joined(path, inner), _WIRE_PATH.sub("", str(wrong))) from None
    except RecursionError:
        raise NoOrder(path, "it is nested too deeply") from None
    except UNREADABLE:
        raise NoOrder(path, "it is not readable JSON") from None


def _joined(path: str, inner: str) -> str:
    return path + inner if not path or not inner or inner.startswith("[") else f"{path}.{inner}"


def each(entries: tuple[Entry, ...] | None, path: str, read: Callable[[Entry], Result]) -> tuple[Result, ...]:
    """Every entry of a list; what one refuses is called by its place in the list."""
    if not entries:
        return ()
    if len(entries) > MOST_ENTRIES:
        raise NoOrder(path, f"it has more than {MOST_ENTRIES} entries")
    results: list[Result] = []
    try:
        for entry in entries:
            results.append(read(entry))  # noqa: PERF401 - how many there are is the place of the refused one
    except NoOrder as wrong:
        raise wrong.inside(f"{path}[{len(results)}]") from None
    return tuple(results)


def identifier_of(value: str, path: str) -> str:
    """Anything that can stand in a path as one segment."""
    if not value or "/" in value or len(value) > 200 or not value.isprintable():
        raise NoOrder(path, "it is not an identifier")
    return value


def currency_of(value: str | None, path: str) -> str:
    """Three letters, upper case."""
    if value is None or not _CURRENCY.fullmatch(value):
        raise NoOrder(path, "it is not a currency code")
    return value.upper()


def country_of(value: str | None) -> str:
    """Two letters, upper case; empty when not stated."""
    if not value:
        return ""
    if not _COUNTRY.fullmatch(value):
        raise NoOrder("country", "it is not a country code")
    return value.upper()


def minor_of(amount: Decimal, path: str) -> int:
    """Major units to minor units."""
    try:
        return to_minor(amount)
    except InvalidAmount:
        raise NoOrder(path, "it is not an amount of money") from None


def price_of(raw: Raw, path: str, *, rate: int | None = None) -> Price | None:
    """None when nothing is stated.

    An amount without a net one is taken at the VAT `rate` (basis points), and for free of VAT where that is not known.
    """
    try:
        told = _price(raw)
    except NoOrder as wrong:
        raise wrong.inside(path) from None
    return Price(told, told if rate is None else net(told, rate)) if isinstance(told, int) else told


@remembered
def _price(text: bytes) -> Price | int | None:
    """The gross amount alone where no net one is stated."""
    wire = decoded(PRICE, text, "") if text else None
    if wire is None or wire.including_vat is None:
        return None
    including = minor_of(wire.including_vat, "includingVat")
    return including if wire.excluding_vat is None else Price(including, minor_of(wire.excluding_vat, "excludingVat"))


def total_of(raw: Raw, path: str, *, empty: bool, rate: int | None = None) -> Price:
    """A price that may only be missing from something empty."""
    price = price_of(raw, path, rate=rate)
    if price is None and not empty:
        raise NoOrder(path, "it is missing")
    return price or _ZERO


def stated_rate(raw: Raw, path: str) -> int | None:
    """Basis points; None when it is not stated."""
    try:
        return _basis_points(raw)
    except NoOrder as wrong:
        raise wrong.inside(path) from None


def told_rate(path: str, *prices: Price) -> int:
    """The rate, in basis points, that the amounts tell: the largest of those that tell one."""
    telling = [price for price in prices if price.excluding_vat and price.including_vat != price.excluding_vat]
    if not telling:
        return 0
    price = max(telling, key=lambda price: abs(price.including_vat))
    try:
        return _of_rate(Decimal(price.including_vat) / price.excluding_vat - 1)
    except NoOrder as wrong:
        raise wrong.inside(path) from None


@remembered
def _basis_points(text: bytes) -> int | None:
    rate = decoded(NUMBER, text, "") if text else None
    return None if rate is None else _of_rate(rate)


def _of_rate(rate: Decimal) -> int:
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise NoOrder("", "it is not a VAT rate between 0 and 1")
    return int((rate * 10_000).to_integral_value(rounding=ROUND_HALF_UP))


def quantity_of(raw: Raw, path: str) -> int | None:
    """None for a fraction."""
    try:
        return _pieces(raw)
    except NoOrder as wrong:
        raise wrong.inside(path) from None


@remembered
def _pieces(text: bytes) -> int | None:
    value = decoded(NUMBER, text, "") if text else None
    if value is None:
        raise NoOrder("", "it is missing")
    if not value.is_finite() or not 0 <= value <= LARGEST_QUANTITY:
        raise NoOrder("", "it is not a quantity")
    whole = int(value)
    return whole if whole == value else None


def moment_of(text: str | None) -> datetime | None:
    """A time without an offset is UTC; one that cannot be read, or is outside of the calendar there, is not known."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
