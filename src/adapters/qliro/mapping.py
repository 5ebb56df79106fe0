"""What single values in Qliro's documents mean, exactly: pure functions."""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Raw

from adapters.qliro.wire import NUMBER, UNREADABLE, Names, WireAction, WireItem
from adapters.remembered import remembered
from domain.checkout import LineType
from domain.errors import InvalidAmount
from domain.ledger import TransactionStatus
from domain.money import to_minor

_STATUSES = Names(TransactionStatus, otherwise=TransactionStatus.UNKNOWN)
_LINE_TYPES = Names(LineType, otherwise=LineType.PRODUCT)
_BRANDS = ("UNKNOWN", "VISA", "MASTERCARD", "AMEX")


def line_type(value: str | int | None) -> LineType:
    """The kind of row that a name in any case, or a number, stands for; a product when it is neither."""
    return _LINE_TYPES.member(value)


def status_of(value: str | int | None) -> TransactionStatus:
    """A transaction's status; one unheard of is unknown."""
    return _STATUSES.member(value)


def card_brand(value: str | int | None) -> str:
    """A brand's name, also one given by its number or not known when this was written; empty when it says nothing."""
    if isinstance(value, int):
        value = _BRANDS[value] if 0 <= value < len(_BRANDS) else ""
    name = (value or "").upper()
    return "" if name == _BRANDS[0] else name


def year_or_month(value: object) -> int | None:
    """A card's year or month, also written as text; None for whatever is neither."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def currency_code(code: str | None) -> str:
    """Raises InvalidAmount when none is stated."""
    if not code:
        raise InvalidAmount("a currency must be stated")
    return code.upper()


def minor(amount: Raw) -> int:
    """Minor units. Raises InvalidAmount when no amount is stated, or none that can be one."""
    stated = _minor(amount)
    if stated is None:
        raise InvalidAmount("an amount must be stated")
    return stated


def net_price(wire: WireItem | WireAction) -> int:
    """A price without VAT that is not stated is the price with it."""
    stated = _minor(wire.price_per_item_ex_vat)
    return minor(wire.price_per_item_inc_vat) if stated is None else stated


@remembered
def _minor(text: bytes) -> int | None:
    amount = _number(text)
    return None if amount is None else to_minor(amount)


@remembered
def whole(text: bytes) -> int:
    """A quantity that is not stated is one piece. Raises InvalidAmount unless it is a whole number."""
    quantity = _number(text)
    if quantity is None:
        return 1
    if not quantity.is_finite() or not 0 <= quantity <= 1_000_000_000 or (pieces := int(quantity)) != quantity:
        raise InvalidAmount("a quantity must be a whole number")
    return pieces


def _number(text: bytes) -> Decimal | None:
    try:
        return NUMBER.decode(text) if text else None
    except UNREADABLE:
        raise InvalidAmount("a number must be one") from None


def moment_of(text: str | None) -> datetime | None:
    """Times without an offset are UTC; one that cannot be read, or lies outside of the calendar, is not known."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text_of(value: str | int | None) -> str | None:
    """An identifier that may come as a number; None when there is none."""
    return None if value is None or value == "" else str(value)
