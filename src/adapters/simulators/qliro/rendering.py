"""Wire forms of orders and transactions (appendix A, appendix B), quirks included."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.config import Quirks
from adapters.simulators.qliro.extras import current_items, total_price
from adapters.simulators.qliro.items import wire_item
from adapters.simulators.qliro.methods import subtype_of
from adapters.simulators.qliro.model import (
    Action,
    ActionType,
    Address,
    CheckoutStatus,
    Customer,
    ItemType,
    Order,
    Transaction,
    TxStatus,
    TxType,
    UpsellResult,
)
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.snippet import order_snippet
from adapters.simulators.qliro.state import SimState

_NUMBERS: dict[str, tuple[str, ...]] = {
    "JuridicalType": ("Physical", "Company"),
    "Gender": ("Unknown", "Female", "Male"),
    "ActionType": tuple(ActionType),
    "Status": tuple(TxStatus),
}
_LISTS = (
    "OrderItemActions", "PaymentTransactions", "OrderItems", "MerchantProvidedMetadata",
    "Settlements", "PendingSettlements", "RejectedSettlements", "SettlementBatches",
)  # fmt: skip


def _hide(text: str | None) -> str | None:
    return None if text is None else text[:1] + "***"


def wire_address(address: Address | None, *, masked: bool) -> dict[str, Any] | None:
    """An address; masked means names and street only hinted at."""
    if address is None:
        return None
    show = _hide if masked else str
    names = ("first_name", "last_name", "company_name", "care_of", "street", "street2")
    seen = {n: None if getattr(address, n) is None else show(getattr(address, n)) for n in names}
    city = _hide(address.city) if masked else address.city
    return {
        "FirstName": seen["first_name"], "LastName": seen["last_name"], "CompanyName": seen["company_name"],
        "CareOf": seen["care_of"], "Street": seen["street"], "Street2": seen["street2"],
        "PostalCode": address.postal_code, "City": city, "CountryCode": address.country,
        "Area": None, "AreaCode": None,
    }  # fmt: skip


def wire_customer(customer: Customer, *, masked: bool) -> dict[str, Any] | None:
    """The customer as far as known; None before anything is."""
    if customer.email is None and customer.number is None and customer.mobile is None:
        return None
    address = customer.billing or Address()
    number = customer.number
    return {
        "FirstName": _hide(address.first_name) if masked else address.first_name,
        "LastName": _hide(address.last_name) if masked else address.last_name,
        "PersonalNumber": None if masked else number,
        "VatNumber": None,
        "Email": customer.email,
        "MobileNumber": _hide(customer.mobile) if masked else customer.mobile,
        "JuridicalType": "Company" if customer.company else "Physical",
        "DateOfBirth": None,
        "Gender": "Unknown",
    }


def hidden(order: Order) -> bool:
    """Whether the customer's data is still masked."""
    return order.customer.masked and order.status is CheckoutStatus.IN_PROCESS


def shared_parts(order: Order, *, reveal: bool = False) -> dict[str, Any]:
    """Customer and addresses, as GET order, validate and the Admin API show them."""
    customer = order.customer
    masked = hidden(order) and not reveal
    known = customer.identified or order.paid
    return {
        "Customer": wire_customer(customer, masked=masked) if known else None,
        "BillingAddress": wire_address(customer.billing, masked=masked) if known else None,
        "ShippingAddress": wire_address(customer.shipping or customer.billing, masked=masked) if known else None,
    }


def identity_verification(order: Order) -> dict[str, Any]:
    required = bool(order.request.get("RequireIdentityVerification"))
    return {"RequireIdentityVerification": required, "IdentityVerified": order.identity_verified}


def upsell_part(state: SimState, order: Order) -> dict[str, Any]:
    until = None
    if order.completed_at is not None:
        until = order.completed_at + timedelta(seconds=state.config.upsell_seconds)
    wanted = order.status is CheckoutStatus.COMPLETED and state.config.upsell_enabled
    eligible = until is not None and wanted and state.clock.now() < until
    return {
        "IsUpsellOrder": order.upsold,
        "EligibleForUpsell": eligible,
        "UpsellTotalPrice": to_major(sum(u.amount for u in order.upsells if u.result is UpsellResult.SUCCESS)),
        "EligibleForUpsellUntil": stamp(until) + "Z" if until is not None and eligible else None,
    }


def _payment_method(order: Order, method: str | None) -> dict[str, Any] | None:
    if method is None:
        return None
    return {"PaymentMethodName": method, "PaymentTypeCode": subtype_of(method)}


def base_order(order: Order, *, reveal: bool = False) -> dict[str, Any]:
    """What GET order and the validate call have in common; `reveal` shows masked data."""
    bought = (a for a in order.actions if a.kind is ActionType.RESERVE and a.item.upsell_id is None)
    owners = {a.item.identity: a.transaction_id for a in bought}
    paid = order.final_items is not None
    items = [wire_item(i, i.owner or (owners.get(i.identity) if paid else None)) for i in current_items(order)]
    return {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "TotalPrice": to_major(total_price(order)),
        "Currency": order.currency,
        "Country": order.country,
        "Language": order.language,
        "CustomerCheckoutStatus": order.status.value,
        **shared_parts(order, reveal=reveal),
        "OrderItems": items,
        "PaymentMethod": _payment_method(order, order.method),
        "IdentityVerification": identity_verification(order),
        "MerchantProvidedMetadata": order.request.get("MerchantProvidedMetadata") or [],
    }


def merchant_order(state: SimState, order: Order) -> dict[str, Any]:
    """GET /Orders/{id}, with a snippet rendered afresh."""
    card = order.saved_card
    link = f"{state.url}/checkout/webapp/pay/{order.id}" if state.config.payment_links else None
    return {
        **base_order(order),
        "CustomerVerifiedEmail": None,
        "SignupForNewsletter": order.newsletter,
        "AskForNewsletterSignupChecked": order.request.get("AskForNewsletterSignupChecked"),
        "OrderHtmlSnippet": order_snippet(state, order),
        "Upsell": upsell_part(state, order),
        "MerchantSavedCreditCard": None
        if card is None
        else {
            "Id": card.id, "BrandName": card.brand, "ExpiryYear": card.year % 100, "ExpiryMonth": card.month,
            "Bin": card.bin, "Last4Digits": card.last4, "MaskedNumber": f"{card.bin}XXXXXX{card.last4}",
        },
        "MerchantProvidedQuestionAnswer": None,
        "PaymentLink": link,
    }  # fmt: skip


def wire_transaction(transaction: Transaction, currency: str, *, parent: bool = True) -> dict[str, Any]:
    """A payment transaction; the single-transaction answer has no parent id."""
    done = transaction.status is TxStatus.SUCCESS
    wire: dict[str, Any] = {
        "PaymentTransactionId": transaction.id,
        "OrderId": transaction.order_id,
        "OriginalPaymentTransactionId": transaction.original_id,
        "Type": transaction.kind.value,
        "Amount": to_major(transaction.amount),
        "Currency": currency,
        "ProviderTransactionId": f"prov-{transaction.id}",
        "ProviderResultCode": "OK" if done else None,
        "ProviderResultDescription": None,
        "Status": transaction.status.value,
        "Timestamp": stamp(transaction.moment),
        "PaymentMethodName": transaction.method,
        "PaymentMethodSubtypeCode": transaction.subtype,
        "ErrorCode": transaction.error_code,
        "ErrorCodeDescription": transaction.error_text,
    }
    if not parent:
        del wire["OriginalPaymentTransactionId"]
    return wire


def _wire_action(action: Action) -> dict[str, Any]:
    return {
        "Id": action.id,
        "MerchantReference": action.item.reference,
        "Description": action.item.description,
        "Quantity": action.item.quantity,
        "PricePerItemIncVat": to_major(action.item.inc),
        "PricePerItemExVat": to_major(action.item.ex),
        "ActionType": action.kind.value,
        "PaymentTransactionId": action.transaction_id,
        "Type": action.item.kind.value,
        "MetaData": None,
    }


def admin_order(state: SimState, order: Order) -> dict[str, Any]:
    """GET /v2/orders/{id}."""
    return {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "Currency": order.currency,
        "Country": order.country,
        "SignupForNewsletter": order.newsletter,
        "MerchantProvidedQuestionAnswer": None,
        "OrderItemActions": [_wire_action(a) for a in order.actions],
        **shared_parts(order),
        "PaymentTransactions": [wire_transaction(t, order.currency) for t in order.transactions],
        "IdentityVerification": identity_verification(order),
        "Upsell": {k: v for k, v in upsell_part(state, order).items() if k != "UpsellTotalPrice"},
        "MerchantProvidedMetadata": order.request.get("MerchantProvidedMetadata") or [],
    }


def distort(body: Any, quirks: Quirks) -> Any:
    """The same answer with the oddities that are switched on."""
    if isinstance(body, list):
        return [distort(row, quirks) for row in body]
    if not isinstance(body, Mapping):
        return body
    shown = {name: _distorted(name, distort(value, quirks), quirks) for name, value in body.items()}
    if quirks.extra_fields:
        shown["AddedByANewerVersion"] = {"Level": 3, "Tags": ["x"]}
    return shown


def _distorted(name: str, value: Any, quirks: Quirks) -> Any:
    if quirks.null_lists and name in _LISTS and value == []:
        return None
    if not quirks.integer_enums or not isinstance(value, str):
        return value
    if name == "Type":
        names: tuple[str, ...] = tuple(ItemType) if value in tuple(ItemType) else tuple(TxType)
    else:
        names = _NUMBERS.get(name, ())
    return names.index(value) if value in names else value
