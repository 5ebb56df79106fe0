"""Settlement reports of the Admin API (section 9.2): which days may be asked for, and which lines are told."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from aiohttp import web

from adapters.simulators.qliro.errors import ApiError, evaluation
from adapters.simulators.qliro.merchant_api import authenticate
from adapters.simulators.qliro.rendering import distort
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.settlement_lines import (
    Kind,
    Line,
    Status,
    wire_batch,
    wire_line,
    wire_summary,
)
from adapters.simulators.qliro.settlements import batches_of, lines_of
from adapters.simulators.qliro.state import SimState

BASE = "/checkout/adminapi/v2/settlements"
LONGEST_REPORT = 61
LONGEST_LIST = 60
_MEMBERS = {
    Status.ACCEPTED: "Settlements",
    Status.PENDING: "PendingSettlements",
    Status.REJECTED: "RejectedSettlements",
}
Named = TypeVar("Named", bound=StrEnum)


async def read_settlements(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/settlements: lines of all statuses; those not paid yet by the day they were imported."""
    merchants = _caller(state, call)
    first, last = _period(state, call, "FromDate", "ToDate", LONGEST_REPORT)
    statuses = _names(call, "SettlementStatuses", Status)
    batch = call.query("BatchId")
    found = [
        line
        for line in _chosen(call, lines_of(state, merchants), method="PaymentMethodType")
        if first <= _day(line) <= last and line.status in statuses and batch in (None, "", line.batch_id)
    ]
    return json_answer(distort(_by_status(state, found), state.config.quirks))


async def list_batches(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/settlements/GetSettlementBatches."""
    merchants = _caller(state, call)
    first, last = _period(state, call, "FromBatchDate", "ToBatchDate", LONGEST_LIST)
    currency, acquirers = call.query("CurrencyCode"), _many(call, "AcquirerNames")
    found = [
        wire_batch(batch, state.config.settlement_exchange)
        for batch in batches_of(state, merchants)
        if first <= batch.day <= last
        and currency in (None, "", batch.currency)
        and (not acquirers or batch.acquirer in acquirers)
    ]
    return json_answer(distort({"SettlementBatches": found}, state.config.quirks))


async def read_batch(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/settlements/GetSettlementsByBatchId."""
    merchants = _caller(state, call)
    wanted = call.query("Id") or ""
    for batch in batches_of(state, merchants):
        if str(batch.id) == wanted:
            summary = wire_summary(batch.lines)
            none = wire_summary(())
            body = _by_status(state, batch.lines) | {
                "TotalSummary": summary,
                "SettlementTransactionSummary": summary,
                "PendingTransactionsSummary": none,
                "RejectedTransactionsSummary": none,
            }
            return json_answer(distort(body, state.config.quirks))
    if not wanted.isdigit():
        raise ApiError("INVALID_INPUT", "Property: Id, Message: Id must be a number")
    raise ApiError("ORDER_NOT_FOUND", "Settlement batch not found", status=404)


async def read_transfers(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/settlements/GetBankTransferBatchDetails: what was paid, line by line."""
    merchants = _caller(state, call)
    first, last = _period(state, call, "FromBatchDate", "ToBatchDate", LONGEST_LIST)
    found = [
        line
        for line in _chosen(call, lines_of(state, merchants), method="PaymentMethodTypes")
        if line.status is Status.ACCEPTED and first <= line.paid <= last
    ]
    return json_answer(distort(_by_status(state, found), state.config.quirks))


def _caller(state: SimState, call: Call) -> list[str]:
    authenticate(state, call)
    return [merchant.key for merchant in call.signers]


def _period(state: SimState, call: Call, since: str, until: str, longest: int) -> tuple[date, date]:
    """Both days included; the newest is yesterday."""
    first = _date(call, since)
    today = state.clock.now().date()
    last = _date(call, until) if call.query(until) else today - timedelta(days=1)
    if last >= today:
        raise evaluation("PERIOD_NOT_SETTLED", "The period is not settled yet; the latest possible day is yesterday")
    days = (last - first).days + 1
    if days < 1:
        raise evaluation("PERIOD_INVALID", f"{since} is after {until}")
    if days > longest:
        code = "PERIOD_INVALID" if longest == LONGEST_REPORT else "PERIOD_LIMIT_EXCEEDED"
        raise evaluation(code, f"The period must not be longer than {longest} days")
    return first, last


def _date(call: Call, name: str) -> date:
    text = call.query(name) or ""
    for form in ("%Y/%m/%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  days have no zone
        except ValueError:
            continue
    raise ApiError("INVALID_INPUT", f"Property: {name}, Message: {name} must be a date, yyyy/mm/dd")


def _many(call: Call, name: str) -> list[str]:
    """All values of a parameter that may be repeated."""
    return [value for key, value in call.request.query.items() if key.casefold() == name.casefold() and value]


def _names(call: Call, name: str, kind: type[Named]) -> set[Named]:
    """Members by name in any case or by position; none given means all."""
    members = list(kind)
    by_name = {member.value.casefold(): member for member in members}
    by_name |= {str(i): member for i, member in enumerate(members)}
    wanted = _many(call, name)
    unknown = [value for value in wanted if value.casefold() not in by_name]
    if unknown:
        raise ApiError("INVALID_INPUT", f"Property: {name}, Message: The value '{unknown[0]}' is not valid")
    return {by_name[value.casefold()] for value in wanted} or set(members)


def _chosen(call: Call, lines: Sequence[Line], *, method: str) -> list[Line]:
    kinds, methods = _names(call, "Types", Kind), _many(call, method)
    currency, country = call.query("CurrencyCode"), call.query("CountryCode")
    return [
        line
        for line in lines
        if line.kind in kinds
        and (not methods or line.method in methods)
        and currency in (None, "", line.currency)
        and country in (None, "", line.country)
    ]


def _day(line: Line) -> date:
    return line.paid if line.status is Status.ACCEPTED else line.imported


def _by_status(state: SimState, lines: Sequence[Line]) -> dict[str, Any]:
    numbers, fx = state.config.quirks.integer_enums, state.config.settlement_exchange
    return {
        name: [wire_line(x, fx, numbers=numbers) for x in lines if x.status is status]
        for status, name in _MEMBERS.items()
    }


ROUTES: tuple[Route, ...] = (
    route("GET", BASE, read_settlements),
    route("GET", f"{BASE}/GetSettlementBatches", list_batches),
    route("GET", f"{BASE}/GetSettlementsByBatchId", read_batch),
    route("GET", f"{BASE}/GetBankTransferBatchDetails", read_transfers),
)
