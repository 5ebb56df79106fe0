"""Norce's order as the domain's, exactly: pure functions from wire to domain."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Raw

from adapters.norce.logistics import logistics_of, members_of, out_of_stock, text_of
from adapters.norce.states import payment_state_of, status_of, status_since
from adapters.norce.upsell import invoked_by, upsell_of
from adapters.norce.values import (
    NoOrder,
    country_of,
    currency_of,
    decoded,
    each,
    identifier_of,
    minor_of,
    moment_of,
    price_of,
    quantity_of,
    stated_rate,
    told_rate,
    total_of,
)
from adapters.norce.wire import (
    ADDRESS,
    LISTING,
    ORDER,
    OUTLINE,
    PAYMENT,
    SHIPPING,
    UNREADABLE,
    WireAddress,
    WireCart,
    WireDiscount,
    WireHook,
    WireItem,
    WireOrder,
    WireOutline,
)
from application.ports.platform import OrderPage
from domain.errors import OrderUnavailable, ValidationRefused
from domain.identifiers import OrderKey, Tenant
from domain.order import (
    ADAPTER_ID,
    Address,
    Consent,
    Discount,
    Generation,
    Hook,
    Item,
    OrderCustomer,
    OrderPayment,
    OrderShipping,
    PaymentAction,
    Price,
    PurchaseOrder,
    Recurring,
)

_ZERO = Price(0, 0)
Decoded = TypeVar("Decoded")


def decode_order(raw: bytes, tenant: Tenant) -> PurchaseOrder:
    """An order that a caller sent. Raises ValidationRefused naming the member that is not acceptable."""
    try:
        return read_order(raw, tenant)
    except NoOrder as wrong:
        raise ValidationRefused(f"The order is not acceptable: {wrong}.") from None


def order_answered(raw: bytes, key: OrderKey) -> PurchaseOrder:
    """The order that Norce answered with. Raises OrderUnavailable when it is none, or another one."""
    try:
        order = read_order(raw, key.tenant)
    except NoOrder as wrong:
        raise OrderUnavailable(f"Norce answered something that is no order: {wrong}.") from None
    if order.key != key:
        raise OrderUnavailable("Norce answered with another order than the one asked for.")
    return order


def outline_answered(raw: bytes, key: OrderKey) -> PurchaseOrder:
    """How the order stands that Norce answered with, and its payments; nothing else of it. Raises OrderUnavailable."""
    return _answered(lambda: _outline(raw, key), "order")


def _outline(raw: bytes, key: OrderKey) -> PurchaseOrder:
    wire = decoded(OUTLINE, raw, "")
    _same_tenant(wire, key.tenant)
    currency = currency_of(wire.currency, "currency")
    if wire.id != key.order_id:
        raise NoOrder("id", "it is another order than the one asked for")
    return PurchaseOrder(
        key=key,
        status=status_of(wire.state),
        culture="",
        currency=currency,
        country="",
        cart_reference="",
        items=(),
        discounts=(),
        cart_total=_ZERO,
        shippings=(),
        payments=each(wire.payments, "payments", lambda payment: _payment(payment, currency)),
        hooks=(),
        total=total_of(wire.total, "total", empty=False),
        last_modified=moment_of(wire.last_modified),
        status_since=status_since(wire.state),
    )


def orders_answered(raw: bytes, tenant: Tenant) -> OrderPage:
    """What is ours on the page of orders that Norce answered with. Raises OrderUnavailable when it is none."""
    try:
        listed = LISTING.decode(raw)
    except UNREADABLE:
        raise OrderUnavailable("Norce answered something that is no list of orders.") from None
    own = tuple(
        OrderKey(tenant.merchant, tenant.channel, order.id).payment(payment.id)
        for order in listed.data
        for payment in order.payments or ()
        if payment.adapter_id == ADAPTER_ID
    )
    page = listed.pagination
    return OrderPage(own, page.offset + len(listed.data) >= page.total_size)


def payment_answered(raw: bytes, currency: str) -> OrderPayment:
    """The payment that Norce answered with. Raises OrderUnavailable when it is none."""
    return _answered(lambda: _payment(raw, currency), "payment")


def shipping_answered(raw: bytes) -> OrderShipping:
    """The shipping that Norce answered with. Raises OrderUnavailable when it is none."""
    return _answered(lambda: _shipping(raw), "shipping")


def _answered(read: Callable[[], Decoded], what: str) -> Decoded:
    try:
        return read()
    except NoOrder as wrong:
        raise OrderUnavailable(f"Norce answered something that is no {what}: {wrong}.") from None


def read_order(raw: bytes, tenant: Tenant) -> PurchaseOrder:
    """The order in these bytes, which must belong to `tenant`. Raises NoOrder."""
    if b"\\u0000" in raw:
        raise NoOrder("", "it contains NUL characters")
    wire = decoded(ORDER, raw, "")
    _same_tenant(wire, tenant)
    currency = currency_of(wire.currency, "currency")
    cart = wire.cart or WireCart()
    items = each(cart.items, "cart.items", _item)
    return PurchaseOrder(
        key=OrderKey(tenant.merchant, tenant.channel, identifier_of(wire.id, "id")),
        status=status_of(wire.state),
        culture=wire.culture or "",
        currency=currency,
        country=country_of(wire.country),
        cart_reference=cart.reference or "",
        items=items,
        discounts=each(cart.discounts, "cart.discounts", _discount),
        cart_total=total_of(cart.total, "cart.total", empty=not items),
        shippings=each(wire.shippings, "shippings", _shipping),
        payments=each(wire.payments, "payments", lambda payment: _payment(payment, currency)),
        hooks=each(wire.hooks, "hooks", _hook),
        notifications=invoked_by(wire.notifications),
        total=total_of(wire.total, "total", empty=not items and not wire.shippings),
        customer=_customer(wire),
        last_modified=moment_of(wire.last_modified),
        status_since=status_since(wire.state),
        generation=_generation(wire),
        cart_attributes=members_of(cart.attributes),
        consents=_consents(wire.consents),
        attributes=wire.attributes if isinstance(wire.attributes, dict) else {},
    )


def _generation(wire: WireOrder) -> Generation:
    """The newer platform has members that the older never had: notifications, listed or null, and more in the rows."""
    items = wire.cart.items if wire.cart else None
    newer = bytes(wire.notifications) or any(
        item.upsell is not None or item.logistics is not None for item in items or ()
    )
    return Generation.NEWER if newer else Generation.OLDER


def _same_tenant(wire: WireOrder | WireOutline, tenant: Tenant) -> None:
    for name, told, known in (
        ("merchant", wire.merchant, tenant.merchant),
        ("channel", wire.channel, tenant.channel),
    ):
        if told and told.casefold() != known.casefold():
            raise NoOrder(name, "it belongs to someone else")


def _item(wire: WireItem) -> Item:
    """A row; one whose quantity is no whole number, or whose price is not stated, becomes one piece at its total."""
    rate = stated_rate(wire.vat_rate, "vatRate")
    total = total_of(wire.total, "total", empty=False, rate=rate)
    quantity, piece = quantity_of(wire.quantity, "quantity"), price_of(wire.price, "price", rate=rate)
    if quantity is None or piece is None:
        quantity, piece = 1, total
    original = price_of(wire.original_total, "originalTotal", rate=rate)
    original = original or Price(piece.including_vat * quantity, piece.excluding_vat * quantity)
    return Item(
        id=wire.id or "",
        reference=wire.reference or "",
        sku=wire.sku or "",
        name=wire.name or "",
        quantity=quantity,
        total=total,
        original_total=original,
        vat_rate=told_rate("vatRate", total, original) if rate is None else rate,
        discount_codes=tuple(discount.code or "" for discount in wire.discounts or ()),
        logistics=logistics_of(wire.logistics),
        out_of_stock=out_of_stock(wire.attributes),
        upsell=wire.upsell is True,
    )


def _discount(wire: WireDiscount) -> Discount:
    return Discount(
        kind=(wire.type or "").lower(),
        name=wire.name or "",
        code=wire.code or "",
        value=price_of(wire.value, "value") or _ZERO,
    )


def _shipping(raw: bytes | Raw) -> OrderShipping:
    wire = decoded(SHIPPING, raw, "")
    rate = stated_rate(wire.vat_rate, "vatRate")
    total = price_of(wire.total, "total", rate=rate) or _ZERO
    delivery = members_of(wire.delivery_details)
    pickup = members_of(delivery.get("pickupLocation"))
    return OrderShipping(
        id=identifier_of(wire.id, "id"),
        adapter_id=wire.adapter_id or "",
        state=(wire.state or "").lower(),
        reference=wire.reference or "",
        name=wire.name or "",
        total=total,
        vat_rate=told_rate("vatRate", total) if rate is None else rate,
        tms_reference=text_of(wire.tms_reference) or "",
        carrier=text_of(delivery.get("carrier")),
        carrier_product_id=text_of(delivery.get("carrierProductId")),
        pickup_reference=text_of(pickup.get("reference")),
        pickup_name=text_of(pickup.get("name")),
        attributes=members_of(wire.attributes),
        document=bytes(raw),
    )


def _payment(raw: bytes | Raw, currency: str) -> OrderPayment:
    wire = decoded(PAYMENT, raw, "")
    return OrderPayment(
        id=identifier_of(wire.id, "id"),
        adapter_id=wire.adapter_id or "",
        name=wire.name or "",
        type=(wire.type or "default").lower(),
        amount=_amount(wire.amount),
        currency=currency_of(wire.currency, "currency") if wire.currency else currency,
        state=payment_state_of(wire.state),
        reference=wire.reference or "",
        attributes=wire.attributes or {},
        actions=tuple(PaymentAction(a.type.lower(), a.url) for a in wire.actions or () if a.type and a.url),
        document=bytes(raw),
        recurring=_recurring(wire.recurring),
        upsell=upsell_of(wire.upsell),
    )


def _recurring(told: Any) -> Recurring | None:
    """Another adapter's may look like anything; only one with a token counts."""
    if not isinstance(told, dict) or not isinstance(token := told.get("token"), str) or not token:
        return None
    attributes = told.get("attributes")
    return Recurring(token, str(told.get("description") or ""), attributes if isinstance(attributes, dict) else {})


def _amount(amount: Decimal | None) -> int:
    minor = minor_of(amount or Decimal(0), "amount")
    if minor < 0:
        raise NoOrder("amount", "it is negative")
    return minor


def _hook(wire: WireHook) -> Hook:
    return Hook(
        id=wire.id or "",
        adapter_id=wire.adapter_id or "",
        subscribe_to=wire.subscribe_to or "",
        target=wire.target or "",
        invoke=wire.invoke or "",
    )


def _customer(wire: WireOrder) -> OrderCustomer:
    customer = wire.customer
    if customer is None:
        return OrderCustomer()
    return OrderCustomer(
        type=(customer.type or "").lower() or None,
        billing=_address(customer.billing, "customer.billing"),
        shipping=_address(customer.shipping, "customer.shipping"),
        billing_document=_document(customer.billing),
        shipping_document=_document(customer.shipping),
    )


def _consents(told: Any) -> tuple[Consent, ...]:
    """Those that can be told apart; an order is no worse for others."""
    named = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return tuple(Consent(each["id"], each.get("checked") is True) for each in named if isinstance(each.get("id"), str))


def _document(raw: Raw) -> bytes:
    """The object as it was sent; empty when it was absent or null."""
    document = bytes(raw)
    return b"" if document == b"null" else document


def _address(raw: Raw, path: str) -> Address | None:
    if not _document(raw):
        return None
    wire = decoded(ADDRESS, raw, path)
    values = {name: getattr(wire, name) or None for name in WireAddress.__struct_fields__ if name != "attributes"}
    vat_id = (wire.attributes or {}).get("vatId")
    country = values["country"]
    return Address(
        **values | {"type": (wire.type or "").lower() or None, "country": country.upper() if country else None},
        vat_id=vat_id if isinstance(vat_id, str) and vat_id else None,
    )
