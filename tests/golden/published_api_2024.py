"""What the API of March 2024 promised its callers: the floor that may only be added to.

One line per operation: method, path, how the tenant is told, whether there is a body, documented statuses,
members of the answer.
"""

from typing import NamedTuple


class Published(NamedTuple):
    method: str
    path: str
    tenant: tuple[str, ...]
    body: bool
    statuses: frozenset[int]
    answer: tuple[str, ...] = ()
    secured: bool = True


HEADERS = ("x-merchant", "x-channel")
QUERY = ("merchant", "channel")
_PAYMENTS = "/api/checkout/v1/orders/{order_id}/payments"
_CALLBACK = "/api/checkout/v1/callback/orders/{order_id}/payments/{payment_id}/"
_ORDER = "/api/order/v1/orders/{order_id}/payments/{payment_id}/"
_CHECKOUT = ("paymentId", "htmlSnippet")
_PATCH = ("op", "path", "value")

PUBLISHED = (
    Published("post", _PAYMENTS, HEADERS, False, frozenset({200, 400, 404, 409}), _CHECKOUT),
    Published("get", _PAYMENTS + "/{payment_id}", HEADERS, False, frozenset({200, 404}), _CHECKOUT),
    Published("post", _PAYMENTS + "/{payment_id}/remove", HEADERS, False, frozenset({200, 400, 401, 404})),
    Published("post", _CALLBACK + "validate", QUERY, True, frozenset({200, 400, 401, 404}), secured=False),
    Published("post", _CALLBACK + "push", QUERY, False, frozenset({200}), ("callbackResponse",), secured=False),
    Published("post", _CALLBACK + "customer-update", QUERY, False, frozenset({200})),
    Published("post", _CALLBACK + "shipping-option-update", QUERY, True, frozenset({200})),
    Published("post", _CALLBACK + "cart-changed", HEADERS, True, frozenset({200, 404}), _PATCH),
    Published("post", _CALLBACK + "state-changed", HEADERS, True, frozenset({200, 400, 404}), _PATCH),
    Published("post", _ORDER + "refresh", HEADERS, False, frozenset({200, 400, 404})),
    Published("post", _ORDER + "cancel", HEADERS, False, frozenset({200}), _CHECKOUT),
    Published("post", _ORDER + "capture", HEADERS, False, frozenset({200}), _CHECKOUT),
    Published("post", _ORDER + "refund", HEADERS, False, frozenset({200}), _CHECKOUT),
)

ERROR_CODES = (
    *("internal-server-error", "unauthorized", "configuration-error", "configuration-not-found"),
    *("order-not-found", "order-error", "order-bad-request", "order-conflict", "order-validation"),
    *("shipping-not-found", "shipping-error", "payment-not-found", "payment-error", "payment-conflict"),
    *("qliro-error", "qliro-bad-request", "qliro-validation", "qliro-order-not-found", "translation-not-found"),
)

MEMBERS = {
    "Error": ("code", "message", "qliroError"),
    "QliroError": ("errorCode", "errorMessages", "correlationId"),
    "QliroCheckoutValidationErrorResponse": ("declineReasonMessage",),
    "QliroCheckoutShippingMethodChanged": (
        *("method", "secondaryOption", "additionalShippingServices"),
        *("price", "totalShippingPrice", "totalShippingPriceExVat"),
    ),
    "GetOrderResponse": (
        *("OrderId", "MerchantReference", "TotalPrice", "Currency", "Country", "Language", "CustomerCheckoutStatus"),
        *("Customer", "BillingAddress", "ShippingAddress", "OrderItems", "PaymentMethod", "SelectedShippingMethod"),
        *("SelectedShippingSecondaryOption", "SignupForNewsletter", "AskForNewsletterSignupChecked"),
        *("IdentityVerification", "MerchantProvidedMetadata", "OrderHtmlSnippet"),
    ),
    "OrderItem": (
        *("MerchantReference", "Description", "Type", "Quantity", "PricePerItemIncVat", "PricePerItemExVat"),
        "PaymentTransactionId",
    ),
    "NorceOrder": (
        *("id", "merchant", "channel", "reference", "created", "lastModified", "state", "culture", "currency"),
        *("country", "cart", "shippings", "payments", "customer", "consents", "hooks", "total", "attributes"),
    ),
    "State": ("currentStatus", "transitions"),
    "Transition": ("status", "timeStamp"),
    "Cart": ("reference", "items", "discounts", "total", "attributes"),
    "Item": (
        *("id", "reference", "name", "sku", "url", "imageUrl", "quantity", "unit", "price", "total"),
        *("originalTotal", "vatRate", "discounts", "attributes"),
    ),
    "Price": ("includingVat", "excludingVat"),
    "Discount": ("type", "name", "code", "value", "attributes"),
    "Shipping": (
        *("id", "merchant", "channel", "state", "reference", "tmsReference", "orderId", "adapterId", "name"),
        *("total", "vatRate", "deliveryDetails", "addons", "attributes"),
    ),
    "DeliveryDetails": ("carrier", "class", "product", "pickupLocation"),
    "Product": ("reference", "name"),
    "PickupLocation": ("reference", "name", "address"),
    "PickupLocationAddress": ("streetAddress", "city", "postalCode", "country"),
    "Addon": ("reference", "price"),
    "Payment": (
        *("id", "adapterId", "name", "merchant", "channel", "currency", "type", "orderId", "amount"),
        *("upperLimitAmount", "state", "reference", "attributes", "actions"),
    ),
    "PaymentAction": ("id", "adapterId", "type", "url"),
    "Customer": ("billing", "shipping", "type", "attributes"),
    "Address": (
        *("type", "givenName", "familyName", "careOf", "reference", "organizationName", "streetAddress"),
        *("streetAddress2", "postalCode", "city", "region", "country", "phone", "email"),
        *("nationalIdentificationNumber", "organizationIdentificationNumber", "attributes"),
    ),
    "Consent": ("id", "checked", "text", "required"),
    "Hook": ("id", "adapterId", "subscribeTo", "target", "invoke"),
    "QliroCustomer": (
        *("FirstName", "LastName", "PersonalNumber", "VatNumber", "Email", "MobileNumber", "JuridicalType"),
        *("DateOfBirth", "Gender"),
    ),
    "QliroAddress": (
        *("FirstName", "LastName", "CompanyName", "CareOf", "Street", "Street2", "PostalCode", "City"),
        *("CountryCode", "Area", "AreaCode"),
    ),
    "PaymentMethod": ("PaymentMethodName", "PaymentTypeCode"),
    "IdentityVerification": ("RequireIdentityVerification", "IdentityVerified"),
    "MerchantProvidedMetadata": ("Key", "Value"),
}
