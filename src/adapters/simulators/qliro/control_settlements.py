"""Acts of the control plane on pay-outs: look at them, and make them wrong."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from adapters.simulators.qliro.control_api import Endpoint, read
from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.model import Order, Transaction
from adapters.simulators.qliro.money import NotAnAmount, TooManyDecimals, to_minor
from adapters.simulators.qliro.routing import Call
from adapters.simulators.qliro.settlement_book import Twist
from adapters.simulators.qliro.settlement_lines import Action, Kind, Line, Status, wire_batch, wire_line
from adapters.simulators.qliro.settlements import acquirer_of, add_line, batches_of, line_for, lines_of
from adapters.simulators.qliro.state import SimState


class _Body(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request body; amounts in major units."""


class Alteration(_Body):
    """What the report tells wrongly of a transaction; what is left out stays true."""

    amount: Decimal | None = None
    fee: Decimal | None = None
    currency: str | None = None
    method: str | None = None


class Standing(_Body):
    """`omitted` leaves its lines out; `accepted` is how it was."""

    status: Literal["accepted", "pending", "rejected", "omitted"]


class ChargebackBody(_Body):
    """How much is charged back; left out means all of it. `returned` gives it back to the merchant."""

    amount: Decimal | None = None
    returned: bool = False


class Stranger(_Body):
    """A line that stands for nothing that this Qliro knows."""

    amount: Decimal
    type: Kind = Kind.TRANSACTION
    action: Action = Action.DEBIT
    currency: str = "SEK"
    method: str = "CREDITCARDS"
    country: str = "SE"
    order_id: int | None = None
    transaction_id: int | None = None
    reference: str | None = None
    merchant_key: str | None = None


async def show_settlements(state: SimState, call: Call) -> Any:
    merchants = [call.query("merchantKey") or merchant.key for merchant in state.config.merchants]
    lines = lines_of(state, merchants)
    batches = [batch for merchant in dict.fromkeys(merchants) for batch in batches_of(state, [merchant])]
    fx = state.config.settlement_exchange
    return {
        "lines": [wire_line(line, fx) | {"Status": line.status.value} for line in lines],
        "batches": [wire_batch(batch, fx) for batch in batches],
    }


async def alter(state: SimState, call: Call) -> Any:
    twist, body = _twist(state, call), read(call, Alteration)
    twist.amount = twist.amount if body.amount is None else _minor(body.amount)
    twist.fee = twist.fee if body.fee is None else _minor(body.fee)
    twist.currency = body.currency or twist.currency
    twist.method = body.method or twist.method
    return {}


async def stand(state: SimState, call: Call) -> Any:
    twist, status = _twist(state, call), read(call, Standing).status
    twist.omitted = status == "omitted"
    twist.status = {"pending": Status.PENDING, "rejected": Status.REJECTED}.get(status)
    return {}


async def charge_back(state: SimState, call: Call) -> Any:
    order, tx = _named(state, call)
    body = read(call, ChargebackBody)
    amount = tx.amount if body.amount is None else _minor(body.amount)
    action = Action.DEBIT if body.returned else Action.CREDIT
    line = line_for(order, tx, Kind.CHARGEBACK, action, amount, state.clock.now())
    return wire_line(add_line(state, order.merchant_key, line), state.config.settlement_exchange)


async def add_stranger(state: SimState, call: Call) -> Any:
    body = read(call, Stranger)
    line = Line(
        kind=body.type, action=body.action, amount=_minor(body.amount), currency=body.currency, method=body.method,
        subtype=body.method, acquirer=acquirer_of(body.method), country=body.country, order_id=body.order_id,
        transaction_id=body.transaction_id, reference=body.reference, completed=state.clock.now(),
    )  # fmt: skip
    merchant = body.merchant_key or state.config.merchants[0].key
    return wire_line(add_line(state, merchant, line), state.config.settlement_exchange)


def _named(state: SimState, call: Call) -> tuple[Order, Transaction]:
    found = state.transaction(int(call.params[0]))
    if found is None:
        raise ApiError("NOT_FOUND", "No such transaction", status=404)
    return found


def _twist(state: SimState, call: Call) -> Twist:
    return state.settlements.twist(_named(state, call)[1].id)


def _minor(amount: Decimal) -> int:
    try:
        minor = to_minor(amount)
    except (NotAnAmount, TooManyDecimals) as wrong:
        raise ValueError(f"{wrong} is no amount") from wrong
    if minor < 0:
        raise ValueError(f"{amount} is negative")
    return minor


_TAG = "settlements"
SETTLEMENTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/settlements", "All lines and batches so far", show_settlements, query=("merchantKey",), tag=_TAG),
    Endpoint("POST", "/settlements/strangers", "A line that stands for nothing", add_stranger, Stranger, tag=_TAG),
    Endpoint("POST", "/settlements/{id}/alter", "Tell a transaction's lines wrongly", alter, Alteration, tag=_TAG),
    Endpoint("POST", "/settlements/{id}/status", "Pend, reject or omit a transaction", stand, Standing, tag=_TAG),
    Endpoint("POST", "/settlements/{id}/chargeback", "The card holder wants it back", charge_back, ChargebackBody,
             tag=_TAG),
)  # fmt: skip
