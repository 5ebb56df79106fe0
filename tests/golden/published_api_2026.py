"""What the newest build of the published API (January 2026) takes and answers, restated.

Nothing in it is required but parameters, and nothing is limited but by its type: whoever promises to take all of this
may refuse a message for what it says, never for how it is put. `expanded` makes JSON Schemas of the short notation.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Schema = dict[str, Any]

TEXT, FLAG, FREE, ANY = "text", "flag", "free", "any"
WHOLE, BIG, NUMBER, MOMENT = "int32", "int64", "double", "date-time"

ENUMS: Mapping[str, tuple[str, ...]] = {
    "ErrorCode": (
        *("internal-server-error", "unauthorized", "configuration-error", "configuration-not-found"),
        *("order-not-found", "order-error", "order-bad-request", "order-conflict", "order-validation"),
        *("order-unknown-validation-error", "shipping-not-found", "shipping-error", "payment-not-found"),
        *("payment-error", "payment-conflict", "qliro-error", "qliro-bad-request", "qliro-order-expired"),
        *("qliro-validation", "qliro-order-not-found", "translation-not-found"),
    ),
    "CustomerCheckoutStatus": ("inProcess", "completed", "onHold", "refused", "success"),
    "CustomerType": ("person", "organization"),
    "DiscountType": ("item", "shipping"),
    "OrderItemType": ("product", "discount", "fee", "shipping"),
    "OrderStatus": ("checkout", "processing", "accepted", "completed", "declined", "removed"),
    "PaymentState": (
        *("intent", "removed", "processing", "failed", "confirmed", "pending", "declined", "reserved"),
        *("credited", "captured", "cancelled", "refunded"),
    ),
    "PaymentType": ("default", "prepaid", "voucher"),
    "QliroCustomerType": ("physical", "company"),
    "ShippingState": ("intent", "removed", "processing", "failed", "confirmed"),
    "UpsellState": ("created", "actionRequired", "completed", "failed"),
}

_PERSON = "givenName familyName careOf reference organizationName phone email"
_PLACE = "streetAddress streetAddress2 postalCode city region country"
_NUMBERS = "nationalIdentificationNumber organizationIdentificationNumber"


def _texts(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), TEXT)


STRUCTURES: Mapping[str, Mapping[str, Any]] = {
    # answers
    "Error": {"code": "ErrorCode", "message": TEXT, "qliroError": "QliroError"},
    "QliroError": _texts("errorCode errorMessage errorReference"),
    "QliroCheckoutOrder": _texts("paymentId htmlSnippet"),
    "QliroCheckoutPushResponse": _texts("callbackResponse"),
    "QliroCheckoutRecurringOrder": _texts("paymentId"),
    "QliroCheckoutValidationErrorResponse": _texts("declineReasonMessage"),
    "PatchOperation": {**_texts("op path"), "value": ANY},
    # what Norce sends
    "NorceOrder": {
        **_texts("id merchant channel reference culture currency country"),
        "created": MOMENT,
        "lastModified": MOMENT,
        "state": "State",
        "cart": "Cart",
        "customer": "Customer",
        "shippings": ["Shipping"],
        "payments": ["Payment"],
        "consents": ["Consent"],
        "hooks": ["Hook"],
        "notifications": ["Notification"],
        "total": "Price",
        "attributes": FREE,
    },
    "State": {"currentStatus": "OrderStatus", "transitions": ["Transition"]},
    "Transition": {"status": "OrderStatus", "timeStamp": MOMENT},
    "Price": {"includingVat": NUMBER, "excludingVat": NUMBER},
    "Cart": {"reference": TEXT, "items": ["Item"], "discounts": ["Discount"], "total": "Price", "attributes": FREE},
    "Item": {
        **_texts("id reference name sku url imageUrl unit"),
        "quantity": WHOLE,
        "price": "Price",
        "total": "Price",
        "originalTotal": "Price",
        "vatRate": NUMBER,
        "discounts": ["Discount"],
        "logistics": "Logistics",
        "upsell": FLAG,
        "attributes": FREE,
    },
    "Logistics": {
        "weight": WHOLE,
        "height": WHOLE,
        "width": WHOLE,
        "length": WHOLE,
        "tags": [TEXT],
        "shippingDate": MOMENT,
    },
    "Discount": {"type": "DiscountType", **_texts("name code"), "value": "Price", "attributes": FREE},
    "Shipping": {
        **_texts("id merchant channel reference tmsReference orderId adapterId name"),
        "state": "ShippingState",
        "total": "Price",
        "vatRate": NUMBER,
        "deliveryDetails": "DeliveryDetails",
        "addons": ["Addon"],
        "attributes": FREE,
    },
    "DeliveryDetails": {**_texts("carrier class"), "product": "Product", "pickupLocation": "PickupLocation"},
    "Product": _texts("reference name"),
    "PickupLocation": {**_texts("reference name"), "address": "PickupLocationAddress"},
    "PickupLocationAddress": _texts("streetAddress city postalCode country"),
    "Addon": {"reference": TEXT, "price": NUMBER},
    "Payment": {
        **_texts("id adapterId name merchant channel currency orderId reference"),
        "type": "PaymentType",
        "amount": NUMBER,
        "upperLimitAmount": NUMBER,
        "state": "PaymentState",
        "attributes": FREE,
        "actions": ["PaymentAction"],
        "recurring": "Recurring",
        "upsell": "Upsell",
    },
    "PaymentAction": _texts("id adapterId type url"),
    "Recurring": {**_texts("token description"), "attributes": FREE},
    "Upsell": {"eligible": FLAG, "expiration": MOMENT, "transactions": ["UpsellTransaction"], "attributes": FREE},
    "UpsellTransaction": {"id": TEXT, "state": "UpsellState", "itemIds": [TEXT], "attributes": FREE},
    "Customer": {"billing": "Address", "shipping": "Address", "type": "CustomerType", "attributes": FREE},
    "Address": {"type": "CustomerType", **_texts(f"{_PERSON} {_PLACE} {_NUMBERS}"), "attributes": FREE},
    "Consent": {"id": TEXT, "checked": FLAG, "text": TEXT, "required": FLAG},
    "Hook": _texts("id adapterId subscribeTo target invoke"),
    "Notification": {**_texts("id adapterId reference description scope invoke"), "schema": FREE, "delay": WHOLE},
    # what Qliro sends
    "GetOrderResponse": {
        "OrderId": WHOLE,
        "TotalPrice": NUMBER,
        "CustomerCheckoutStatus": "CustomerCheckoutStatus",
        **_texts("MerchantReference Currency Country Language SelectedShippingMethod SelectedShippingSecondaryOption"),
        "Customer": "QliroCustomer",
        "BillingAddress": "QliroAddress",
        "ShippingAddress": "QliroAddress",
        "OrderItems": ["OrderItem"],
        "PaymentMethod": "PaymentMethod",
        "OrderHtmlSnippet": TEXT,
        "UpsellId": TEXT,
        "SignupForNewsletter": FLAG,
        "AskForNewsletterSignupChecked": FLAG,
        "Upsell": "QliroUpsell",
        "IdentityVerification": "IdentityVerification",
        "MerchantSavedCreditCard": "MerchantSavedCreditCard",
        "MerchantProvidedMetadata": ["MerchantProvidedMetadata"],
    },
    "OrderItem": {
        **_texts("MerchantReference Description UpsellId"),
        "Type": "OrderItemType",
        "Quantity": WHOLE,
        "PaymentTransactionId": WHOLE,
        "PricePerItemIncVat": NUMBER,
        "PricePerItemExVat": NUMBER,
    },
    "QliroCustomer": {
        **_texts("FirstName LastName PersonalNumber VatNumber Email MobileNumber DateOfBirth"),
        "JuridicalType": "QliroCustomerType",
        "Gender": WHOLE,
    },
    "QliroAddress": _texts(
        "FirstName LastName CompanyName CareOf Street Street2 PostalCode City CountryCode Area AreaCode"
    ),
    "PaymentMethod": _texts("PaymentMethodName PaymentTypeCode"),
    "IdentityVerification": {"RequireIdentityVerification": FLAG, "IdentityVerified": FLAG},
    "MerchantProvidedMetadata": _texts("Key Value"),
    "QliroUpsell": {
        "eligibleForUpsell": FLAG,
        "isUpsellOrder": FLAG,
        "eligibleForUpsellUntil": MOMENT,
        "upsellTotalPrice": NUMBER,
    },
    "MerchantSavedCreditCard": {
        **_texts("id bin brandName last4Digits maskedNumber"),
        "expiryMonth": WHOLE,
        "expiryYear": WHOLE,
    },
    "QliroCheckoutPushRequest": {
        "orderId": BIG,
        "paymentTransactionId": BIG,
        "originalPaymentTransactionId": BIG,
        **_texts("merchantReference notificationType status upsellId"),
        "timestamp": MOMENT,
        "replacesOriginalPaymentTransaction": FLAG,
    },
    "QliroOrderManagementStatusRequest": {
        "OrderID": BIG,
        "PaymentTransactionId": BIG,
        "OriginalPaymentTransactionId": BIG,
        "PaymentReference": BIG,
        **_texts("Currency ErrorCode ErrorCodeDescription MerchantReference PaymentType ProviderResultCode"),
        **_texts("ProviderResultDescription ProviderTransactionId Status TimeStamp"),
        "Amount": NUMBER,
    },
    "QliroCheckoutNotificationRequest": {
        **_texts("ErrorMessage EventType MerchantReference Provider"),
        "OrderId": BIG,
        "IsSuccess": FLAG,
        "Timestamp": MOMENT,
        "Payload": ANY,
    },
    # what a storefront sends
    "QliroCheckoutShippingMethodChanged": {
        **_texts("method methodName secondaryOption"),
        **dict.fromkeys(("price", "priceExVat", "totalShippingPrice", "totalShippingPriceExVat"), NUMBER),
        "additionalShippingServices": [TEXT],
        "shippingServicesNames": [TEXT],
        "pickupLocation": "QliroCheckoutShippingMethodChangedPickupLocation",
    },
    "QliroCheckoutShippingMethodChangedPickupLocation": {"name": TEXT, "description": [TEXT]},
    "RecurringTokenModel": _texts("token"),
}


class Newest(NamedTuple):
    """One operation. An answer of None has no body that is written down; `added`: statuses that ours has besides."""

    method: str
    path: str
    tenant: tuple[str, ...]
    takes: str | None
    answers: Mapping[int, Any]
    added: frozenset[int]


HEADERS, QUERY = ("x-merchant", "x-channel"), ("merchant", "channel")
CALLER = frozenset({401, 503})
"""A wrong key, and a database that does not answer. No build writes them down, every service has them."""
REFUSED = CALLER | {400, 404, 409}
"""Where only success is written down, errors are those of the published table of codes."""
BODY = frozenset({413})
PATCHES = ["PatchOperation"]
_ORDERS = "/api/checkout/v1/orders/{order_id}/payments"
_CALLBACK = "/api/checkout/v1/callback/orders/{order_id}/payments/{payment_id}"
_MANAGED = "/api/order/v1/orders/{order_id}/payments/{payment_id}"
_TOLD = {200: "QliroCheckoutPushResponse"}
_PUSHED = frozenset({400, 404, 413, 503})

NEWEST = (
    Newest(
        "post",
        _ORDERS,
        HEADERS,
        None,
        {200: "QliroCheckoutOrder", 400: "Error", 404: None, 409: "Error"},
        CALLER,
    ),
    Newest("get", _ORDERS + "/{payment_id}", HEADERS, None, {200: "QliroCheckoutOrder", 404: None}, REFUSED),
    Newest(
        "post",
        _ORDERS + "/{payment_id}/remove",
        HEADERS,
        None,
        {200: None, 400: "Error", 401: "Error", 404: None},
        REFUSED,
    ),
    Newest(
        "post",
        _ORDERS + "/recurring",
        HEADERS,
        "RecurringTokenModel",
        {200: "QliroCheckoutRecurringOrder", 400: "Error", 404: None, 409: "Error"},
        CALLER | BODY,
    ),
    Newest(
        "post",
        _CALLBACK + "/validate",
        QUERY,
        "GetOrderResponse",
        {200: None, 400: "QliroCheckoutValidationErrorResponse", 401: "Error", 404: "Error"},
        frozenset({409, 413, 503}),
    ),
    Newest("post", _CALLBACK + "/push", QUERY, "QliroCheckoutPushRequest", _TOLD, _PUSHED),
    Newest("post", _CALLBACK + "/status", QUERY, "QliroOrderManagementStatusRequest", _TOLD, _PUSHED),
    Newest("post", _CALLBACK + "/notification", QUERY, "QliroCheckoutNotificationRequest", _TOLD, _PUSHED),
    Newest("post", _CALLBACK + "/save-recurring-details", QUERY, "MerchantSavedCreditCard", _TOLD, _PUSHED),
    Newest("post", _CALLBACK + "/customer-update", QUERY, None, {200: None}, REFUSED),
    Newest(
        "post",
        _CALLBACK + "/shipping-option-update",
        QUERY,
        "QliroCheckoutShippingMethodChanged",
        {200: None},
        REFUSED | BODY,
    ),
    Newest("post", _CALLBACK + "/cart-changed", HEADERS, "NorceOrder", {200: PATCHES, 404: None}, REFUSED | BODY),
    Newest("post", _CALLBACK + "/update-payment", HEADERS, "NorceOrder", {200: PATCHES, 404: None}, REFUSED | BODY),
    Newest(
        "post",
        _CALLBACK + "/state-changed",
        HEADERS,
        "NorceOrder",
        {200: PATCHES, 400: None, 404: None},
        REFUSED | BODY,
    ),
    Newest("post", _CALLBACK + "/upsell/complete", HEADERS, None, {200: PATCHES, 400: None, 404: None}, REFUSED | BODY),
    Newest("post", _MANAGED + "/refresh", HEADERS, None, {200: None, 400: None, 404: None}, REFUSED),
    Newest("post", _MANAGED + "/cancel", HEADERS, None, {200: "QliroCheckoutOrder"}, REFUSED),
    Newest("post", _MANAGED + "/capture", HEADERS, None, {200: "QliroCheckoutOrder"}, REFUSED | BODY),
    Newest("post", _MANAGED + "/refund", HEADERS, None, {200: "QliroCheckoutOrder"}, REFUSED | BODY),
)


def expanded() -> dict[str, Schema]:
    """Every structure and enum as a JSON Schema that refers to the others below `#/components/schemas/`."""
    made: dict[str, Schema] = {name: {"type": "string", "enum": list(words)} for name, words in ENUMS.items()}
    for name, members in STRUCTURES.items():
        made[name] = {"type": "object", "properties": {member: schema_of(kind) for member, kind in members.items()}}
    return made


def schema_of(kind: Any) -> Schema:
    """A member's notation as JSON Schema."""
    if isinstance(kind, list):
        return {"type": "array", "items": schema_of(kind[0])}
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    return {"$ref": f"#/components/schemas/{kind}"}


_PLAIN: Mapping[str, Schema] = {
    TEXT: {"type": "string"},
    FLAG: {"type": "boolean"},
    FREE: {"type": "object", "additionalProperties": True},
    ANY: {},
    WHOLE: {"type": "integer", "format": WHOLE},
    BIG: {"type": "integer", "format": BIG},
    NUMBER: {"type": "number", "format": NUMBER},
    MOMENT: {"type": "string", "format": MOMENT},
}
