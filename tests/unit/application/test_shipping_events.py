"""The same events leave the same shipping, however often and in whatever order they come."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from application.ports.platform import ShippingMarks
from application.shipping_event import (
    BOOKED,
    BOOKING,
    ERROR,
    FAILED,
    ShippingEvent,
    event_in,
    marks_of,
    standing_of,
)
from domain.order import ADAPTER_ID, OrderShipping, Price

FRESH = OrderShipping("s1", ADAPTER_ID, "confirmed", "pickup", "Till ombud", Price(4_900, 3_920), 2_500)
MOMENTS = tuple(f"2026-03-01T10:00:0{second}.000+00:00" for second in range(6))
BOOKED_LATE = ShippingEvent(success=True, at=MOMENTS[4], booking="T-4", carrier="DHL", product="box", service="Box")
FAILED_EARLY = ShippingEvent(success=False, at=MOMENTS[1], error="No slot")


def told(shipping: OrderShipping, event: ShippingEvent) -> OrderShipping:
    """The shipping after Norce was told, as Norce keeps it."""
    marks = marks_of(event, shipping)
    return shipping if marks is None else written(shipping, marks)


def written(shipping: OrderShipping, marks: ShippingMarks) -> OrderShipping:
    merged = {**shipping.attributes, **marks.attributes}
    return replace(
        shipping,
        state=marks.state or shipping.state,
        tms_reference=marks.tms_reference or shipping.tms_reference,
        carrier=marks.carrier or shipping.carrier,
        carrier_product_id=marks.carrier_product_id or shipping.carrier_product_id,
        attributes={name: value for name, value in merged.items() if value is not None},
    )


def test_a_booking_is_shown() -> None:
    shipping = told(FRESH, BOOKED_LATE)
    assert (shipping.state, shipping.tms_reference, shipping.carrier) == ("confirmed", "T-4", "DHL")
    assert (shipping.carrier_product_id, shipping.attributes[BOOKING]) == ("box", BOOKED)
    assert marks_of(BOOKED_LATE, shipping) is None


def test_a_failure_is_shown_with_its_reason_until_a_newer_booking() -> None:
    shipping = told(FRESH, FAILED_EARLY)
    assert (shipping.state, shipping.attributes[ERROR], standing_of(shipping)) == ("failed", "No slot", "failed")
    mended = told(shipping, BOOKED_LATE)
    assert (mended.state, mended.attributes[BOOKING], standing_of(mended)) == ("confirmed", BOOKED, "confirmed")
    assert ERROR not in mended.attributes


def test_a_failure_after_a_booking_keeps_the_booking() -> None:
    late = replace(FAILED_EARLY, at=MOMENTS[5])
    shipping = told(told(FRESH, BOOKED_LATE), late)
    assert (shipping.state, shipping.tms_reference, shipping.attributes[BOOKING]) == ("failed", "T-4", FAILED)


def test_an_event_travels_in_a_letter_unchanged() -> None:
    for event in (BOOKED_LATE, FAILED_EARLY):
        assert event_in(event.message().payload) == event
    assert event_in({}) == ShippingEvent(success=False, at="")


@st.composite
def histories(draw: st.DrawFn) -> list[ShippingEvent]:
    """Up to four events, each of a moment of its own, bookings always whole."""
    moments = draw(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=4, unique=True))
    return [
        ShippingEvent(success=True, at=at, booking=f"T-{at}", carrier="C", product=f"P-{at}", service="S")
        if draw(st.booleans())
        else ShippingEvent(success=False, at=at, error=draw(st.sampled_from(["", "late", "full"])))
        for at in moments
    ]


@settings(max_examples=150)
@given(histories())
def test_every_order_and_every_repetition_comes_to_the_same(history: list[ShippingEvent]) -> None:
    ends = []
    for order in itertools.permutations(history):
        shipping = FRESH
        for event in (*order, *order[:2]):
            shipping = told(shipping, event)
        ends.append(shipping)
    assert all(end == ends[0] for end in ends)
    newest = max(history, key=lambda event: event.at)
    assert (ends[0].state == "failed") == (not newest.success)
    assert ends[0].total == FRESH.total
