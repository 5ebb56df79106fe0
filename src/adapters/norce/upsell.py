"""The window for selling more, as Norce's payment shows it (norce.md b.2, e.11).

Read tolerantly: what is no such window is none. Written over what is there, so that members and transactions that
this service does not know stay.
"""

from typing import Any

from msgspec import Raw

from adapters.norce.values import moment_of
from adapters.norce.wire import ANYTHING, UNREADABLE, UPSELL, WireUpsellTransaction, encode
from domain.upsell import UpsellShown, UpsellState, UpsellTransaction

_STATES = {state.value.lower(): state for state in UpsellState}
LINK, TRANSACTION = "upsellLink", "qliroPaymentTransactionId"


def upsell_of(raw: Raw) -> UpsellShown | None:
    """What a payment shows of it; None when that is nothing this service could have written."""
    document = bytes(raw)
    if not document or document == b"null":
        return None
    try:
        wire = UPSELL.decode(document)
    except UNREADABLE:
        return None
    told = tuple(_transaction(each) for each in wire.transactions or ())
    return UpsellShown(bool(wire.eligible), moment_of(wire.expiration), told)


def changed_upsell(known: Raw | None, shown: UpsellShown) -> Raw:
    """The window as it was, with what is shown now laid over it."""
    try:
        old = ANYTHING.decode(known) if known is not None else None
    except UNREADABLE:
        old = None
    members: dict[str, Any] = old if isinstance(old, dict) else {}
    listed = members.get("transactions")
    there = [t for t in listed if isinstance(t, dict)] if isinstance(listed, list) else []
    own = {t.id for t in shown.transactions}
    foreign = [t for t in there if t.get("id") not in own]
    by_id = {t.get("id"): t for t in there}
    members |= {
        "eligible": shown.eligible,
        "expiration": shown.expiration.isoformat(timespec="milliseconds") if shown.expiration else None,
        "transactions": foreign + [_written(by_id.get(t.id) or {}, t) for t in shown.transactions],
    }
    return Raw(encode(members))


def invoked_by(notifications: Raw) -> tuple[str, ...]:
    """The addresses that registered notifications call; what is no list of them has none."""
    try:
        listed = ANYTHING.decode(notifications) if bytes(notifications) else None
    except UNREADABLE:
        return ()
    told = [each.get("invoke") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(address for address in told if isinstance(address, str))


def _transaction(wire: WireUpsellTransaction) -> UpsellTransaction:
    attributes = wire.attributes or {}
    link, made = attributes.get(LINK), attributes.get(TRANSACTION)
    return UpsellTransaction(
        id=wire.id,
        state=_STATES.get((wire.state or "").lower(), UpsellState.CREATED),
        items=wire.item_ids or (),
        link=link if isinstance(link, str) else "",
        transaction_id=made if isinstance(made, int) else 0,
    )


def _written(known: dict[str, Any], shown: UpsellTransaction) -> dict[str, Any]:
    before = known.get("attributes")
    attributes = dict(before) if isinstance(before, dict) else {}
    attributes |= {LINK: shown.link} if shown.link else {}
    attributes |= {TRANSACTION: shown.transaction_id} if shown.transaction_id else {}
    return known | {
        "id": shown.id,
        "state": shown.state,
        "itemIds": list(shown.items),
        "attributes": attributes,
    }
