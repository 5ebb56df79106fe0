"""What is written to Norce: a document as it was read with changes laid over it, byte for byte elsewhere."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Raw

from adapters.norce.spellings import respelled
from adapters.norce.upsell import changed_upsell
from adapters.norce.values import decoded
from adapters.norce.wire import ANYTHING, MEMBERS, WireAddress, WireTransaction, encode
from application.ports.platform import (
    PaymentChanges,
    PaymentDraft,
    Reminder,
    ShippingDraft,
    ShippingMarks,
    TransactionEntry,
)
from domain.identifiers import OrderKey
from domain.money import to_major
from domain.order import ADAPTER_ID, Address, Hook, OrderPayment, PaymentAction, PaymentState, Price, Recurring

Members = dict[str, Raw]


def new_payment(draft: PaymentDraft) -> bytes:
    """A payment of ours in state intent."""
    return encode(
        {
            "adapterId": ADAPTER_ID,
            "name": draft.name,
            "type": "default",
            "amount": to_major(draft.amount),
            "currency": draft.currency,
            "state": PaymentState.INTENT,
            "attributes": draft.attributes,
            **({"recurring": _recurring(draft.recurring)} if draft.recurring else {}),
        }
    )


def known_payment(order: OrderKey, payment: OrderPayment) -> bytes:
    """A payment that was just created and not read back: everything that is known of it."""
    return encode(
        {
            "adapterId": payment.adapter_id,
            "name": payment.name,
            "type": payment.type,
            "amount": to_major(payment.amount),
            "currency": payment.currency,
            "state": payment.state,
            "reference": payment.reference or None,
            "attributes": payment.attributes,
            "actions": [{"adapterId": ADAPTER_ID, "type": a.type, "url": a.url} for a in payment.actions],
            "merchant": order.merchant,
            "channel": order.channel,
            "orderId": order.order_id,
            **({"recurring": _recurring(payment.recurring)} if payment.recurring else {}),
        }
    )


def changed_payment(document: bytes, changes: PaymentChanges) -> bytes:
    """The payment as read, with the changes; attributes are merged. Raises NoOrder when it was no object."""
    members = _members(document, "payment")
    if changes.state is not None:
        members["state"] = _raw(changes.state)
    if changes.amount is not None:
        members["amount"] = _raw(to_major(changes.amount))
    if changes.reference is not None:
        members["reference"] = _raw(changes.reference)
    if changes.attributes:
        members["attributes"] = _merged(members.get("attributes"), changes.attributes)
    if changes.actions is not None:
        members["actions"] = _actions(members.get("actions"), changes.actions)
    if changes.recurring is not None:
        members["recurring"] = _merged(members.get("recurring"), _recurring(changes.recurring))
    if changes.upsell is not None:
        members["upsell"] = changed_upsell(members.get("upsell"), changes.upsell)
    return encode(members)


def new_shipping(draft: ShippingDraft) -> bytes:
    """A shipping of ours."""
    members = {"adapterId": ADAPTER_ID, "state": draft.state} | _shipping_members(draft, {})
    known = {name: value for name, value in draft.attributes.items() if value is not None}
    return encode(members | ({"attributes": known} if known else {}))


def changed_shipping(document: bytes, draft: ShippingDraft) -> bytes:
    """The shipping as read, with the draft laid over it. Raises NoOrder when it was no object."""
    members = _members(document, "shipping")
    details = decoded(ANYTHING, members.get("deliveryDetails", Raw(b"null")), "shipping.deliveryDetails")
    drafted = {"state": draft.state} | _shipping_members(draft, details if isinstance(details, dict) else {})
    if draft.attributes:
        members["attributes"] = _merged(members.get("attributes"), draft.attributes)
    if draft.addons is not None:
        drafted["addons"] = _addons(members.get("addons"), draft.addons)
    return encode(members | {name: _raw(value) for name, value in drafted.items()})


def marked_shipping(document: bytes, marks: ShippingMarks) -> bytes:
    """The shipping as read, with what the delivery platform made of it. Raises NoOrder when it was no object."""
    members = _members(document, "shipping")
    plain = {"state": marks.state, "tmsReference": marks.tms_reference}
    members |= {name: _raw(value) for name, value in plain.items() if value is not None}
    carried = {"carrier": marks.carrier, "carrierProductId": marks.carrier_product_id}
    if any(value is not None for value in carried.values()):
        members["deliveryDetails"] = _merged(
            members.get("deliveryDetails"), {name: value for name, value in carried.items() if value is not None}
        )
    if marks.attributes:
        members["attributes"] = _merged(members.get("attributes"), marks.attributes)
    return encode(members)


def shipping_in_state(document: bytes, state: str) -> bytes:
    """The shipping as read, in another state. Raises NoOrder when it was no object."""
    return encode(_members(document, "shipping") | {"state": _raw(state)})


def changed_address(document: bytes, address: Address) -> bytes:
    """The address as read, with what is known laid over it; an unknown field changes nothing."""
    members = _members(document, "address") if document else {}
    names = zip(WireAddress.__struct_fields__, WireAddress.__struct_encode_fields__, strict=True)
    for field, name in names:
        value = getattr(address, field, None)
        if value is not None:
            members[name] = _raw(value)
    if address.vat_id is not None:
        members["attributes"] = _merged(members.get("attributes"), {"vatId": address.vat_id})
    return encode(members)


def new_hook(hook: Hook) -> bytes:
    """A registration; Norce makes the id."""
    return encode(
        {
            "adapterId": hook.adapter_id,
            "subscribeTo": hook.subscribe_to,
            "target": hook.target,
            "invoke": hook.invoke,
            "version": "v0",
        }
    )


def new_reminder(reminder: Reminder) -> bytes:
    """A delayed notification."""
    members: dict[str, Any] = {
        "adapterId": ADAPTER_ID,
        "reference": reminder.reference,
        "description": reminder.description,
        "scope": reminder.scope,
        "invoke": reminder.invoke,
        "delay": reminder.delay_seconds,
        "version": "v0",
    }
    return encode(members | ({"schema": {"const": reminder.value}} if reminder.value is not None else {}))


def new_transaction(entry: TransactionEntry) -> bytes:
    """A log entry; its key stands in `requestJson`."""
    return encode(
        WireTransaction(
            event=entry.event,
            psp_event=entry.psp_event,
            amount=to_major(entry.amount),
            is_success=entry.success,
            error_detail=entry.error_detail,
            psp_status=entry.psp_status,
            request_json=encode({"key": entry.key}).decode(),
            response_json="{}",
        )
    )


def _recurring(recurring: Recurring) -> dict[str, object]:
    return {
        "token": recurring.token,
        "description": recurring.description,
        "attributes": recurring.attributes,
    }


def _shipping_members(draft: ShippingDraft, details: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "reference": draft.reference,
        "name": draft.name,
        "total": _price(draft.total),
        "vatRate": Decimal(draft.vat_rate).scaleb(-4).normalize(),
        "deliveryDetails": _delivery(draft, details),
    }
    if draft.addons is not None:
        members["addons"] = [{"reference": reference} for reference in draft.addons]
    return members


def _delivery(draft: ShippingDraft, details: Mapping[str, Any]) -> dict[str, Any]:
    """Another product than before makes what was known of the old one wrong."""
    known = details.get("product")
    known = known if isinstance(known, dict) else {}
    same = known.get("reference") == draft.reference
    kept = {name: value for name, value in details.items() if same and name != "pickupLocation"}
    product = known if same else {}
    delivery = {**kept, "product": {**product, "reference": draft.reference, "name": draft.name}}
    if draft.carrier_product_id is not None:
        delivery["carrierProductId"] = draft.carrier_product_id
    if draft.pickup_reference is not None or draft.pickup_name is not None:
        delivery["pickupLocation"] = _pickup(draft, details.get("pickupLocation"))
    return delivery


def _pickup(draft: ShippingDraft, known: Any) -> dict[str, Any]:
    """What is known of the same place stays when nothing better is known of it."""
    same = isinstance(known, dict) and known.get("reference") == draft.pickup_reference
    pickup: dict[str, Any] = known if same else {}
    pickup = {**pickup, "reference": draft.pickup_reference, "name": draft.pickup_name}
    address = draft.pickup_address
    if address is not None:
        pickup["address"] = {
            "streetAddress": address.street,
            "postalCode": address.postal_code,
            "city": address.city,
            "country": address.country,
        }
    return pickup


def _addons(known: Raw | None, wanted: Iterable[str]) -> list[Any]:
    """The wanted ones, those already there as they are."""
    entries = decoded(ANYTHING, known, "addons") if known is not None else None
    there = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    by_reference = {entry.get("reference"): entry for entry in there}
    return [by_reference.get(reference) or {"reference": reference} for reference in wanted]


def _price(price: Price) -> dict[str, Decimal]:
    return {"includingVat": to_major(price.including_vat), "excludingVat": to_major(price.excluding_vat)}


def _members(document: bytes, what: str) -> Members:
    """Everything but the id, which Norce owns; choices spelled as Norce wants them."""
    members = decoded(MEMBERS, document, what)
    members.pop("id", None)
    return respelled(members, what)


def _merged(known: Raw | None, added: Mapping[str, object]) -> Raw:
    old: Members = {}
    if known is not None and bytes(known) != b"null":
        old = decoded(MEMBERS, known, "attributes")
    merged = old | {name: _raw(value) for name, value in added.items()}
    return Raw(encode({name: value for name, value in merged.items() if added.get(name, 0) is not None}))


def _actions(known: Raw | None, wanted: Iterable[PaymentAction]) -> Raw:
    """The wanted ones, those already there with the ids that Norce gave them; another adapter's stay."""
    entries = decoded(ANYTHING, known, "actions") if known is not None else None
    there = [entry for entry in entries or () if isinstance(entry, dict)] if isinstance(entries, list) else []
    foreign = [entry for entry in there if entry.get("adapterId") not in (ADAPTER_ID, None)]
    own = {(entry.get("type"), entry.get("url")): entry for entry in there if entry not in foreign}
    made = [own.get((a.type, a.url)) or {"adapterId": ADAPTER_ID, "type": a.type, "url": a.url} for a in wanted]
    return _raw(foreign + made)


def _raw(value: object) -> Raw:
    return Raw(encode(value))
