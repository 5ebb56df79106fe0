"""Qliro's settlement reports as the domain sees them (qliro.md 3, 9.2): tolerant in form, strict in money.

Member names are read in any case, absent and null are the same, unknown members are skipped. An amount with more than
two decimals is refused rather than rounded: what is rounded away would be missing from the pay-out.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from adapters.qliro.mapping import moment_of
from adapters.qliro.wire import UNREADABLE, Names
from domain.errors import InvalidAmount, ProviderUnavailable
from domain.money import to_major, to_minor
from domain.settlement import EntryAction, EntryKind, EntryStatus, Exchange, PayOut, SettlementEntry

Members = Mapping[str, Any]
Made = TypeVar("Made")
_KINDS = Names((EntryKind.TRANSACTION, EntryKind.FEE, EntryKind.CHARGEBACK), otherwise=EntryKind.UNKNOWN)
_ACTIONS = Names((EntryAction.DEBIT, EntryAction.CREDIT), otherwise=EntryAction.UNKNOWN)
_LISTS = {
    "settlements": EntryStatus.ACCEPTED,
    "pendingsettlements": EntryStatus.PENDING,
    "rejectedsettlements": EntryStatus.REJECTED,
}
_LARGEST_ID = 2**63 - 1
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw] | None)
_MEMBERS = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def entries_answered(raw: bytes) -> Iterator[SettlementEntry]:
    """Every line of an answer, one at a time. Raises ProviderUnavailable at the first that cannot be understood."""
    for name, listed in _lists(raw, _LISTS):
        for each in listed:
            yield _sensible(_entry, each, _LISTS[name])


def pay_outs_answered(raw: bytes) -> tuple[PayOut, ...]:
    """The batches of an answer, oldest first. Raises ProviderUnavailable when they cannot be understood."""
    found = [_sensible(_pay_out, each, None) for _, listed in _lists(raw, {"settlementbatches"}) for each in listed]
    return tuple(sorted(found, key=lambda batch: (batch.day, batch.number)))


def _lists(raw: bytes, wanted: Collection[str]) -> Iterator[tuple[str, list[msgspec.Raw]]]:
    try:
        for name, value in _OBJECT.decode(raw).items():
            if name.casefold() in wanted:
                yield name.casefold(), _LIST.decode(value) or []
    except UNREADABLE:
        raise ProviderUnavailable("Qliro answered something that is no settlement report.") from None


def _sensible(
    build: Callable[[Members, EntryStatus | None], Made], raw: msgspec.Raw, status: EntryStatus | None
) -> Made:
    try:
        return build({name.casefold(): value for name, value in _MEMBERS.decode(raw).items()}, status)
    except UNREADABLE:
        raise ProviderUnavailable("Qliro's settlement report has a line that cannot be read.") from None
    except InvalidAmount as wrong:
        raise ProviderUnavailable(f"Qliro's settlement report has a line that makes no sense: {wrong}.") from None


def _entry(told: Members, status: EntryStatus | None) -> SettlementEntry:
    kind = _KINDS.member(_enumerated(told, "type"))
    amount = _minor(told, "amount")
    effect = _effect(kind, _ACTIONS.member(_enumerated(told, "action")), amount)
    imported, settled = _day(told, "importsettlementdate"), _day(told, "pspsettlementdate")
    completed = _moment(told, "transactioncompleteddate")
    known = settled or imported or (completed and completed.date())
    if known is None:
        raise InvalidAmount("it has no date")
    rate = _rate(told)
    return SettlementEntry(
        status=status or EntryStatus.ACCEPTED,
        kind=kind,
        effect=effect,
        currency=_currency(told, "currencycode"),
        settled_on=known,
        imported_on=imported or known,
        transaction_id=_id(told, "paymenttransactionid"),
        order_id=_id(told, "orderid"),
        reference=_text(told, "merchantorderreference"),
        batch=_text(told, "batchid"),
        method=_text(told, "paymentmethodtype"),
        subtype=_text(told, "paymentmethodsubtype"),
        acquirer=_text(told, "acquirername"),
        country=_text(told, "countrycode"),
        completed_at=completed,
        vat_rate=rate,
        net=None if rate is None else _net(told, effect),
        exchange=_exchange(told, "fxtotal"),
    )


def _pay_out(told: Members, _: EntryStatus | None) -> PayOut:
    day, number = _day(told, "batchdate"), _id(told, "id")
    if day is None or number is None:
        raise InvalidAmount("a batch has neither number nor date")
    return PayOut(
        number=number,
        batch=_text(told, "batchid") or str(number),
        day=day,
        currency=_currency(told, "currencycode"),
        total=_minor(told, "totalamount"),
        fees=0 if told.get("totalfeeamount") is None else _minor(told, "totalfeeamount"),
        acquirer=_text(told, "acquirername"),
        exchange=_exchange(told, "fxtotalamount"),
    )


def _effect(kind: EntryKind, action: EntryAction, amount: int) -> int:
    """A debit adds to the pay-out, a credit takes from it; so does a negative amount, whatever its action."""
    if amount < 0:
        return amount
    adds = action is EntryAction.DEBIT or (action is EntryAction.UNKNOWN and kind is EntryKind.TRANSACTION)
    return amount if adds else -amount


def _net(told: Members, effect: int) -> int | None:
    if told.get("amountexcludingvat") is None:
        return None
    without = abs(_minor(told, "amountexcludingvat"))
    return -without if effect < 0 else without


def _rate(told: Members) -> int | None:
    """Basis points; a rate below 1 is a fraction, since no VAT is below one percent."""
    value = told.get("vatrate")
    if value is None:
        return None
    rate = _decimal(value)
    points = (rate * 100 if rate < 1 else rate) * 100
    if not 0 <= points <= 10_000 or points != int(points):
        raise InvalidAmount(f"{rate} is no VAT rate")
    return int(points)


def _exchange(told: Members, total: str) -> Exchange | None:
    currency = told.get("fxcurrencycode")
    if not currency or told.get(total) is None:
        return None
    rate = told.get("fxrate")
    return Exchange(str(currency).upper(), _minor(told, total), None if rate is None else _decimal(rate))


def _minor(told: Members, name: str) -> int:
    amount = _decimal(told.get(name))
    minor = to_minor(amount)
    if to_major(minor) != amount:
        raise InvalidAmount(f"{amount} has more than two decimals")
    return minor


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise InvalidAmount(f"{str(value)[:40]!r} is not an amount of money")
    return Decimal(value)


def _currency(told: Members, name: str) -> str:
    code = _text(told, name).upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise InvalidAmount(f"{code[:10]!r} is no currency")
    return code


def _id(told: Members, name: str) -> int | None:
    """A number or its digits; 0 stands for none."""
    value = told.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LARGEST_ID:
        return None
    return value


def _enumerated(told: Members, name: str) -> str | int | None:
    value = told.get(name)
    return value if isinstance(value, str | int) else None


def _text(told: Members, name: str) -> str:
    """One printable line of at most 200 characters."""
    value = told.get(name)
    text = str(value) if isinstance(value, str | int) else ""
    return "".join(character for character in text[:200] if character.isprintable()).strip()


def _moment(told: Members, name: str) -> datetime | None:
    """The year 1 is how an empty date is written."""
    value = told.get(name)
    moment = moment_of(value.replace("/", "-")) if isinstance(value, str) else None
    return None if moment is None or moment.year < 1900 else moment


def _day(told: Members, name: str) -> date | None:
    """The calendar day as it is written, whatever its offset."""
    value = told.get(name)
    moment = _moment({name: value[:10]}, name) if isinstance(value, str) else None
    return moment.date() if moment else None
