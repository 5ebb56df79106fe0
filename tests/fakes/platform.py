"""An order platform in memory: keeps orders, totals and logs as Norce does, and can be told to fail."""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from application.ports.platform import (
    CheckoutPlatform,
    OrderPage,
    PaymentChanges,
    PaymentDraft,
    Reminder,
    ShippingDraft,
    ShippingMarks,
    TransactionEntry,
)
from domain.errors import OrderNotFound, PaymentNotFound, ShippingNotFound
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.order import (
    ADAPTER_ID,
    Address,
    Hook,
    OrderPayment,
    OrderShipping,
    OrderStatus,
    PaymentState,
    Price,
    PurchaseOrder,
)
from tests.fakes.faults import Faults

EPOCH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was carried out."""

    operation: str
    order: OrderKey
    detail: object = None


class FakePlatform:
    """Implements CheckoutPlatform. `orders` are its truth, `writes` what was done to them, `faults` its bad moods."""

    def __init__(self, *orders: PurchaseOrder) -> None:
        self.orders: dict[OrderKey, PurchaseOrder] = {}
        self.writes: list[Write] = []
        self.logs: dict[PaymentKey, list[TransactionEntry]] = {}
        self.refusals: dict[OrderKey, tuple[str, ...]] = {}
        """Validation codes to answer with instead of the built-in checks."""
        self.faults = Faults()
        self.stale: list[PurchaseOrder] = []
        """Older states of orders, that so many reads still answer with."""
        self._numbers = itertools.count(1)
        for order in orders:
            self.put(order)

    def put(self, order: PurchaseOrder) -> None:
        """Add or replace an order as it stands."""
        self.orders[order.key] = order

    def edit(self, key: OrderKey, **members: Any) -> PurchaseOrder:
        """Change members of an order as somebody else would; totals and the moment of change follow."""
        order = replace(self.orders[key], **members)
        shipped = [shipping.total for shipping in order.shippings if shipping.active]
        total = Price(
            order.cart_total.including_vat + sum(price.including_vat for price in shipped),
            order.cart_total.excluding_vat + sum(price.excluding_vat for price in shipped),
        )
        self.orders[key] = replace(order, total=total, last_modified=self._moment())
        return self.orders[key]

    def written(self, operation: str) -> list[Write]:
        """The writes of one kind, oldest first."""
        return [write for write in self.writes if write.operation == operation]

    async def read_order(self, order: OrderKey) -> PurchaseOrder:
        async with self.faults.around("read_order"):
            if self.stale and self.stale[0].key == order:
                return self.stale.pop(0)
            return self._order(order)

    async def read_outline(self, order: OrderKey) -> PurchaseOrder:
        async with self.faults.around("read_outline"):
            known = self._order(order)
            return PurchaseOrder(
                key=known.key,
                status=known.status,
                culture="",
                currency=known.currency,
                country="",
                cart_reference="",
                items=(),
                discounts=(),
                cart_total=Price(0, 0),
                shippings=(),
                payments=known.payments,
                hooks=(),
                total=known.total,
                last_modified=known.last_modified,
                status_since=known.status_since,
            )

    async def list_orders(
        self, tenant: Tenant, *, since: datetime, until: datetime, offset: int, limit: int
    ) -> OrderPage:
        """An order counts as created when it was put here: at EPOCH."""
        async with self.faults.around("list_orders"):
            own = [order for key, order in self.orders.items() if key.tenant == tenant and since <= EPOCH <= until]
            page = own[offset : offset + limit]
            keys = (order.key.payment(payment.id) for order in page for payment in order.payments if payment.ours)
            return OrderPage(tuple(keys), last=offset + limit >= len(own))

    async def create_payment(self, order: OrderKey, draft: PaymentDraft) -> str:
        async with self.faults.around("create_payment"):
            payment = OrderPayment(
                id=f"p{next(self._numbers):06}",
                adapter_id=ADAPTER_ID,
                name=draft.name,
                type="default",
                amount=draft.amount,
                currency=draft.currency,
                state=PaymentState.INTENT,
                reference="",
                attributes=dict(draft.attributes),
                recurring=draft.recurring,
            )
            known = self._order(order)
            self._write("create_payment", order, draft, payments=(*known.payments, payment))
        return payment.id

    async def replace_payment(self, order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        async with self.faults.around("replace_payment"):
            known = self._payment(order, current.id)
            wanted = {
                name: value
                for name in ("state", "amount", "reference", "actions", "recurring", "upsell")
                if (value := getattr(changes, name)) is not None
            }
            written = replace(current, **wanted, attributes={**current.attributes, **changes.attributes})
            payments = self._order(order).payments
            self._write(
                "replace_payment", order, changes, payments=tuple(written if p is known else p for p in payments)
            )
        return written

    async def create_shipping(self, order: OrderKey, draft: ShippingDraft) -> str:
        async with self.faults.around("create_shipping"):
            shipping = _shipping(f"s{next(self._numbers):06}", draft)
            self._write("create_shipping", order, draft, shippings=(*self._order(order).shippings, shipping))
        return shipping.id

    async def replace_shipping(self, order: OrderKey, current: OrderShipping, draft: ShippingDraft) -> None:
        async with self.faults.around("replace_shipping"):
            kept = {name: getattr(current, name) for name in ("adapter_id", "document", "tms_reference")}
            attributes = _attributes({**current.attributes, **draft.attributes})
            drafted = replace(_shipping(current.id, draft), **kept, attributes=attributes)
            if current.reference == draft.reference:
                known = draft.carrier_product_id or current.carrier_product_id
                drafted = replace(drafted, carrier=current.carrier, carrier_product_id=known)
            self._put_shipping("replace_shipping", order, drafted, draft)

    async def set_shipping_state(self, order: OrderKey, current: OrderShipping, state: str) -> None:
        async with self.faults.around("set_shipping_state"):
            self._put_shipping("set_shipping_state", order, replace(current, state=state), state)

    async def mark_shipping(self, order: OrderKey, current: OrderShipping, marks: ShippingMarks) -> None:
        async with self.faults.around("mark_shipping"):
            told = {
                name: value
                for name in ("state", "tms_reference", "carrier", "carrier_product_id")
                if (value := getattr(marks, name)) is not None
            }
            attributes = _attributes({**current.attributes, **marks.attributes})
            self._put_shipping("mark_shipping", order, replace(current, **told, attributes=attributes), marks)

    async def write_billing(self, order: OrderKey, address: Address, document: bytes) -> None:
        async with self.faults.around("write_billing"):
            written = _laid_over(document, address)
            customer = replace(
                self._order(order).customer, billing=written, billing_document=_document(written), type=written.type
            )
            self._write("write_billing", order, address, customer=customer)

    async def write_shipping_address(self, order: OrderKey, address: Address, document: bytes) -> None:
        async with self.faults.around("write_shipping_address"):
            written = _laid_over(document, address)
            customer = replace(self._order(order).customer, shipping=written, shipping_document=_document(written))
            self._write("write_shipping_address", order, address, customer=customer)

    async def set_attributes(self, order: OrderKey, attributes: Mapping[str, object]) -> None:
        async with self.faults.around("set_attributes"):
            self._write("set_attributes", order, attributes, attributes={**self._order(order).attributes, **attributes})

    async def check_consent(self, order: OrderKey, consent_id: str, *, checked: bool) -> None:
        async with self.faults.around("check_consent"):
            known = self._order(order).consents
            if consent_id not in {consent.id for consent in known}:
                raise OrderNotFound("Norce has no such consent.")
            consents = tuple(replace(c, checked=checked) if c.id == consent_id else c for c in known)
            self._write("check_consent", order, (consent_id, checked), consents=consents)

    async def set_status(self, order: OrderKey, status: OrderStatus) -> None:
        async with self.faults.around("set_status"):
            if self._order(order).status is not status:
                self._write("set_status", order, status, status=status, status_since=self._moment())

    async def validate(self, order: OrderKey) -> tuple[str, ...]:
        async with self.faults.around("validate"):
            known = self._order(order)
            if order in self.refusals:
                return self.refusals[order]
            paid = sum(payment.amount for payment in known.payments if payment.active)
            checks = {
                "cart-empty": not known.items,
                "payment-missing": known.total.including_vat > 0 and not any(p.active for p in known.payments),
                "payment-amount": paid != known.total.including_vat,
            }
            return tuple(code for code, wrong in checks.items() if wrong)

    async def add_hook(self, order: OrderKey, hook: Hook) -> None:
        async with self.faults.around("add_hook"):
            made = replace(hook, id=f"oc{next(self._numbers):06}")
            self._write("add_hook", order, hook, hooks=(*self._order(order).hooks, made))

    async def remove_hook(self, order: OrderKey, hook_id: str) -> None:
        async with self.faults.around("remove_hook"):
            if order in self.orders:
                kept = tuple(hook for hook in self._order(order).hooks if hook.id != hook_id)
                self._write("remove_hook", order, hook_id, hooks=kept)

    async def add_reminder(self, order: OrderKey, reminder: Reminder) -> None:
        async with self.faults.around("add_reminder"):
            known = self._order(order).notifications
            self._write("add_reminder", order, reminder, notifications=(*known, reminder.invoke))

    async def log_transaction(self, order: OrderKey, payment_id: str, entry: TransactionEntry) -> None:
        async with self.faults.around("log_transaction"):
            self._payment(order, payment_id)
            self.logs.setdefault(order.payment(payment_id), []).append(entry)
            self.writes.append(Write("log_transaction", order, entry))

    async def transaction_keys(self, order: OrderKey, payment_id: str) -> frozenset[str]:
        async with self.faults.around("transaction_keys"):
            self._payment(order, payment_id)
            return frozenset(entry.key for entry in self.logs.get(order.payment(payment_id), []))

    def _order(self, key: OrderKey) -> PurchaseOrder:
        if key not in self.orders:
            raise OrderNotFound("Norce has no such order.")
        return self.orders[key]

    def _payment(self, key: OrderKey, payment_id: str) -> OrderPayment:
        found = self._order(key).payment(payment_id)
        if found is None:
            raise PaymentNotFound("Norce has no such payment.")
        return found

    def _put_shipping(self, operation: str, key: OrderKey, shipping: OrderShipping, detail: object) -> None:
        known = self._order(key).shippings
        if shipping.id not in {each.id for each in known}:
            raise ShippingNotFound("Norce has no such shipping.")
        shippings = tuple(shipping if each.id == shipping.id else each for each in known)
        self._write(operation, key, detail, shippings=shippings)

    def _write(self, operation: str, key: OrderKey, detail: object, **members: Any) -> None:
        self._order(key)
        self.edit(key, **members)
        self.writes.append(Write(operation, key, detail))

    def _moment(self) -> datetime:
        return EPOCH + timedelta(seconds=next(self._numbers))


def _shipping(ident: str, draft: ShippingDraft) -> OrderShipping:
    return OrderShipping(
        id=ident,
        adapter_id=ADAPTER_ID,
        state=draft.state,
        reference=draft.reference,
        name=draft.name,
        total=draft.total,
        vat_rate=draft.vat_rate,
        carrier_product_id=draft.carrier_product_id,
        pickup_reference=draft.pickup_reference,
        pickup_name=draft.pickup_name,
        attributes=_attributes(draft.attributes),
    )


def _attributes(merged: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in merged.items() if value is not None}


def _laid_over(document: bytes, address: Address) -> Address:
    known = msgspec.json.decode(document, type=Address) if document else Address()
    return replace(known, **{name: value for name, value in asdict(address).items() if value is not None})


def _document(address: Address) -> bytes:
    return msgspec.json.encode(address)


def _(fake: FakePlatform) -> CheckoutPlatform:
    return fake
