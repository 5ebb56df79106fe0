"""What a delivery platform told of a booking, and what Norce's shipping should show of it.

Events come twice, late and in any order: the newest booking counts, and a failure shows only while no newer booking is
known. So the same events leave the same shipping, whatever order they came in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from application.ports.platform import ShippingMarks
from domain.messages import Message, MessageKind
from domain.order import OrderShipping

BOOKING = "qliroShippingBooking"
BOOKED_AT = "qliroShippingBookedAt"
FAILED_AT = "qliroShippingFailedAt"
ERROR = "qliroShippingError"
PRODUCT = "qliroCarrierProduct"
"""For platforms that have no member for it."""
SERVICE = "qliroShippingService"
BOOKED, FAILED = "booked", "failed"


@dataclass(frozen=True, slots=True)
class ShippingEvent:
    """`at` is an ISO 8601 moment in UTC, comparable as text; empty members were not told."""

    success: bool
    at: str
    booking: str = ""
    carrier: str = ""
    product: str = ""
    service: str = ""
    error: str = ""

    def message(self) -> Message:
        """The letter that tells Norce."""
        payload: dict[str, str | int | bool] = {
            "success": self.success,
            "at": self.at,
            "booking": self.booking,
            "carrier": self.carrier,
            "product": self.product,
            "service": self.service,
            "error": self.error,
        }
        return Message(MessageKind.SHIPPING_EVENT, payload)


def event_in(payload: Mapping[str, str | int | bool]) -> ShippingEvent:
    """The event in a letter, whoever wrote it."""
    texts = {name: str(payload.get(name, "")) for name in ("at", "booking", "carrier", "product", "service", "error")}
    return ShippingEvent(success=bool(payload.get("success")), **texts)


def marks_of(event: ShippingEvent, shipping: OrderShipping) -> ShippingMarks | None:
    """What to write; None when the shipping shows it already, or something newer."""
    booked_at, failed_at = _moment(shipping, BOOKED_AT), _moment(shipping, FAILED_AT)
    if event.success:
        return None if event.at <= booked_at else _booked(event, failed_at)
    return None if event.at <= failed_at else _failed(event, booked_at)


def standing_of(shipping: OrderShipping) -> str:
    """The state of a confirmed shipping: one whose booking failed last has failed."""
    failed = shipping.attributes.get(BOOKING) == FAILED
    return "failed" if failed else "confirmed"


def _booked(event: ShippingEvent, failed_at: str) -> ShippingMarks:
    stands = event.at >= failed_at
    attributes: dict[str, object] = {BOOKED_AT: event.at}
    if event.service:
        attributes[SERVICE] = event.service
    if event.product:
        attributes[PRODUCT] = event.product
    if stands:
        attributes |= {BOOKING: BOOKED, ERROR: None}
    return ShippingMarks(
        state="confirmed" if stands else None,
        tms_reference=event.booking or None,
        carrier=event.carrier or None,
        carrier_product_id=event.product or None,
        attributes=attributes,
    )


def _failed(event: ShippingEvent, booked_at: str) -> ShippingMarks:
    if event.at <= booked_at:
        return ShippingMarks(attributes={FAILED_AT: event.at})
    text = event.error or "The delivery could not be booked."
    return ShippingMarks(state="failed", attributes={FAILED_AT: event.at, BOOKING: FAILED, ERROR: text})


def _moment(shipping: OrderShipping, name: str) -> str:
    return str(shipping.attributes.get(name) or "")
