"""Every published operation, in words: what it does, what it takes, what it answers."""

from collections.abc import Mapping

from entrypoints.http import openapi_examples as examples
from entrypoints.http.openapi_model import Body, Operation, ref
from entrypoints.http.routes import CALLBACKS, OPERATIONS, PAYMENTS

TAGS: Mapping[str, str] = {
    "Payments": "What a storefront does with the payment of an order.",
    "Qliro Checkout Callbacks": "Called by Qliro. Each address carries a token that is good for one payment and one"
    " purpose; a wrong token is answered like an unknown payment. Addresses without one are listened to when the"
    " payment was begun by another adapter.",
    "Qliro Checkout 'Client-side events' Callbacks": "Called by the storefront when Qliro's checkout in the browser"
    " reports a change.",
    "Norce Callbacks": "Called by Norce before it commits a change of the order. Norce waits for the answer; the"
    " answer may hold changes of this adapter's own payment.",
    "Order Management": "What an ERP or an operator does with a paid order. Each acts on everything that is left, and"
    " repeating it changes nothing.",
}
_CONFIGURATION = ("configuration-not-found", "configuration-error")
_QLIRO = ("qliro-error", "qliro-bad-request", "qliro-validation")
_BAD = ("order-validation", *_CONFIGURATION, "order-error", "order-bad-request", *_QLIRO)
_UNKNOWN = ("payment-not-found", "order-not-found", "qliro-order-not-found", "qliro-order-expired")
_CONFLICT = ("order-conflict", "payment-conflict")
_CALLER: Mapping[int, tuple[str, ...]] = {401: ("unauthorized",), 503: ("internal-server-error",)}
_HOOK: Mapping[int, tuple[str, ...]] = {**_CALLER, 413: ("order-bad-request",), 404: _UNKNOWN, 409: _CONFLICT}
_PUSH: Mapping[int, tuple[str, ...]] = {
    400: ("order-validation", "order-error"),
    404: ("payment-not-found",),
    413: ("order-bad-request",),
    503: ("internal-server-error",),
}


_CHECKOUT = Body(schema=ref("QliroCheckoutOrder"), examples={"snippet": examples.CHECKOUT})
_OPERATED = Body(schema=ref("QliroCheckoutOrder"), examples={"done": examples.OPERATED})
_RECEIVED = Body(schema=ref("QliroCheckoutPushResponse"), examples={"stored": examples.RECEIVED})


def _patches(name: str, value: object) -> Body:
    patch = {"op": "replace", "path": f"/payments/0/{name}", "value": value}
    return Body(
        schema={"type": "array", "items": ref("PatchOperation")},
        examples={"changed": [patch], "approved without changes": []},
    )


_PAYMENTS = (
    Operation(
        path=PAYMENTS,
        id="CreateQliroCheckoutOrderPayment",
        tag="Payments",
        summary="Create a new Qliro Checkout order",
        description="Creates the Qliro order of a Norce order that is in checkout, puts the payment and the hooks on"
        " the Norce order, and answers with Qliro's snippet. Repeating it, also at the same time, answers with the"
        " same payment: there is never more than one active payment of this adapter on an order.",
        answer=_CHECKOUT,
        refusals={
            **_CALLER,
            400: (*_BAD, "qliro-order-not-found", "qliro-order-expired", "translation-not-found"),
            404: ("order-not-found",),
            409: _CONFLICT,
        },
    ),
    Operation(
        method="get",
        path=PAYMENTS + "/{payment_id}",
        id="GetQliroCheckoutOrderPayment",
        tag="Payments",
        summary="Get an existing Qliro Checkout order",
        description="Qliro's snippet: the checkout before the purchase, the receipt after it. Reading a paid order"
        " also makes up for a push that got lost.",
        answer=_CHECKOUT,
        refusals={**_CALLER, 400: _BAD, 404: _UNKNOWN, 409: _CONFLICT},
    ),
    Operation(
        path=PAYMENTS + "/{payment_id}/remove",
        id="RemoveQliroCheckoutOrder",
        tag="Payments",
        summary="Remove a Qliro Checkout order",
        description="Withdraws an unpaid payment: its state and that of the adapter's shippings become `removed`, its"
        " hooks are deleted, Qliro's order can no longer be bought. Removing what is removed succeeds; removing what"
        " is paid is refused.",
        refusals={**_CALLER, 400: (*_BAD, "payment-error"), 404: _UNKNOWN, 409: _CONFLICT},
    ),
)
_RENEWALS = (
    Operation(
        path=PAYMENTS + "/recurring",
        id="CreateQliroCheckoutRecurringOrderPayment",
        tag="Payments",
        summary="Create a recurring payment",
        description="Pays an order that is in checkout with a card saved earlier, or by invoice, without the customer."
        " Repeating it with the same token, also at the same time, answers with the same payment and never charges"
        " twice. 200 means that Qliro has been asked: the payment's state in Norce, `pending` at first, tells what"
        " came of it - `reserved`, or `declined`, and then the order is back in checkout. A refusal that is certain"
        " at once is answered as an error, with the payment `declined`.",
        body=Body(
            schema=ref("RecurringTokenModel"),
            examples={"saved card": {"token": examples.SAVED_CARD["id"]}, "invoice": {"token": "QLIRO_INVOICE"}},
            description="What to pay with",
        ),
        answer=Body(
            schema=ref("QliroCheckoutRecurringOrder"), examples={"asked for": {"paymentId": examples.PAYMENT_ID}}
        ),
        refusals={
            **_CALLER,
            400: (*_BAD, "translation-not-found", "qliro-order-not-found"),
            404: ("order-not-found",),
            409: _CONFLICT,
            413: ("order-bad-request",),
        },
    ),
)
_CALLBACKS = (
    Operation(
        path=CALLBACKS + "/validate",
        id="Validate",
        tag="Qliro Checkout Callbacks",
        summary="Validate",
        description="Qliro asks before the customer pays. 200 lets the purchase go on and freezes the order; 400 stops"
        " it with a text for the customer. Always answered well before Qliro's own time limit.",
        tenant="query",
        token=True,
        body=Body(schema=ref("GetOrderResponse"), examples={"order": examples.QLIRO_ORDER}, description="Qliro order"),
        refusals={
            400: ("order-validation", "order-unknown-validation-error"),
            401: ("unauthorized",),
            404: ("payment-not-found", "order-not-found"),
            409: ("order-conflict",),
            413: ("order-bad-request",),
            503: ("internal-server-error",),
        },
        declined={"declined": examples.DECLINED, "not valid": examples.NOT_VALID, "unreadable": examples.UNREADABLE},
    ),
    Operation(
        path=CALLBACKS + "/push",
        id="Push",
        tag="Qliro Checkout Callbacks",
        summary="Push",
        description="The status of the Qliro order has changed. Stored, then acknowledged, then worked on; what counts"
        " is what Qliro says when it is asked, so a push may come late, twice or without a body.",
        tenant="query",
        token=True,
        body=Body(
            schema=ref("QliroCheckoutPushRequest"),
            examples={"completed": examples.PUSH, "upsell": examples.UPSELL_PUSH},
            required=False,
        ),
        answer=_RECEIVED,
        refusals=_PUSH,
    ),
    Operation(
        path=CALLBACKS + "/status",
        id="OrderManagementStatus",
        tag="Qliro Checkout Callbacks",
        summary="Order management status",
        description="A capture, cancellation or refund has been decided. Treated like a push.",
        tenant="query",
        token=True,
        body=Body(
            schema=ref("QliroOrderManagementStatusRequest"), examples={"captured": examples.STATUS}, required=False
        ),
        answer=_RECEIVED,
        refusals=_PUSH,
    ),
    Operation(
        path=CALLBACKS + "/notification",
        id="Notification",
        tag="Qliro Checkout Callbacks",
        summary="Notification of a platform integrated at Qliro",
        description="A delivery has been booked or could not be, or another platform has something to tell. Stored,"
        " then acknowledged. What nShift or Ingrid booked is shown on the order's shipping as soon as the customer has"
        " bought; anything else is kept.",
        tenant="query",
        token=True,
        body=Body(
            schema=ref("QliroCheckoutNotificationRequest"),
            examples={
                "booked with Ingrid": examples.BOOKED_WITH_INGRID,
                "booked with nShift": examples.BOOKED_WITH_NSHIFT,
                "failed": examples.BOOKING_FAILED,
            },
        ),
        answer=_RECEIVED,
        refusals=_PUSH,
    ),
)
_SAVED_CARDS = (
    Operation(
        path=CALLBACKS + "/save-recurring-details",
        id="SaveRecurringPaymentDetails",
        tag="Qliro Checkout Callbacks",
        summary="Save recurring payment details",
        description="Qliro has saved the customer's card for later payments. Stored, then acknowledged; then the"
        " card that Qliro's order shows becomes the payment's `recurring` in Norce. May come before the purchase is"
        " known to be over, twice, or not at all: the card is also found on Qliro's order.",
        tenant="query",
        token=True,
        body=Body(
            schema=ref("MerchantSavedCreditCard"),
            examples={"a card": examples.SAVED_CARD},
            required=False,
            description="Saved card",
        ),
        answer=_RECEIVED,
        refusals=_PUSH,
    ),
)
_BROWSER = (
    Operation(
        path=CALLBACKS + "/customer-update",
        id="UpdateCustomerFromQliroCheckout",
        tag="Qliro Checkout 'Client-side events' Callbacks",
        summary="Refresh customer information on Norce order from Qliro order",
        description="Reads the customer from Qliro and puts billing and shipping address on the Norce order. What"
        " Qliro does not tell stays as it is.",
        tenant="query",
        refusals={**_CALLER, 400: _BAD, 404: _UNKNOWN, 409: _CONFLICT},
    ),
    Operation(
        path=CALLBACKS + "/shipping-option-update",
        id="ShippingOptionUpdate",
        tag="Qliro Checkout 'Client-side events' Callbacks",
        summary="Shipping option update",
        description="Puts the delivery chosen in Qliro's checkout on the Norce order. The body is the object that"
        " Qliro's browser API gives, unchanged; further members are ignored.",
        tenant="query",
        body=Body(
            schema=ref("QliroCheckoutShippingMethodChanged"),
            examples={
                "service point": examples.SHIPPING_CHOSEN,
                "as published in 2024": examples.SHIPPING_CHOSEN_2024,
            },
            description="Shipping option update object",
        ),
        refusals={
            **_CALLER,
            400: (*_BAD, "shipping-error"),
            404: (*_UNKNOWN, "shipping-not-found"),
            409: _CONFLICT,
            413: ("order-bad-request",),
        },
    ),
)
_NORCE = (
    Operation(
        path=CALLBACKS + "/update-payment",
        id="UpdatePayment",
        tag="Norce Callbacks",
        summary="Update payment",
        description="The newer name of cart-changed, with the same answers: orders whose hooks were registered under"
        " it go on.",
        body=Body(schema=ref("NorceOrder"), examples={"new cart": examples.norce_order()}, description="Updated order"),
        answer=_patches("amount", 1047.0),
        refusals={**_HOOK, 400: (*_BAD, "translation-not-found")},
    ),
    Operation(
        path=CALLBACKS + "/cart-changed",
        id="CartChanged",
        tag="Norce Callbacks",
        summary="Handle Cart changed",
        description="Norce asks before it commits another cart, delivery or payment. Qliro holds the new rows before"
        " this answers 200; the answer sets our payment's amount.",
        body=Body(schema=ref("NorceOrder"), examples={"new cart": examples.norce_order()}, description="Updated order"),
        answer=_patches("amount", 1047.0),
        refusals={**_HOOK, 400: (*_BAD, "translation-not-found")},
    ),
    Operation(
        path=CALLBACKS + "/state-changed",
        id="StateChanged",
        tag="Norce Callbacks",
        summary="Handle State changed",
        description="Norce asks before it commits another state. 200 approves, 400 vetoes: an order is neither"
        " accepted nor completed before Qliro has the money, and neither frozen nor opened again after.",
        body=Body(
            schema=ref("NorceOrder"),
            examples={"accepted": examples.norce_order("accepted", "processing")},
            description="Updated order",
        ),
        answer=_patches("state", "reserved"),
        refusals={**_HOOK, 400: (*_BAD, "payment-error", "translation-not-found")},
    ),
    Operation(
        path=CALLBACKS + "/upsell/complete",
        id="CompleteUpsell",
        tag="Norce Callbacks",
        summary="Complete upsell",
        description="Ends the time in which more may be sold with a paid order, and hands the order on. Norce calls it"
        " with the delay that was registered; a storefront may call it earlier. What Qliro has not decided yet is"
        " waited for: the answer is 200 all the same, and the order is completed when it has been. Repeating it changes"
        " nothing. A body is not needed. What changes is written to the order, so the list is empty.",
        answer=_patches("state", "reserved"),
        refusals={**_CALLER, 400: (*_BAD, "payment-error"), 404: _UNKNOWN, 409: _CONFLICT},
    ),
)


def _managed(
    name: str, operation_id: str, summary: str, description: str, answer: Body | None, *, part: Body | None = None
) -> Operation:
    return Operation(
        repeatable=answer is not None,
        body=part,
        path=f"{OPERATIONS}/{name}",
        id=operation_id,
        tag="Order Management",
        summary=summary,
        description=description,
        answer=answer,
        refusals={**_CALLER, 400: (*_BAD, "payment-error"), 404: _UNKNOWN, 409: _CONFLICT},
    )


def _part(examples: Mapping[str, object]) -> Body:
    return Body(
        schema=ref("PartialOperation"),
        examples=examples,
        required=False,
        description="An extension of the published API: without a body, everything that is left",
    )


_LATER = (
    " When Qliro has not decided within some seconds the answer is 200 all the same: the payment's state in Norce"
    " changes when it has, and asking again continues the same operation."
)
_MANAGEMENT = (
    _managed(
        "refresh",
        "Refresh",
        "Refresh the list of available PaymentActions for an order",
        "Reads Qliro's books and brings state, amount and actions of the Norce payment in line with them.",
        None,
    ),
    _managed(
        "cancel", "CancelOrder", "Cancel Qliro Order", "Releases what is reserved and not captured." + _LATER, _OPERATED
    ),
    _managed(
        "capture",
        "CaptureOrder",
        "Capture Qliro order",
        "Takes everything that is reserved; with a body, the items it names. When Norce's order is worth less than what"
        " is reserved, the reservation is reduced first." + _LATER,
        _OPERATED,
        part=_part({"one of an item": {"items": [{"reference": "jacket-blue-m", "quantity": 1}]}}),
    ),
    _managed(
        "refund",
        "RefundOrder",
        "Refund Qliro order",
        "Gives back everything that was captured, capture by capture; with a body, the items it names (less what"
        " remains when the amount is smaller than they are worth), or an amount alone." + _LATER,
        _OPERATED,
        part=_part(
            {
                "an amount": {"amount": 49.50, "reason": "late delivery"},
                "an item less a fee": {"items": [{"reference": "jacket-blue-m", "quantity": 1}], "amount": 399.00},
            }
        ),
    ),
)
OPERATIONS_TOLD = (*_PAYMENTS, *_RENEWALS, *_CALLBACKS, *_SAVED_CARDS, *_BROWSER, *_NORCE, *_MANAGEMENT)
