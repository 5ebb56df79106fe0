"""Every kind of discrepancy in a few words. The whole story of each is in docs/reconciliation.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.discrepancy import DiscrepancyKind as Kind
from domain.discrepancy import Verdict


@dataclass(frozen=True, slots=True)
class KindText:
    """A title, what it means, and what a person does when the job does not mend it."""

    title: str
    means: str
    person: str


KIND_TEXTS: Mapping[Kind, KindText] = MappingProxyType(
    {
        Kind.PAID_ORDER_OPEN: KindText(
            "Paid at Qliro, order open in Norce",
            "The customer has completed the purchase, but the Norce order was never accepted: nobody will ship it.",
            "Let the job finish the purchase. If the order cannot be accepted any more, cancel the reservation.",
        ),
        Kind.COMPLETED_NOT_RESERVED: KindText(
            "Completed, payment not reserved in Norce",
            "Qliro holds the money; the payment in Norce does not say so.",
            "Let the job report the reservation; look at messages that wait when it does not get through.",
        ),
        Kind.CAPTURED_NOT_IN_NORCE: KindText(
            "Captured at Qliro, not in Norce",
            "The customer has been charged more than Norce has on record.",
            "Let the job report the capture. If nobody meant to capture, refund it.",
        ),
        Kind.CAPTURED_NOT_AT_QLIRO: KindText(
            "Captured in Norce, not at Qliro",
            "Norce takes goods for paid whose money was never drawn; the reservation may run out.",
            "Let the job correct what Norce shows; capture what was shipped.",
        ),
        Kind.REFUNDED_NOT_IN_NORCE: KindText(
            "Refunded at Qliro, not in Norce",
            "The customer has money back that Norce still counts as kept.",
            "Let the job report the refund.",
        ),
        Kind.REFUNDED_NOT_AT_QLIRO: KindText(
            "Refunded in Norce, not at Qliro",
            "The customer was promised money that was never sent.",
            "Let the job correct what Norce shows; refund what was promised.",
        ),
        Kind.CANCELLED_NOT_IN_NORCE: KindText(
            "Cancelled at Qliro, not in Norce",
            "The reservation is gone while Norce still counts on it: goods may be shipped unpaid.",
            "Let the job report it; stop the delivery.",
        ),
        Kind.CANCELLED_NOT_AT_QLIRO: KindText(
            "Cancelled in Norce, not at Qliro",
            "The customer's money or credit is still reserved for an order that is off.",
            "Cancel it, or let the reservation run out.",
        ),
        Kind.STATE_DIFFERS: KindText(
            "States differ",
            "The two sides tell of different stages of the payment, in a way that no other kind names.",
            "Compare the histories and decide which side is right.",
        ),
        Kind.AMOUNT_DIFFERS: KindText(
            "Amounts differ",
            "The payment covers one sum in Norce and another at Qliro.",
            "Let the job correct what Norce shows. When it is the purchase, compare the rows before capturing.",
        ),
        Kind.CURRENCY_DIFFERS: KindText(
            "Currencies differ",
            "The payment is in one currency in Norce and in another at Qliro.",
            "Do not capture. Cancel and let the customer buy again.",
        ),
        Kind.REFERENCE_DIFFERS: KindText(
            "References differ",
            "Norce's payment names another Qliro order than the one that belongs to it.",
            "Let the job correct what Norce shows. When it cannot, find out which order the customer has paid.",
        ),
        Kind.MISSING_AT_QLIRO: KindText(
            "Missing at Qliro",
            "Norce and this service know of an order that Qliro does not have.",
            "Check the merchant's Qliro account; remove the payment from the Norce order if it was never paid.",
        ),
        Kind.MISSING_IN_NORCE: KindText(
            "Missing in Norce",
            "Qliro has an order for a payment that the Norce order does not have.",
            "The job withdraws what nobody has paid. What is paid: find the customer's order, or cancel and refund.",
        ),
        Kind.MISSING_WITH_US: KindText(
            "Missing in our ledger",
            "Norce or Qliro have a payment of ours that this service does not know.",
            "Let the job adopt it.",
        ),
        Kind.TWO_QLIRO_ORDERS: KindText(
            "Two live Qliro orders for one Norce order",
            "The customer may pay twice, or has done so.",
            "Cancel or refund the one that the Norce order does not name.",
        ),
        Kind.OUR_BOOKS_DIFFER: KindText(
            "Our ledger differs",
            "Qliro's books have moved on, or never were what this service has on record.",
            "Let the job read Qliro's books again.",
        ),
        Kind.OPERATION_UNDECIDED: KindText(
            "Operation undecided too long",
            "A capture, refund or cancel was asked for, and nobody knows yet whether it happened.",
            "Ask Qliro about the transaction. Do not repeat it by hand.",
        ),
        Kind.MESSAGE_UNDELIVERED: KindText(
            "Message undelivered",
            "Norce has not been told of something that happened, or a callback could not be handled.",
            "See `qliro-adapter messages` for the reason; mend it and hand the message back.",
        ),
        Kind.ACTIONS_OUTDATED: KindText(
            "Actions out of date",
            "Norce offers actions on the payment that are not possible, or not all that are.",
            "Let the job refresh the payment.",
        ),
        Kind.ORDER_STUCK_PROCESSING: KindText(
            "Order stuck in processing",
            "The Norce order was frozen for a purchase that neither came nor failed.",
            "Let the job release it, so that the customer can go on.",
        ),
        Kind.AUTHORIZED_ORDER_REMOVED: KindText(
            "Authorised, Norce order removed",
            "A reservation is held for an order that no longer exists.",
            "Cancel the reservation (`--cancel-orphans`), or restore the order.",
        ),
        Kind.MONEY_FOR_WITHDRAWN_PAYMENT: KindText(
            "Money for a withdrawn payment",
            "A payment that was taken back has been paid nevertheless.",
            "Give the money back: cancel the reservation or refund the capture.",
        ),
        Kind.NOT_COMPARED: KindText(
            "Could not be compared",
            "One of the sides did not answer, or not in a way that can be read.",
            "Run again; when it stays, `qliro-adapter doctor` tells more.",
        ),
        Kind.SETTLEMENT_WITHOUT_CAPTURE: KindText(
            "Settled, but never captured",
            "Qliro has paid out or drawn money for which no capture or refund is on record.",
            "Find out whose it is before it is booked.",
        ),
        Kind.CAPTURE_WITHOUT_SETTLEMENT: KindText(
            "Captured, not settled in time",
            "Money that was captured has not been paid out after its term.",
            "Ask Qliro about the transaction.",
        ),
        Kind.SETTLED_AMOUNT_DIFFERS: KindText(
            "Settled amount differs",
            "The pay-out is not what was captured or refunded.",
            "Ask Qliro; book the difference until it is explained.",
        ),
        Kind.SETTLED_FEE_DIFFERS: KindText(
            "Fee differs",
            "Qliro has kept another fee than was agreed.",
            "Compare with the price list; ask Qliro.",
        ),
        Kind.SETTLED_CURRENCY_DIFFERS: KindText(
            "Settled in another currency",
            "The pay-out is in another currency than the capture.",
            "Check the account's pay-out currency and the rate.",
        ),
        Kind.CHARGEBACK: KindText(
            "Chargeback",
            "The customer's bank has taken the money back.",
            "Contest it in time with proof of delivery, or book the loss.",
        ),
    }
)

VERDICT_TEXTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.LEFT: "left for a person",
        Verdict.WOULD_MEND: "would be mended with --apply",
        Verdict.MENDED: "mended",
    }
)
"""The most pressing first."""
