"""Every published error code: what it means, how it is answered, what its reader does about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One code, for people."""

    statuses: tuple[int, ...]
    meaning: str
    remedy: str
    message: str
    qliro: Mapping[str, Any] = field(default_factory=dict)

    def body(self, code: str) -> dict[str, Any]:
        """The example body."""
        example: dict[str, Any] = {"code": code, "message": self.message}
        return {**example, "qliroError": dict(self.qliro)} if self.qliro else example


def _qliro(code: str, *messages: str) -> Mapping[str, Any]:
    trace = "8b7a1c52-0f3e-4b5d-9a1e-6f1d2c3b4a59"
    return {
        "errorCode": code,
        "errorMessages": list(messages),
        "correlationId": trace,
        "errorMessage": " ".join(messages),
        "errorReference": trace,
    }


ERRORS: Mapping[str, Told] = {
    "internal-server-error": Told(
        (500, 503),
        "Something nobody foresaw (500), or the adapter's own database does not answer (503). Nothing is half done:"
        " what was begun is finished in the background.",
        "Repeat after the seconds in `Retry-After`; if it stays, report the `x-correlation-id` of the answer.",
        "The database does not answer.",
    ),
    "unauthorized": Told(
        (401,),
        "The bearer key is missing, unknown or bound to another merchant; or Norce does not accept the adapter's key"
        " for this merchant.",
        "Send a key that is good for the merchant in `x-merchant`. Do not repeat with the same key.",
        "The Authorization header carries no valid key.",
    ),
    "configuration-not-found": Told(
        (400,),
        "The merchant's channel has no active configuration for this adapter.",
        "Save one in Norce's configuration, or switch it to active.",
        "This merchant's channel has no configuration for Qliro Checkout.",
    ),
    "configuration-error": Told(
        (400,),
        "The configuration has a field that cannot be used (the message names it), or could not be read.",
        "Mend the field; changes are seen within a minute.",
        "The configuration's merchantTermsUrl is missing.",
    ),
    "order-not-found": Told(
        (404,),
        "Norce has no such order for this merchant and channel, or the address does not exist.",
        "Check the order id, `x-merchant` and `x-channel` (or `merchant` and `channel`).",
        "Order oGmZpQwXnRtLbVcKd does not exist.",
    ),
    "order-error": Told(
        (400,),
        "Norce's Order API gave no usable answer.",
        "Repeat; every operation can be repeated without doing anything twice.",
        "Norce did not answer in time.",
    ),
    "order-bad-request": Told(
        (400, 405, 408, 413, 414, 417, 431),
        "The request as such is not acceptable (method, size, coding, no proper HTTP), or Norce refused what it was"
        " sent.",
        "Correct the request; repeating it does not help.",
        "Request Entity Too Large",
    ),
    "order-conflict": Told(
        (409,),
        "The order is in another state than the request needs, or somebody else is working on it right now.",
        "Read the order again and repeat; `Retry-After` says when, if it is given.",
        "Another request is working on this order.",
    ),
    "order-validation": Told(
        (400,),
        "A parameter or the body is not acceptable, the order cannot be told to Qliro to the cent, or a change of"
        " state is vetoed. The message says which and why.",
        "Correct what the message names; nothing has been sent to Qliro.",
        "Header x-merchant is required.",
    ),
    "order-unknown-validation-error": Told(
        (400,),
        "One of the order's validations in Norce stops the purchase for a reason of its own; the message names it.",
        "Look at the validation that is named; the customer may try again when it passes.",
        "Norce does not let this order be bought: consent-missing.",
    ),
    "shipping-not-found": Told(
        (404,),
        "Norce does not know the shipping that was to be changed.",
        "Read the order again.",
        "The shipping of this order is gone.",
    ),
    "shipping-error": Told(
        (400,),
        "The delivery that was chosen cannot be put on the order.",
        "Let the customer choose again.",
        "Norce refused the shipping.",
    ),
    "payment-not-found": Told(
        (404,),
        "The order has no such payment of this adapter, it has been removed, or a callback's token is wrong.",
        "Create a payment, or read the order to learn which there is.",
        "Payment pTwLsKvQdXcZnBmRtYhJgFpA is not a payment of this adapter.",
    ),
    "payment-error": Told(
        (400,),
        "The operation is not possible in the payment's state, or Qliro reports something that contradicts what was"
        " asked for. No money moved because of this request.",
        "Refresh the payment and look at its state and actions.",
        "A payment that is intent has nothing to capture.",
    ),
    "payment-conflict": Told(
        (409,),
        "Another payment is active on the order, the customer is paying this very moment, or the payment is on hold.",
        "Remove the other payment first, or wait until the payment is decided.",
        "Payment pAnotherOne of walley_adapter is already active on this order.",
    ),
    "qliro-error": Told(
        (400,),
        "Qliro refused for a reason of its own, or gave no usable answer. When the outcome of a money operation is"
        " unknown the message says so, and it is found out in the background.",
        "Repeat the request: it continues the same operation and never makes a second one.",
        "Qliro did not capture: the payment method does not allow it.",
        _qliro("OPERATION_NOT_SUPPORTED", "The payment method does not allow it."),
    ),
    "qliro-bad-request": Told(
        (400,),
        "Qliro could not understand the request, or does not accept the merchant's credentials.",
        "Check `merchantApiKey` and `merchantApiSecret` in the configuration.",
        "Qliro does not accept the request.",
        _qliro("UNAUTHORIZED", "The credentials are not valid."),
    ),
    "qliro-order-expired": Told(
        (400, 404),
        "Qliro's order was not paid in time and can no longer be paid or changed (400 on create).",
        "Create the payment again: it gets a new order at Qliro.",
        "Qliro's order is too old to be changed or paid.",
        _qliro("ORDER_EXPIRED", "Too much time has passed."),
    ),
    "qliro-validation": Told(
        (400,),
        "Qliro rejected a value.",
        "Read Qliro's messages: they name the member.",
        "Qliro rejected the order.",
        _qliro("INVALID_INPUT", "MerchantTermsUrl must be an absolute https address."),
    ),
    "qliro-order-not-found": Told(
        (400, 404),
        "Qliro does not know the order any more (400 on create).",
        "Remove the payment and create a new one.",
        "Qliro does not know this order.",
        _qliro("ORDER_NOT_FOUND", "The order was not found."),
    ),
    "translation-not-found": Told(
        (400,),
        "There is no text for a discount or voucher row in the order's culture.",
        "Add the culture to `discountLocalizations` or `voucherLocalizations` in the configuration.",
        "There is no discount text for culture is-IS.",
    ),
}


def error_table() -> str:
    """All codes as a Markdown table."""
    rows = [
        f"| `{code}` | {', '.join(map(str, told.statuses))} | {told.meaning} | {told.remedy} |"
        for code, told in ERRORS.items()
    ]
    return "\n".join(["| code | HTTP | what it means | what to do |", "|---|---|---|---|", *rows])
