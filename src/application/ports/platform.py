"""Norce's role: the owner of the order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.order import (
    Address,
    Hook,
    OrderPayment,
    OrderShipping,
    OrderStatus,
    PaymentAction,
    PaymentState,
    Price,
    PurchaseOrder,
    Recurring,
)
from domain.upsell import UpsellShown


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A payment to be created on an order: ours, type default, state intent. `amount` in minor units."""

    name: str
    amount: int
    currency: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    recurring: Recurring | None = None


@dataclass(frozen=True, slots=True)
class PaymentChanges:
    """What to change on a payment; None leaves a member as it is. `attributes` are merged into the existing."""

    state: PaymentState | None = None
    amount: int | None = None
    reference: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    actions: tuple[PaymentAction, ...] | None = None
    recurring: Recurring | None = None
    upsell: UpsellShown | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """Norce calls `invoke` so many seconds after what is at `scope` has changed (to `value`, when one is given)."""

    reference: str
    description: str
    scope: str
    invoke: str
    delay_seconds: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class PickupAddress:
    """Where a pickup point is; None is not known."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ShippingDraft:
    """A shipping chosen in the checkout. Prices in minor units, VAT rate in basis points.

    `addons` of None leaves those that are there. `attributes` are merged into the existing, None takes one away.
    """

    reference: str
    name: str
    total: Price
    vat_rate: int
    state: str = "intent"
    pickup_reference: str | None = None
    pickup_name: str | None = None
    addons: tuple[str, ...] | None = ()
    pickup_address: PickupAddress | None = None
    carrier_product_id: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShippingMarks:
    """What the delivery platform made of a shipping; None leaves a member as it is, `attributes` are merged."""

    state: str | None = None
    tms_reference: str | None = None
    carrier: str | None = None
    carrier_product_id: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransactionEntry:
    """A line of Norce's transaction log. `event` one of open, process, confirm, reopen, cancel, capture, refund.

    `amount` (minor units) is the payment's amount after the event. `key` makes the entry recognisable so that a
    repeated delivery can see it is already there.
    """

    event: str
    psp_event: str
    amount: int
    success: bool
    key: str
    psp_status: str = ""
    error_detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Some of a tenant's orders: the payments of ours on them. `last`: no more orders follow."""

    own_payments: tuple[PaymentKey, ...]
    last: bool = True


class CheckoutPlatform(Protocol):
    """The order platform. Every method may raise PlatformUnauthorized, OrderNotFound (404), OrderConflict (409 after
    the client's own retries), OrderRefused (400) and OrderUnavailable (no usable answer; `sent` tells whether a
    write may have happened). Writes are announced as this adapter's own (`x-adapterid`).
    """

    async def read_order(self, order: OrderKey) -> PurchaseOrder:
        """The whole order."""
        ...

    async def read_outline(self, order: OrderKey) -> PurchaseOrder:
        """Status, total, currency, times and payments of the order; everything else of it is empty. Costs less."""
        ...

    async def list_orders(
        self, tenant: Tenant, *, since: datetime, until: datetime, offset: int, limit: int
    ) -> OrderPage:
        """Of orders created from `since` to `until`, oldest first: what is ours on `limit` after the first `offset`."""
        ...

    async def create_payment(self, order: OrderKey, draft: PaymentDraft) -> str:
        """The new payment's id. Never retried by the client: on OrderUnavailable(sent) read the order and look."""
        ...

    async def replace_payment(self, order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        """Write `current` with `changes` applied, everything else as it was read. Repeating it is harmless."""
        ...

    async def create_shipping(self, order: OrderKey, draft: ShippingDraft) -> str:
        """The new shipping's id."""
        ...

    async def replace_shipping(self, order: OrderKey, current: OrderShipping, draft: ShippingDraft) -> None:
        """Write `current` with the draft applied, everything else as it was read."""
        ...

    async def set_shipping_state(self, order: OrderKey, current: OrderShipping, state: str) -> None:
        """Change only the state (`confirmed`, `removed`)."""
        ...

    async def mark_shipping(self, order: OrderKey, current: OrderShipping, marks: ShippingMarks) -> None:
        """Write what is new about a shipping, everything else as it was read. Repeating it is harmless."""
        ...

    async def write_billing(self, order: OrderKey, address: Address, document: bytes) -> None:
        """Lay the known fields of `address` over `document` (the address as read; may be empty) and store it."""
        ...

    async def write_shipping_address(self, order: OrderKey, address: Address, document: bytes) -> None:
        """As write_billing, for the delivery address."""
        ...

    async def set_attributes(self, order: OrderKey, attributes: Mapping[str, object]) -> None:
        """Set these attributes of the order, leave the others. Repeating it is harmless."""
        ...

    async def check_consent(self, order: OrderKey, consent_id: str, *, checked: bool) -> None:
        """Tick or untick a consent of the order."""
        ...

    async def set_status(self, order: OrderKey, status: OrderStatus) -> None:
        """Move the order. A 202 (superseded) counts as unknown: the client re-reads and raises OrderConflict."""
        ...

    async def validate(self, order: OrderKey) -> tuple[str, ...]:
        """Run the order's validations: error codes, empty when it may be bought."""
        ...

    async def add_hook(self, order: OrderKey, hook: Hook) -> None:
        """Register a hook (its id is ignored)."""
        ...

    async def remove_hook(self, order: OrderKey, hook_id: str) -> None:
        """Delete a hook; one already gone is fine."""
        ...

    async def add_reminder(self, order: OrderKey, reminder: Reminder) -> None:
        """Register a delayed notification. Not repeated by the client: a second one calls a second time."""
        ...

    async def log_transaction(self, order: OrderKey, payment_id: str, entry: TransactionEntry) -> None:
        """Append to the payment's transaction log. Not retried by the client."""
        ...

    async def transaction_keys(self, order: OrderKey, payment_id: str) -> frozenset[str]:
        """Keys of the entries that are already in the log."""
        ...
