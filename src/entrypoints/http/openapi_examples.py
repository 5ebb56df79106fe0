"""An order's journey in examples: two jackets and a parcel, 1,047.00 SEK."""

from typing import Any

from domain.order import ADAPTER_ID

ORDER_ID = "oGmZpQwXnRtLbVcKd"
PAYMENT_ID = "pTwLsKvQdXcZnBmRtYhJgFpA"
TOKEN = "5f1c0a7be2d94836a0c1b7f2e4d35a6890bc1d2e"
QLIRO_ORDER_ID = 4812345


def _price(including: float, excluding: float) -> dict[str, float]:
    return {"includingVat": including, "excludingVat": excluding}


CHECKOUT = {"paymentId": PAYMENT_ID, "htmlSnippet": '<div id="qliro-root"></div><script>/* Qliro */</script>'}
OPERATED = {"paymentId": PAYMENT_ID, "htmlSnippet": ""}
RECEIVED = {"callbackResponse": "received", "CallbackResponse": "received"}
DECLINED = {
    "declineReasonMessage": "An item in your cart is out of stock.",
    "DeclineReason": "OutOfStock",
    "DeclineReasonMessage": "An item in your cart is out of stock.",
}
NOT_VALID = {
    "declineReasonMessage": "The order could not be confirmed. Please check your cart.",
    "DeclineReason": "Other",
    "DeclineReasonMessage": "The order could not be confirmed. Please check your cart.",
    "code": "order-unknown-validation-error",
    "message": "Norce does not let this order be bought: consent-missing.",
}
UNREADABLE = {
    "declineReasonMessage": "The purchase could not be checked. Please try again.",
    "DeclineReason": "Other",
    "DeclineReasonMessage": "The purchase could not be checked. Please try again.",
    "code": "order-validation",
    "message": "The body is not acceptable: Object missing required field `OrderId`.",
}
SHIPPING_CHOSEN = {
    "method": "POSTNORD_SERVICE_POINT",
    "secondaryOption": "SE-114820",
    "additionalShippingServices": ["TEXT_MESSAGE"],
    "price": 49.0,
    "priceExVat": 39.2,
    "totalShippingPrice": 59.0,
    "totalShippingPriceExVat": 47.2,
    "methodName": "PostNord service point",
    "shippingServicesNames": ["Text message"],
    "pickupLocation": {"name": "Coop Söder", "description": ["Götgatan 1", "Open until 22"]},
}
SHIPPING_CHOSEN_2024 = {
    "method": "POSTNORD_SERVICE_POINT",
    "secondaryOption": "SE-114820",
    "additionalShippingServices": ["TEXT_MESSAGE"],
    "price": 49.0,
    "totalShippingPrice": 59.0,
    "totalShippingPriceExVat": 47.2,
}
_BOOKING: dict[str, Any] = {
    "OrderId": QLIRO_ORDER_ID,
    "MerchantReference": "oGmZpQwXnRtLbVcKd",
    "IsSuccess": True,
    "ErrorMessage": None,
    "Timestamp": "2026-11-27T08:15:41.230Z",
    "EventType": "SHIPPING_PROVIDER_UPDATE",
}
BOOKED_WITH_INGRID: dict[str, Any] = _BOOKING | {
    "Provider": "Ingrid",
    "Payload": {
        "session": {
            "delivery_groups": [
                {"tos_id": "01JD6TOS", "shipping": {"carrier": "PostNord", "carrier_product_id": "pn-collect"}}
            ]
        }
    },
}
BOOKED_WITH_NSHIFT: dict[str, Any] = _BOOKING | {
    "Provider": "Unifaun",
    "Payload": {"service": {"id": "P19", "name": "Service point"}},
}
BOOKING_FAILED: dict[str, Any] = _BOOKING | {
    "Provider": "Ingrid",
    "IsSuccess": False,
    "ErrorMessage": "The carrier did not answer",
    "Payload": None,
}
QLIRO_ORDER: dict[str, Any] = {
    "OrderId": QLIRO_ORDER_ID,
    "MerchantReference": "oGmZpQwXnRtLbVcKd",
    "TotalPrice": 1047.0,
    "Currency": "SEK",
    "Country": "SE",
    "Language": "sv-se",
    "CustomerCheckoutStatus": "inProcess",
    "Customer": {"FirstName": "Example", "LastName": "Person", "JuridicalType": "physical"},
    "BillingAddress": {"FirstName": "Example", "LastName": "Person", "City": "Göteborg", "CountryCode": "SE"},
    "ShippingAddress": {"FirstName": "Example", "LastName": "Person", "City": "Göteborg", "CountryCode": "SE"},
    "OrderItems": [
        {
            "MerchantReference": "jacket-blue-m",
            "Description": "Jacket, blue, M",
            "Type": "product",
            "Quantity": 2,
            "PricePerItemIncVat": 499.0,
            "PricePerItemExVat": 399.2,
        },
        {
            "MerchantReference": "POSTNORD_SERVICE_POINT",
            "Description": "PostNord service point",
            "Type": "shipping",
            "Quantity": 1,
            "PricePerItemIncVat": 49.0,
            "PricePerItemExVat": 39.2,
        },
    ],
    "PaymentMethod": {"PaymentMethodName": "QLIRO_INVOICE", "PaymentTypeCode": "INVOICE"},
    "SelectedShippingMethod": "POSTNORD_SERVICE_POINT",
    "SignupForNewsletter": False,
    "IdentityVerification": {"RequireIdentityVerification": False, "IdentityVerified": False},
}
PUSH = {
    "OrderId": QLIRO_ORDER_ID,
    "MerchantReference": "oGmZpQwXnRtLbVcKd",
    "Status": "Completed",
    "Timestamp": "2026-11-27T08:15:30.1234567Z",
    "NotificationType": "CustomerCheckoutStatus",
}
UPSELL_PUSH = PUSH | {
    "Status": "Success",
    "NotificationType": "UpsellStatus",
    "UpsellId": "019b2a5e-7c1e-7a53-9e01-6f0f7f6f2a11",
    "PaymentTransactionId": 7234570,
    "OriginalPaymentTransactionId": 7234566,
    "ReplacesOriginalPaymentTransaction": False,
}
STATUS = {
    "OrderId": QLIRO_ORDER_ID,
    "Status": "Success",
    "PaymentType": "Capture",
    "PaymentTransactionId": 7234567,
    "Amount": 1047.0,
    "Currency": "SEK",
    "TimeStamp": "2026-11-28T10:00:00Z",
}
SAVED_CARD = {
    "id": "00000000-1111-2222-3333-444444444444",
    "brandName": "VISA",
    "bin": "411111",
    "last4Digits": "1111",
    "maskedNumber": "411111XXXXXX1111",
    "expiryMonth": 12,
    "expiryYear": 2030,
}


def norce_order(status: str = "checkout", payment: str = "intent") -> dict[str, Any]:
    """The order in a state, with its payment in one."""
    return {
        "id": ORDER_ID,
        "merchant": "norce",
        "channel": "1",
        "created": "2026-11-27T08:10:00Z",
        "lastModified": "2026-11-27T08:14:02Z",
        "state": {
            "currentStatus": status,
            "transitions": [{"status": "checkout", "timeStamp": "2026-11-27T08:10:00Z"}],
        },
        "culture": "sv-SE",
        "currency": "SEK",
        "country": "SE",
        "cart": _cart(),
        "shippings": [_shipping()],
        "payments": [_payment(payment)],
        "customer": {"type": "person", "billing": {"type": "person", "city": "Göteborg", "country": "SE"}},
        "consents": [{"id": "terms", "checked": True, "text": "I accept the terms.", "required": True}],
        "hooks": [_hook("/cart", "cart-changed"), _hook("/state", "state-changed")],
        "total": _price(1047.0, 837.6),
        "attributes": {},
    }


def _cart() -> dict[str, Any]:
    item = {
        "id": "ciKqWzXv",
        "reference": "1",
        "name": "Jacket, blue, M",
        "sku": "jacket-blue-m",
        "quantity": 2,
        "unit": "pcs",
        "price": _price(499.0, 399.2),
        "total": _price(998.0, 798.4),
        "originalTotal": _price(998.0, 798.4),
        "vatRate": 0.25,
        "discounts": [],
    }
    return {"reference": "104711", "items": [item], "discounts": [], "total": _price(998.0, 798.4)}


def _shipping() -> dict[str, Any]:
    return {
        "id": "sRtYpLmNq",
        "state": "intent",
        "reference": "POSTNORD_SERVICE_POINT",
        "adapterId": ADAPTER_ID,
        "name": "PostNord service point",
        "total": _price(49.0, 39.2),
        "vatRate": 0.25,
        "deliveryDetails": {"carrier": "PostNord", "product": {"reference": "19", "name": "Service point"}},
    }


def _payment(state: str) -> dict[str, Any]:
    return {
        "id": PAYMENT_ID,
        "adapterId": ADAPTER_ID,
        "name": "Qliro Checkout",
        "currency": "SEK",
        "type": "default",
        "amount": 998.0 if state == "intent" else 1047.0,
        "state": state,
        "reference": str(QLIRO_ORDER_ID),
        "attributes": {},
        "actions": [],
    }


def _hook(part: str, name: str) -> dict[str, Any]:
    base = "https://adapter.example.com/api/checkout/v1/callback/orders/{order_id}/payments"
    return {
        "id": f"oc{name.partition('-')[0].title()}",
        "adapterId": ADAPTER_ID,
        "subscribeTo": part,
        "target": "/payments",
        "invoke": f"{base}/{PAYMENT_ID}/{name}",
    }
