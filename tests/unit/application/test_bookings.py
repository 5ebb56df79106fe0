"""A delivery chosen, bought and booked at Qliro is Norce's delivery, whatever was told when."""

from dataclasses import replace

import pytest

from application.texts import DeclineReason
from application.update_shipping import ShippingChoice
from domain.checkout import CheckoutLine, CheckoutStatus, LineType
from domain.errors import OrderUnavailable, ProviderUnavailable
from domain.lifecycle import PaymentStatus
from domain.order import ADAPTER_ID, OrderShipping, OrderStatus, Price
from tests.unit.application.world import World, a_decline

FREIGHT = CheckoutLine(
    "pickup", "Till ombud", LineType.SHIPPING, 1, 4_900, 3_917, shipping_method="pickup", secondary_option="SE-7"
)
HOME = FREIGHT._replace(reference="home", description="Hem", price_inc=9_900, price_ex=7_920, shipping_method="home",
                        secondary_option=None)  # fmt: skip
CHOICE = ShippingChoice("pickup", "Ombud", "SE-7", "Kiosken", ("sms",), 4_900, 3_917, ("Torget 1",), ("Sms",))
BOOKED: dict[str, str | int | None] = {
    "provider": "Ingrid", "success": 1, "at": "2026-01-02T03:05:00.000+00:00", "booking": "T-1", "carrier": "DHL",
    "product": "box",
}  # fmt: skip


@pytest.fixture
async def world(world: World) -> World:
    world.platform.edit(world.key, shippings=())
    world.configure(use_integrated_shipping=True)
    await world.start()
    world.at_qliro.added = (FREIGHT,)
    return world


def delivery(world: World) -> OrderShipping:
    (mine,) = [s for s in world.order.shippings if s.ours and s.active]
    return mine


async def bought(world: World) -> None:
    assert await world.validate() is None
    world.provider.buy(world.qliro_id)
    await world.push()


def all_the_same(world: World) -> bool:
    total = world.order.total.including_vat
    return total == world.shown.amount == world.money.authorized == world.at_qliro.total


async def test_the_choice_is_shown_with_place_services_and_the_real_rate(world: World) -> None:
    await world.shipping_chosen(CHOICE)
    chosen = delivery(world)
    assert (chosen.name, chosen.vat_rate, chosen.total) == ("Ombud", 2_500, Price(4_900, 3_917))
    assert (chosen.pickup_reference, chosen.pickup_name) == ("SE-7", "Kiosken")
    assert chosen.attributes == {"qliroShippingServices": ["Sms"], "qliroPickupDescription": ["Torget 1"]}


async def test_the_purchase_may_go_on_whatever_the_browser_told_of_the_freight(world: World) -> None:
    await world.shipping_chosen(replace(CHOICE, method="home", total_price=1, total_price_ex_vat=1))
    assert await world.validate() is None
    world.provider.buy(world.qliro_id)
    await world.push()
    assert delivery(world).reference == "pickup"
    assert delivery(world).total == Price(4_900, 3_917)
    assert delivery(world).state == "confirmed"
    assert all_the_same(world)
    assert world.notebook.said("disagreement") == []


async def test_a_changed_row_still_stops_it(world: World) -> None:
    world.at_qliro.lines = (replace(world.at_qliro.lines[0], quantity=1), *world.at_qliro.lines[1:])
    assert await world.validate() == a_decline(DeclineReason.CART_CHANGED)


async def test_a_delivery_that_only_norce_charges_for_stops_it(world: World) -> None:
    theirs = OrderShipping("s9", "norce_adapter", "intent", "box", "Box", Price(4_900, 3_920), 2_500)
    world.platform.edit(world.key, shippings=(theirs,))
    await world.start()
    assert world.shown.amount == world.order.total.including_vat
    assert await world.validate() == a_decline(DeclineReason.CART_CHANGED)
    world.platform.edit(world.key, shippings=(replace(theirs, total=Price(0, 0)),))
    await world.start()
    assert await world.validate() is None


async def test_the_delivery_changes_while_the_bank_is_asked(world: World) -> None:
    await world.shipping_chosen(CHOICE)
    assert await world.validate() is None
    world.at_qliro.added = (HOME,)
    world.provider.buy(world.qliro_id)
    await world.push()
    assert (delivery(world).reference, delivery(world).pickup_reference) == ("home", None)
    assert all_the_same(world)


async def test_what_comes_from_the_browser_after_the_purchase_changes_nothing(world: World) -> None:
    await world.shipping_chosen(CHOICE)
    world.provider.buy(world.qliro_id)
    await world.shipping_chosen(replace(CHOICE, method="home", total_price=9_900))
    assert delivery(world).reference == "pickup"
    await world.push()
    writes = len(world.platform.writes)
    await world.shipping_chosen(replace(CHOICE, method="home", total_price=9_900))
    assert len(world.platform.writes) == writes
    assert all_the_same(world)


async def test_a_purchase_on_hold_has_its_delivery_too(world: World) -> None:
    world.provider.buy(world.qliro_id, on_hold=True)
    await world.push("OnHold")
    assert delivery(world).total == Price(4_900, 3_917)
    assert world.order.status is OrderStatus.ACCEPTED


async def test_a_reading_from_before_the_purchase_is_not_taken_for_it(world: World) -> None:
    await world.shipping_chosen(CHOICE)
    world.provider.buy(world.qliro_id)
    world.at_qliro.status, world.at_qliro.added = CheckoutStatus.IN_PROCESS, (HOME,)
    await world.push()
    assert delivery(world).reference == "pickup"
    assert delivery(world).state == "intent"
    world.at_qliro.status, world.at_qliro.added = CheckoutStatus.COMPLETED, (FREIGHT,)
    await world.later(5)
    assert (delivery(world).state, delivery(world).total) == ("confirmed", Price(4_900, 3_917))
    assert all_the_same(world)


async def test_two_deliveries_of_ours_become_one(world: World) -> None:
    await world.shipping_chosen(CHOICE)
    twin = replace(delivery(world), id="sTwin", reference="home")
    world.platform.edit(world.key, shippings=(*world.order.shippings, twin))
    world.provider.buy(world.qliro_id)
    await world.push()
    assert delivery(world).reference == "pickup"
    assert all_the_same(world)


async def test_a_booking_is_shown_once_however_often_it_is_told(world: World) -> None:
    await bought(world)
    for _ in range(3):
        await world.notified(**BOOKED)
        await world.background()
    assert (delivery(world).tms_reference, delivery(world).carrier) == ("T-1", "DHL")
    assert len(world.platform.written("mark_shipping")) == 1
    assert all_the_same(world)
    assert world.nothing_owed()


async def test_a_booking_told_too_early_waits_and_the_purchase_wakes_it(world: World) -> None:
    await world.notified(**BOOKED)
    for pause in (1, 5, 30, 300):
        await world.later(pause)
    assert world.order.shippings == ()
    assert not world.nothing_owed()
    await bought(world)
    await world.background()
    assert delivery(world).tms_reference == "T-1"
    assert world.nothing_owed()


async def test_a_booking_of_a_payment_that_nobody_knows_yet_waits(world: World) -> None:
    stored, order = dict(world.store.stored), world.order
    world.store.stored.clear()
    await world.notified(**BOOKED)
    world.platform.orders.clear()
    await world.background()
    assert not world.nothing_owed()
    world.platform.put(order)
    world.store.stored.update(stored)
    world.provider.buy(world.qliro_id)
    await world.push()
    await world.later(60)
    assert delivery(world).tms_reference == "T-1"


async def test_a_booking_for_which_nobody_ever_buys_is_laid_aside_once_the_checkout_is_over(world: World) -> None:
    await world.notified(**BOOKED)
    for _ in range(40):
        await world.later(4 * 3600)
    (hole,) = [h for h in world.store.notices.values() if h.notice.notice.facts.get("booking")]
    assert world.stored.status is PaymentStatus.REMOVED
    assert hole.handled_at is not None
    assert hole.parked_reason is None
    assert all(not s.tms_reference for s in world.order.shippings)


async def test_a_booking_survives_everything_that_is_away(world: World) -> None:
    await bought(world)
    world.platform.faults.add(OrderUnavailable("down"), "mark_shipping", after=True)
    world.provider.faults.add(ProviderUnavailable("down"), "read_ledger")
    await world.notified(**BOOKED)
    await world.later(5)
    await world.later(60)
    assert delivery(world).tms_reference == "T-1"
    assert world.nothing_owed()


async def test_a_failed_booking_keeps_the_money_and_a_later_one_mends_it(world: World) -> None:
    await bought(world)
    await world.notified(**{**BOOKED, "success": 0, "error": "No slot"})
    await world.background()
    assert (delivery(world).state, delivery(world).attributes["qliroShippingError"]) == ("failed", "No slot")
    assert all_the_same(world)
    await world.capture()
    assert world.money.captured == world.money.authorized
    await world.notified(**{**BOOKED, "at": "2026-01-02T03:06:00.000+00:00"})
    await world.background()
    assert (delivery(world).state, delivery(world).tms_reference) == ("confirmed", "T-1")


@pytest.mark.parametrize("provider", ["Voyado", "", None, "Something"])
async def test_others_events_are_kept_and_change_nothing(world: World, provider: str | None) -> None:
    await bought(world)
    writes = len(world.platform.writes)
    await world.notified(provider=provider, event="LOYALTY", success=1)
    await world.background()
    assert len(world.platform.writes) == writes
    assert world.nothing_owed()


async def test_a_booking_of_another_qliro_order_is_told_to_people_and_not_shown(world: World) -> None:
    await bought(world)
    await world.notified(**{**BOOKED, "providerOrderId": world.qliro_id + 1})
    await world.background()
    assert delivery(world).tms_reference == ""
    assert len(world.notebook.said("disagreement")) == 1
    assert world.nothing_owed()


async def test_a_refused_purchase_needs_no_booking(world: World) -> None:
    assert await world.validate() is None
    world.at_qliro.status = CheckoutStatus.REFUSED
    await world.push("Refused")
    await world.notified(**BOOKED)
    await world.background()
    assert world.notebook.said("disagreement") == []
    assert world.nothing_owed()


async def test_norce_without_our_delivery_is_told_to_people(world: World) -> None:
    await bought(world)
    world.platform.edit(world.key, shippings=())
    await world.notified(**BOOKED)
    await world.background()
    assert any("booked" in said for said in world.notebook.said("disagreement"))
    assert world.nothing_owed()


async def test_where_norce_delivers_a_notification_changes_nothing_of_others_shippings(world: World) -> None:
    world.configure(use_integrated_shipping=False)
    theirs = OrderShipping("s9", "norce_adapter", "intent", "box", "Box", Price(0, 0), 0)
    world.platform.edit(world.key, shippings=(theirs,))
    world.at_qliro.added = ()
    await bought(world)
    await world.notified(**BOOKED)
    await world.background()
    assert [s for s in world.order.shippings if s.adapter_id != ADAPTER_ID] == [theirs]
