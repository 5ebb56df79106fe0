"""Renewals: an order is charged once, whatever is repeated, raced, lost or killed, and ends as Qliro's books say."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.compose_checkout import basket_for
from application.compose_renewal import RenewalComposer
from application.ports.configurations import ProviderAccount, ReferenceSource
from application.ports.inbox import NoticeKind
from application.ports.merchant_payments import INVOICE
from domain.checkout import LineType
from domain.errors import (
    AdapterError,
    ConfigurationNotFound,
    OperationRefused,
    OrderConflict,
    OrderNotExpressible,
    OrderUnavailable,
    PaymentConflict,
    ProviderInvalid,
    ProviderRefused,
    ProviderUnavailable,
    ValidationRefused,
)
from domain.identifiers import OrderKey
from domain.lifecycle import PaymentStatus
from domain.order import Address, OrderCustomer, OrderStatus, PaymentState, Price, PurchaseOrder
from tests.unit.application.wiring import PlainAddresses
from tests.unit.application.world import ANNA, World, an_order, notice, other_payment

TOKEN = "3d2092a6-7baf-49e3-bd34-d0d0d85744b5"
OTHER = "9a1b2c3d-0000-4000-8000-000000000001"
LOST = ProviderUnavailable("timeout")
UNSENT = ProviderUnavailable("no connection", sent=False)


class Death(Exception):
    """The process ends here, as far as the act can tell."""


def an_order_of_anna(**members: Any) -> PurchaseOrder:
    return an_order(customer=OrderCustomer(type="person", billing=ANNA, shipping=ANNA), **members)


def a_world(**members: Any) -> World:
    world = World(an_order_of_anna(**members), prompt=False)
    world.provider.cards |= {TOKEN, OTHER}
    return world


async def renew(world: World, token: str = TOKEN) -> str:
    return await world.do(world.app.renew(world.key, token))


async def push(world: World) -> None:
    world.pushes += 1
    told = notice(world.payment_key, f"status-{world.pushes}", NoticeKind.ORDER_MANAGEMENT)
    await world.do(world.app.receive(told))
    await world.background()


async def settled(world: World) -> None:
    world.provider.settle()
    await push(world)


def charges(world: World) -> int:
    """Orders that the merchant made at Qliro."""
    return sum(order.merchant_made is not None for order in world.provider.orders.values())


async def test_a_renewal_is_pending_until_qliro_has_decided_and_then_like_any_purchase() -> None:
    world = a_world()
    payment_id = await renew(world)
    assert world.shown.id == payment_id
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING, PaymentStatus.PENDING)
    assert world.shown.recurring is not None
    assert world.shown.recurring.token == TOKEN
    assert world.shown.reference == str(world.at_qliro.id)
    await push(world)
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING)
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED, PaymentStatus.AUTHORIZED)
    assert [w.detail for w in world.platform.written("set_status")] == [
        OrderStatus.PROCESSING, OrderStatus.ACCEPTED, OrderStatus.COMPLETED,
    ]  # fmt: skip
    assert world.shown.amount == world.money.authorized == world.order.total.including_vat
    assert world.log == [("open", True), ("confirm", True)]
    assert {action.type for action in world.shown.actions} == {"capture", "cancel"}
    assert world.nothing_owed()
    world.provider.prompt = True
    await world.capture()
    await world.refund()
    assert world.money.refunded == world.money.captured == world.money.authorized


async def test_qliro_is_asked_for_what_the_order_says() -> None:
    world = a_world()
    await renew(world)
    draft = world.at_qliro.merchant_made
    assert draft is not None
    assert (draft.token, draft.billing, draft.delivery) == (TOKEN, ANNA, ANNA)
    assert draft.basket.total == world.order.total.including_vat
    assert not draft.basket.subscription
    assert not world.at_qliro.draft.callbacks.saved_card
    assert draft.order_management.endswith(f"/{world.shown.id}/status")


async def test_delivery_that_customers_choose_at_qliro_is_charged_with_the_rest() -> None:
    world = a_world()
    world.configure(use_integrated_shipping=True, recurring=True)
    await renew(world)
    draft = world.at_qliro.merchant_made
    assert draft is not None
    assert draft.basket.total == world.order.total.including_vat
    assert not draft.basket.subscription
    assert [line.price_inc for line in draft.basket.lines if line.type is LineType.SHIPPING] == [4_900]
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    assert not world.notebook.said("disagreement")


async def test_a_delivery_that_became_free_after_the_renewal_is_not_captured() -> None:
    """The merchant's customers choose deliveries at Qliro, but nobody chose one for this order."""
    world = a_world()
    world.configure(use_integrated_shipping=True, recurring=True)
    await renew(world)
    await settled(world)
    world.provider.prompt = True
    goods = world.order.total.including_vat - 4_900
    world.platform.edit(world.key, shippings=(), total=Price(goods, goods))
    await world.capture()
    assert world.acts() == ["charge", "reduce", "capture"]
    assert world.money.captured == world.money.authorized == goods
    assert not world.notebook.said("disagreement")


async def test_renewals_of_orders_with_the_same_cart_reference_have_names_of_their_own() -> None:
    names = set()
    for number in range(3):
        key = OrderKey("sandbox", "se", f"oRenewal{number}")
        world = World(an_order_of_anna(key=key, cart_reference="CART-1"), prompt=False)
        world.provider.cards.add(TOKEN)
        world.configure(reference_source=ReferenceSource.ORDER_CART_REFERENCE)
        await renew(world)
        name = world.at_qliro.draft.merchant_reference
        assert name.startswith("CART-1-")
        names.add(name)
    assert len(names) == 3


async def test_a_merchant_who_sells_more_after_purchases_has_renewals_completed_at_once() -> None:
    world = a_world()
    world.configure(use_upsell=True)
    await renew(world)
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    assert world.shown.attributes["qliroPaymentMethodName"] == "CREDITCARDS"


@pytest.mark.parametrize("when", ["at once", "decided", "captured", "cancelled"])
async def test_the_same_order_and_token_give_the_same_payment_whenever_asked_again(when: str) -> None:
    world = a_world()
    first = await renew(world)
    if when != "at once":
        await settled(world)
        world.provider.prompt = True
    if when == "captured":
        await world.capture()
    if when == "cancelled":
        await world.cancel()
    assert await renew(world) == first
    assert await renew(world, TOKEN.upper()) == first
    assert (charges(world), world.acts("charge")) == (1, ["charge"])


async def test_two_processes_at_the_same_time_charge_once() -> None:
    world = a_world()
    processes = [world.app.renew, world.fresh().renew, world.fresh().renew]
    ids = await world.do(gathered([process(world.key, TOKEN) for process in processes]))
    assert len(set(ids)) == 1
    assert charges(world) == 1
    assert len(world.live) == 1


async def gathered(works: list[Any]) -> list[Any]:
    return list(await asyncio.gather(*works))


async def test_an_answer_lost_after_the_deed_is_found_by_its_reference() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    await renew(world)
    assert world.acts("charge") == ["charge"]
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_request_that_never_arrived_is_sent_again_with_the_same_key() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge")
    await renew(world)
    assert charges(world) == 1
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING)


async def test_a_repeated_key_that_qliro_refuses_means_that_the_first_arrived() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    really, misses = world.provider.find_order, [True]

    async def late(account: ProviderAccount, merchant_reference: str) -> int | None:
        found = await really(account, merchant_reference)
        return None if misses and misses.pop() else found

    world.provider.find_order = late  # type: ignore[method-assign]
    await renew(world)
    assert world.acts("charge") == ["charge", "charge"]
    assert len({key for act, key in world.provider.requests if act == "charge"}) == 1
    assert charges(world) == 1
    assert world.stands(PaymentState.PENDING)
    assert world.shown.reference == str(world.at_qliro.id)


async def test_a_key_that_qliro_has_seen_and_made_nothing_of_for_an_hour_ends_the_attempt() -> None:
    world = a_world()
    world.provider.swallows_charges = True
    await renew(world)
    await world.later(timedelta(minutes=50))
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING, PaymentStatus.PENDING)
    await world.later(timedelta(hours=2))
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED, PaymentStatus.DECLINED)
    assert len({key for act, key in world.provider.requests if act == "charge"}) == 1
    assert charges(world) == 0


async def test_a_caller_who_asks_again_after_that_hour_is_told_that_nothing_was_charged() -> None:
    world = a_world()
    world.provider.swallows_charges = True
    first = await renew(world)
    world.clock.advance(timedelta(hours=2))
    with pytest.raises(ProviderRefused, match="nothing was charged"):
        await renew(world)
    assert world.stands(PaymentStatus.DECLINED)
    world.provider.swallows_charges = False
    assert await renew(world) != first
    assert charges(world) == 1


async def test_nothing_is_sent_again_while_qliro_cannot_be_asked_and_the_background_goes_on() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    world.provider.faults.add(LOST, "find_order", times=3)
    first = await renew(world)
    assert world.stands(OrderStatus.PROCESSING, PaymentStatus.PENDING)
    assert await renew(world) == first
    assert world.acts("charge") == ["charge"]
    await world.later(timedelta(minutes=2))
    await world.later(timedelta(minutes=6))
    world.provider.settle()
    await world.later(timedelta(minutes=20))
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    assert charges(world) == 1


async def test_norce_is_shown_that_it_may_be_charged_while_nobody_can_tell() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    world.provider.faults.add(LOST, "find_order", times=9)
    await renew(world)
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING, PaymentStatus.PENDING)
    assert world.shown.recurring is not None
    assert world.shown.actions == ()
    told = len(world.platform.written("replace_payment"))
    await renew(world)
    assert len(world.platform.written("replace_payment")) == told


async def test_the_background_sends_what_never_arrived_with_the_key_and_the_token_that_are_written_down() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge")
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    assert charges(world) == 0
    await world.later(timedelta(minutes=2))
    assert charges(world) == 1
    assert len({key for act, key in world.provider.requests if act == "charge"}) == 1
    world.provider.settle()
    await world.later(timedelta(minutes=10))
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_push_about_a_lost_answer_finds_the_order_too() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_certain_refusal_declines_the_payment_and_gives_the_order_back() -> None:
    world = a_world()
    world.provider.cards.clear()
    with pytest.raises(ProviderInvalid):
        await renew(world)
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED, PaymentStatus.DECLINED)
    await world.background()
    assert world.log[-1] == ("cancel", False)
    assert world.nothing_owed()
    world.provider.cards.add(TOKEN)
    await renew(world)
    assert len(world.own) == 2
    assert len({key for act, key in world.provider.requests if act == "charge"}) == 2
    assert world.own[0].attributes["qliroMerchantReference"] != world.own[1].attributes["qliroMerchantReference"]
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_what_certainly_was_not_sent_ends_the_attempt() -> None:
    world = a_world()
    world.provider.faults.add(UNSENT, "charge")
    with pytest.raises(ProviderUnavailable):
        await renew(world)
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED)
    await world.later(timedelta(hours=1))
    assert charges(world) == 0


async def test_a_refusal_that_comes_later_declines_it_and_another_card_may_be_tried() -> None:
    world = a_world()
    await renew(world)
    world.provider.fail(world.qliro_id)
    await push(world)
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED, PaymentStatus.DECLINED)
    await renew(world, OTHER)
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_letter_about_an_old_refusal_does_not_open_an_order_that_is_being_charged_again() -> None:
    world = a_world()
    await renew(world)
    world.provider.fail(world.qliro_id)
    world.platform.faults.add(OrderUnavailable("Norce is away", sent=False), "set_status")
    await push(world)
    assert world.order.status is OrderStatus.PROCESSING
    world.platform.edit(world.key, status=OrderStatus.CHECKOUT)
    await renew(world, OTHER)
    await world.later(timedelta(minutes=3))
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING)


async def test_a_renewal_on_hold_stays_pending_until_it_is_decided() -> None:
    world = a_world()
    await renew(world)
    (made,) = world.at_qliro.transactions
    world.at_qliro.transactions = [replace(made, status=type(made.status)("OnHold"))]
    await push(world)
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING, PaymentStatus.PENDING)
    world.provider.resolve_hold(world.qliro_id, approve=True)
    await push(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_renewal_whose_every_push_is_lost_is_settled_by_the_background() -> None:
    for approve in (True, False):
        world = a_world()
        await renew(world)
        world.provider.settle() if approve else world.provider.fail(world.qliro_id)
        await world.later(timedelta(minutes=2))
        assert world.stands(PaymentState.RESERVED if approve else PaymentState.DECLINED)
        assert world.order.status is (OrderStatus.COMPLETED if approve else OrderStatus.CHECKOUT)


DEATHS = [
    ("platform", "read_order", 1), ("platform", "create_payment", 1), ("platform", "read_order", 2),
    ("platform", "validate", 1), ("platform", "set_status", 1), ("platform", "add_hook", 1),
    ("platform", "add_hook", 4), ("provider", "charge", 1),
]  # fmt: skip


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("side", "call", "nth"), DEATHS)
async def test_whoever_dies_anywhere_is_followed_by_one_who_finishes_what_was_begun(
    side: str, call: str, nth: int, after: bool
) -> None:
    world = a_world()
    (world.platform if side == "platform" else world.provider).faults.add(Death(), call, nth=nth, after=after)
    with pytest.raises(Death):
        await renew(world)
    world.app = world.fresh()
    payment_id = await renew(world)
    assert [payment.id for payment in world.live] == [payment_id]
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    assert charges(world) == 1
    assert await renew(world) == payment_id


@pytest.mark.parametrize("after", [False, True])
async def test_what_a_caller_who_never_comes_back_has_begun_is_finished_by_the_background(after: bool) -> None:
    world = a_world()
    world.provider.faults.add(Death(), "charge", after=after)
    with pytest.raises(Death):
        await renew(world)
    world.app = world.fresh()
    await world.later(timedelta(minutes=2))
    assert charges(world) == 1
    world.provider.settle()
    await world.later(timedelta(minutes=10))
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_without_our_database_a_repeated_call_finds_what_was_charged() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    world.provider.faults.add(LOST, "find_order")
    first = await renew(world)
    world.store.stored.clear()
    world.store.desks.clear()
    world.app = world.fresh()
    assert await renew(world) == first
    assert charges(world) == 1
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


@pytest.mark.parametrize("approve", [True, False])
async def test_without_our_database_a_pending_renewal_is_adopted_and_decided(approve: bool) -> None:
    world = a_world()
    first = await renew(world)
    world.store.stored.clear()
    world.store.desks.clear()
    world.app = world.fresh()
    world.provider.settle() if approve else world.provider.fail(world.qliro_id)
    await push(world)
    assert world.stands(PaymentState.RESERVED if approve else PaymentState.DECLINED)
    if approve:
        assert await renew(world) == first
    assert charges(world) == 1


async def test_a_platform_that_keeps_no_token_leaves_an_unsent_attempt_to_its_caller_and_then_ends_it() -> None:
    world = a_world()
    world.provider.faults.add(Death(), "charge")
    with pytest.raises(Death):
        await renew(world)
    world.platform.edit(world.key, payments=tuple(replace(p, recurring=None) for p in world.order.payments))
    await world.later(timedelta(minutes=2))
    assert charges(world) == 0
    assert world.stands(PaymentStatus.PENDING)
    await world.later(timedelta(days=2))
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED)


async def test_money_that_comes_in_for_an_attempt_that_was_given_up_is_given_back() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge")
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    draft_order = world.order
    world.platform.edit(world.key, total=Price(1, 1), cart_total=Price(1, 1))
    await world.later(timedelta(minutes=2))
    assert world.stands(PaymentState.DECLINED)
    world.platform.put(replace(draft_order, payments=world.order.payments))
    await arrived_late(world)
    world.provider.prompt = True
    await push(world)
    assert world.provider.totals(max(world.provider.orders)).remaining == 0
    assert world.shown.state is PaymentState.DECLINED


async def arrived_late(world: World) -> None:
    """The lost request is carried out after all."""
    stored = world.stored
    assert stored.charge_id is not None
    draft = RenewalComposer(PlainAddresses()).draft(
        world.order, world.configuration, stored.key, basket_for(world.order, world.configuration),
        reference=stored.merchant_reference, token=TOKEN,
    )  # fmt: skip
    await world.provider.charge(world.configuration.account, draft, request_id=stored.charge_id)
    world.provider.settle()


async def refused(world: World, failure: type[AdapterError], *words: str, token: str = TOKEN) -> None:
    before = (world.order, len(world.provider.requests))
    with pytest.raises(failure) as told:
        await renew(world, token)
    assert all(word in told.value.message for word in words)
    assert token not in told.value.message
    assert (world.order, len(world.provider.requests)) == before


async def test_what_cannot_be_renewed_is_refused_by_name_before_anything_is_done() -> None:
    await refused(a_world(status=OrderStatus.COMPLETED), OrderConflict, "completed")
    await refused(a_world(status=OrderStatus.PROCESSING), OrderConflict, "processing")
    await refused(a_world(payments=(other_payment(100, "default"),)), PaymentConflict, "other_adapter")
    await refused(a_world(payments=(other_payment(74_900),)), OrderNotExpressible, "nothing left to pay")
    nobody = World(an_order(), prompt=False)
    await refused(nobody, ValidationRefused, "customer.billing.givenName")
    await refused(a_world(country=""), ValidationRefused, "country")
    await refused(a_world(), ValidationRefused, "nationalIdentificationNumber", token=INVOICE)
    inactive = a_world()
    inactive.configure(active=False)
    await refused(inactive, ConfigurationNotFound)


async def test_the_field_that_is_missing_is_named() -> None:
    for name, shown in (("city", "city"), ("postal_code", "postalCode"), ("street_address", "streetAddress")):
        billing: Address = replace(ANNA, **{name: None})
        world = a_world()
        world.platform.put(replace(world.order, customer=OrderCustomer(billing=billing)))
        await refused(world, ValidationRefused, f"customer.billing.{shown} is missing")


async def test_an_order_with_a_checkout_of_ours_is_not_renewed_beside_it() -> None:
    world = a_world()
    await world.start()
    await refused(world, PaymentConflict, "intent")
    world.provider.buy(world.qliro_id)
    await world.push()
    await refused(world, PaymentConflict, "reserved")


async def test_another_token_waits_for_the_first() -> None:
    world = a_world()
    await renew(world)
    await refused(world, PaymentConflict, "pending", token=OTHER)


async def test_what_norce_does_not_let_be_bought_is_not_charged() -> None:
    world = a_world()
    world.platform.refusals[world.key] = ("stock",)
    with pytest.raises(ValidationRefused, match="stock"):
        await renew(world)
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED)
    assert world.acts("charge") == []
    await world.later(timedelta(hours=2))
    assert world.acts("charge") == []


async def test_when_norce_cannot_be_prepared_the_attempt_is_over_and_nobody_charges_later() -> None:
    for call in ("validate", "set_status", "add_hook"):
        world = a_world()
        world.platform.faults.add(OrderUnavailable("Norce is away"), call)
        with pytest.raises(OrderUnavailable):
            await renew(world)
        assert world.stored.status is PaymentStatus.DECLINED
        await world.later(timedelta(hours=2))
        assert world.acts("charge") == [], call
        assert world.stands(OrderStatus.CHECKOUT, PaymentState.DECLINED)


async def test_an_order_that_changed_after_a_lost_answer_is_not_charged_again() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge")
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    world.platform.edit(world.key, total=Price(1, 1), cart_total=Price(1, 1))
    with pytest.raises(OrderConflict):
        await renew(world)
    assert world.stored.status is PaymentStatus.DECLINED
    assert charges(world) == 0


async def lost_charge() -> World:
    """Nobody knows whether Qliro has the charge; it has not."""
    world = a_world()
    world.provider.faults.add(LOST, "charge")
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    return world


@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.REMOVED])
async def test_an_order_that_was_closed_after_a_lost_answer_is_not_charged_again(status: OrderStatus) -> None:
    world = await lost_charge()
    world.platform.edit(world.key, status=status)
    await world.later(60)
    assert world.stored.status is PaymentStatus.DECLINED
    assert charges(world) == 0
    assert world.order.status is status


@pytest.mark.parametrize("how", ["withdrawn", "currency"])
async def test_a_payment_that_is_no_more_what_was_begun_is_not_charged_again(how: str) -> None:
    world = await lost_charge()
    key = world.payment_key
    if how == "withdrawn":
        world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.REMOVED),))
    else:
        world.platform.edit(world.key, currency="NOK")
    await world.later(60)
    assert world.store.stored[key].status is PaymentStatus.DECLINED
    assert charges(world) == 0


async def test_a_twin_of_the_same_renewal_goes_before_it_is_charged_and_no_other_payment_does() -> None:
    world = await lost_charge()
    ours = world.shown
    mark = next(name for name, value in ours.attributes.items() if value == world.stored.token_mark)
    intent = replace(ours, state=PaymentState.INTENT, reference="")
    twin = replace(intent, id="pTwin")
    placed = replace(intent, id="pPlaced", reference="4009999")
    another = replace(intent, id="pAnother", attributes={**ours.attributes, mark: "another card"})
    foreign = other_payment(0, id="pForeign", state=PaymentState.INTENT, attributes=ours.attributes)
    world.platform.edit(world.key, payments=(twin, placed, another, foreign, ours))
    await world.do(world.app.renew.resume(world.key.payment(ours.id)))
    assert charges(world) == 1
    states = {payment.id: payment.state for payment in world.order.payments}
    assert states.pop("pTwin") is PaymentState.REMOVED
    assert states.pop(ours.id) is PaymentState.PENDING
    assert set(states.values()) == {PaymentState.INTENT}


async def test_an_invoice_needs_no_card_but_the_customers_number() -> None:
    numbered = replace(ANNA, national_identification_number="790625-5307")
    world = World(an_order(customer=OrderCustomer(type="person", billing=numbered)), prompt=False)
    await renew(world, INVOICE)
    draft = world.at_qliro.merchant_made
    assert draft is not None
    assert draft.by_invoice
    await settled(world)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_storefront_meets_a_renewal_under_way_with_a_conflict_and_an_empty_snippet() -> None:
    world = a_world()
    await renew(world)
    with pytest.raises(PaymentConflict):
        await world.start()
    with pytest.raises(OperationRefused):
        await world.remove()
    assert (await world.read()).snippet == ""
    with pytest.raises(PaymentConflict):
        await world.cart_changed(world.with_items(*world.order.items[:1]))
    swapped = tuple(replace(row, sku=f"{row.sku}-other") for row in world.order.items)
    with pytest.raises(PaymentConflict):
        await world.cart_changed(world.with_items(*swapped))
    assert await world.cart_changed(world.order) == ()
    assert world.stands(OrderStatus.PROCESSING, PaymentState.PENDING)
    assert charges(world) == 1


async def test_what_was_begun_and_never_asked_for_can_be_removed_and_the_order_paid_otherwise() -> None:
    world = a_world()
    world.platform.faults.add(Death(), "create_payment", after=True)
    with pytest.raises(Death):
        await renew(world)
    with pytest.raises(PaymentConflict):
        await world.start()
    await world.remove()
    assert world.shown.state is PaymentState.REMOVED
    await world.start()
    assert world.stands(OrderStatus.CHECKOUT, PaymentState.INTENT)
    assert charges(world) == 0


async def test_what_another_database_asked_for_cannot_be_removed() -> None:
    world = a_world()
    world.provider.faults.add(LOST, "charge", after=True)
    world.provider.faults.add(LOST, "find_order")
    await renew(world)
    world.store.stored.clear()
    with pytest.raises(OperationRefused):
        await world.remove()
    assert world.shown.active


async def test_looking_at_a_renewal_makes_up_for_a_lost_push() -> None:
    world = a_world()
    await renew(world)
    world.provider.settle()
    assert (await world.read()).snippet == ""
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    assert (await world.read()).snippet == ""


async def test_a_renewal_that_was_refused_has_no_say_in_how_the_order_is_paid_otherwise() -> None:
    world = a_world()
    await renew(world)
    refused_key = world.payment_key
    world.provider.fail(world.qliro_id)
    await push(world)
    for status in (OrderStatus.PROCESSING, OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.CHECKOUT):
        proposed = replace(world.order, status=status)
        assert await world.do(world.app.change_state(refused_key, proposed)) == ()


async def test_norces_own_hooks_do_not_stand_in_the_way_of_a_renewal() -> None:
    world = a_world()
    await renew(world)
    assert await world.state_changed(OrderStatus.PROCESSING) == ()
    await settled(world)
    assert {hook.subscribe_to for hook in world.order.hooks} == {"/cart", "/shippings", "/payments", "/state"}


async def test_an_order_read_without_the_renewal_that_was_just_made_is_no_withdrawal() -> None:
    world = a_world()
    before = world.order
    world.platform.stale += [before, before]
    payment_id = await renew(world)
    assert world.stands(PaymentState.PENDING)
    assert world.shown.id == payment_id
    assert charges(world) == 1
    world.platform.stale += [before]
    assert await renew(world) == payment_id
    await settled(world)
    assert charges(world) == 1
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_renewal_waits_out_that_norce_is_busy_with_the_order() -> None:
    world = a_world()
    world.platform.faults.add(OrderConflict("busy"), "create_payment", times=2)
    await renew(world)
    assert len(world.own) == charges(world) == 1
