"""What the embedded checkout page shows of an order."""

from decimal import Decimal
from typing import Any

from adapters.simulators.qliro.extras import (
    current_items,
    method_named,
    shipping_methods,
    shipping_price,
    total_price,
)
from adapters.simulators.qliro.methods import fee_of, method_called, offered
from adapters.simulators.qliro.model import Item, Order
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.orders import has_expired
from adapters.simulators.qliro.persons import people_of
from adapters.simulators.qliro.presentation import offered_view
from adapters.simulators.qliro.rendering import hidden, wire_address
from adapters.simulators.qliro.state import SimState


def _percent(inc: int, ex: int) -> Decimal:
    return Decimal(0) if ex == 0 else abs(Decimal(inc - ex) * 100 / ex).quantize(Decimal("0.1"))


def _line(item: Item) -> dict[str, Any]:
    return {
        "merchantReference": item.reference,
        "description": item.description or item.reference,
        "type": item.kind.value,
        "quantity": item.quantity,
        "pricePerItemIncVat": to_major(item.inc),
        "total": to_major(item.total),
        "vatPercent": _percent(item.inc, item.ex),
    }


def _customer(order: Order) -> dict[str, Any] | None:
    customer = order.customer
    if not customer.identified:
        return None
    masked = hidden(order)
    address = wire_address(customer.billing, masked=masked) or {}
    return {
        "email": customer.email,
        "mobileNumber": customer.mobile,
        "isMasked": masked,
        "personalNumber": None if masked or customer.company else customer.number,
        "organizationNumber": None if masked or not customer.company else customer.number,
        "address": {
            "firstName": address.get("FirstName"),
            "lastName": address.get("LastName"),
            "companyName": address.get("CompanyName"),
            "street": address.get("Street"),
            "careOf": address.get("CareOf"),
            "city": address.get("City"),
            "postalCode": address.get("PostalCode"),
            "isMasked": masked,
        },
    }


def _option(raw: dict[str, Any]) -> dict[str, Any]:
    lines = raw.get("Descriptions") or [x for x in (raw.get("Address"), raw.get("City")) if x]
    return {"reference": raw["MerchantReference"], "name": raw["DisplayName"], "description": lines}


def _service(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": raw["MerchantReference"],
        "name": raw["DisplayName"],
        "price": raw.get("PriceIncVat") or 0,
    }


def _method(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": raw["MerchantReference"],
        "name": raw["DisplayName"],
        "description": raw.get("Descriptions") or [],
        "brand": raw.get("Brand"),
        "category": raw.get("CategoryDisplayName"),
        "label": raw.get("LabelDisplayName"),
        "price": raw.get("PriceIncVat") or 0,
        "supportsAccessCode": bool(raw.get("SupportsAccessCode")),
        "options": [_option(o) for o in raw.get("SecondaryOptions") or []],
        "services": [_service(s) for s in raw.get("AdditionalShippingServices") or []],
    }


def shipping_event(order: Order) -> dict[str, Any] | None:
    """The payload of onShippingMethodChanged (section 8), or None without a choice."""
    choice = order.choice
    raw = method_named(order, choice.method) if choice is not None else None
    if choice is None or raw is None:
        return None
    shown = _method(raw)
    inc, ex, total_inc, total_ex = shipping_price(order, choice)
    option = next((o for o in shown["options"] if o["reference"] == choice.option), None)
    pickup = None if option is None else {"name": option["name"], "description": option["description"]}
    event: dict[str, Any] = {
        "method": choice.method,
        "methodName": shown["name"],
        "secondaryOption": choice.option,
        "additionalShippingServices": list(choice.services),
        "shippingServicesNames": [s["name"] for s in shown["services"] if s["reference"] in choice.services],
        "price": to_major(inc),
        "priceExVat": to_major(ex),
        "totalShippingPrice": to_major(total_inc),
        "totalShippingPriceExVat": to_major(total_ex),
        "pickupLocation": pickup,
    }
    if choice.access_code is not None:
        event["accessCode"] = choice.access_code
    return event


def payment_event(order: Order) -> dict[str, Any] | None:
    """The payload of onPaymentMethodChanged."""
    if order.method is None:
        return None
    method = method_called(order.method)
    inc, ex = fee_of(order, order.method)
    subtype = method.subtype if method is not None else order.method
    return {"method": order.method, "subtype": subtype, "price": to_major(inc), "priceExVat": to_major(ex)}


def _people(order: Order) -> list[dict[str, Any]]:
    companies = order.request.get("MinimumCustomerAge") is None
    only = order.request.get("EnforcedJuridicalType")
    return [
        {
            "number": p.number,
            "verdict": p.verdict.value,
            "company": p.company,
            "name": p.company_name or f"{p.first_name} {p.last_name}",
            "email": p.email,
            "postalCode": p.postal_code,
        }
        for p in people_of(order.country)
        if (companies or not p.company) and only in (None, "Company" if p.company else "Physical")
    ]


def _prefill(order: Order) -> dict[str, Any]:
    billing = order.customer.billing
    return {"email": order.customer.email, "postalCode": billing.postal_code if billing is not None else None}


def _payment_methods(order: Order) -> list[dict[str, Any]]:
    return [{"name": m.name, "subtype": m.subtype, "fee": to_major(fee_of(order, m.name)[0])} for m in offered(order)]


def checkout_view(state: SimState, order: Order) -> dict[str, Any]:
    """Everything the page draws, and the three event payloads it compares."""
    items = current_items(order)
    vat = sum((i.inc - i.ex) * i.quantity for i in items)
    return {
        "orderId": str(order.id),
        "status": order.status.value,
        "expired": has_expired(state, order) and not order.paid,
        "challenge": order.attempt is not None and order.attempt.awaiting_challenge,
        "currency": order.currency,
        "country": order.country,
        "language": order.language,
        "merchantUpdateVersion": order.update_version,
        "totalPrice": to_major(total_price(order)),
        "totalVat": to_major(vat),
        "orderItems": [_line(i) for i in items],
        "customer": _customer(order),
        "prefill": _prefill(order),
        "people": _people(order) if not order.paid else [],
        "shippingHeader": order.request.get("ShippingAdditionalHeader"),
        "shippingMethods": [_method(m) for m in shipping_methods(order)],
        "shipping": shipping_event(order),
        "paymentMethods": _payment_methods(order),
        "payment": payment_event(order),
        "offered": offered_view(order),
        "redirectUrl": order.url("MerchantConfirmationUrl"),
    }
