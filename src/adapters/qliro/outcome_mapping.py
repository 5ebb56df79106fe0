"""What Qliro's answers say has become of a request: placed, received, carried out, or not known. Pure functions."""

from adapters.qliro.decoding import decoded
from adapters.qliro.mapping import status_of
from adapters.qliro.wire import (
    CREATED,
    PLACED,
    RECEIVED,
    RECEIVED_UPSELL,
    UNREADABLE,
    Received,
    ReceivedTransaction,
)
from application.ports.merchant_payments import PlacedPayment
from domain.ledger import TransactionStatus
from domain.outcomes import Accepted, Outcome, Pending, Unknown
from domain.upsell import UpsellAnswer


def created_order_id(raw: bytes) -> int:
    """The id of the order that was created. Raises ProviderUnavailable when the answer does not tell it."""
    return decoded(CREATED, raw, "answer to a new order").order_id


def placed_answered(raw: bytes) -> PlacedPayment:
    """The order that a payment without the customer became. Raises ProviderUnavailable when it is not told."""
    placed = decoded(PLACED, raw, "answer to a payment")
    told = [status_of(each.status) for each in placed.payment_transactions or ()]
    return PlacedPayment(placed.order_id, decided=bool(told) and all(status.final for status in told))


def outcome_answered(raw: bytes) -> Outcome:
    """What a successful answer to a money operation says: received, and only carried out if it says so itself."""
    try:
        return _outcome(RECEIVED.decode(raw))
    except UNREADABLE:
        return Unknown("Qliro's answer can't be understood")


def upsell_answered(raw: bytes) -> UpsellAnswer:
    """What a successful answer to an upsell says: a transaction, or where the customer pays."""
    try:
        wire = RECEIVED_UPSELL.decode(raw)
    except UNREADABLE:
        return UpsellAnswer(Unknown("Qliro's answer can't be understood"))
    return UpsellAnswer(_outcome(wire), _web_address(wire.upsell_link))


def _outcome(wire: Received) -> Outcome:
    told = wire.payment_transactions or (
        ReceivedTransaction(payment_transaction_id=wire.payment_transaction_id, status=wire.status),
        ReceivedTransaction(
            payment_transaction_id=wire.reversal_payment_transaction_id,
            status=wire.reversal_payment_transaction_status,
        ),
    )
    known = [(each.payment_transaction_id, status_of(each.status)) for each in told if each.payment_transaction_id]
    ids = tuple(ident for ident, _ in known if ident)
    done = bool(known) and all(status is TransactionStatus.SUCCESS for _, status in known)
    return Accepted(ids) if done else Pending(ids)


def _web_address(link: str | None) -> str:
    """A customer's browser is sent there: nothing but the web will do."""
    known = (link or "").strip()
    return known if known.startswith(("https://", "http://")) and known.isprintable() and len(known) <= 2_000 else ""
