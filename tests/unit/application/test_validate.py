"""Validate decides whether the customer may buy: always in time, frozen last, and never approving what differs."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from application.texts import DECLINE_MESSAGE_LIMIT
from application.validate_purchase import Decline
from domain.checkout import CheckoutLine, LineType
from domain.errors import OrderConflict, OrderNotFound, OrderRefused, OrderUnavailable, PaymentNotFound
from domain.order import OrderStatus, PaymentState
from tests.unit.application.wiring import PATIENCE
from tests.unit.application.world import World, other_payment
from tests.unit.domain.orders import item


@pytest.fixture
async def ready(world: World) -> World:
    await world.start()
    return world


@pytest.fixture
async def hurried() -> World:
    """The decision has a fifth of a second of real time."""
    world = World(patience=replace(PATIENCE, validate=timedelta(seconds=0.2)))
    await world.start()
    return world


def _is(declined: Decline | None, word: str) -> None:
    assert declined is not None
    assert word in declined.message


async def test_an_order_that_agrees_is_approved_and_frozen(ready: World) -> None:
    assert await ready.validate() is None
    assert ready.order.status is OrderStatus.PROCESSING
    await ready.background()
    assert ready.shown.state is PaymentState.PROCESSING
    assert ready.log == [("open", True), ("process", True)]


async def test_freezing_is_the_last_thing_that_happens(ready: World) -> None:
    ready.platform.faults.log.clear()
    await ready.validate()
    assert ready.platform.faults.log == ["read_order", "validate", "set_status"]


async def test_a_second_attempt_of_the_customer_is_approved_too(ready: World) -> None:
    assert await ready.validate() is None
    ready.clock.advance(30)
    assert await ready.validate() is None
    await ready.background()
    assert ready.log.count(("process", True)) == 2


async def test_shipping_and_fees_that_qliro_added_itself_do_not_matter(ready: World) -> None:
    ready.at_qliro.added = (
        CheckoutLine("qliro-freight", "Frakt", LineType.SHIPPING, 1, 4_900, 3_920),
        CheckoutLine("qliro-fee", "Avgift", LineType.FEE, 1, 2_900, 2_320),
    )
    assert await ready.validate() is None


async def test_a_discount_that_qliro_added_does_matter(ready: World) -> None:
    ready.at_qliro.added = (CheckoutLine("odd", "Rabatt", LineType.DISCOUNT, 1, -4_900, -3_920),)
    _is(await ready.validate(), "Varukorgen")


async def test_another_cart_in_norce_is_declined_and_qliro_gets_it(ready: World) -> None:
    ready.platform.put(ready.with_items(item("SKU-9", 10_000)))
    _is(await ready.validate(), "Varukorgen")
    assert ready.order.status is OrderStatus.CHECKOUT
    assert ready.log[-1:] != [("process", True)]
    await ready.background()
    assert ready.at_qliro.total == ready.shown.amount == ready.stored.amount == 14_900
    assert ("process", False) in ready.log
    assert await ready.validate() is None


async def test_an_amount_that_norce_does_not_show_is_declined_and_mended(ready: World) -> None:
    ready.platform.edit(ready.key, payments=(replace(ready.shown, amount=1),))
    _is(await ready.validate(), "Varukorgen")
    await ready.background()
    assert ready.shown.amount == 74_900
    assert await ready.validate() is None


async def test_a_total_that_its_rows_do_not_make_is_declined(ready: World) -> None:
    posted = replace(ready.at_qliro.checkout(), total=74_899)
    _is(await ready.do(ready.app.validate(ready.payment_key, posted)), "Varukorgen")


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.RESERVED, PaymentState.CAPTURED])
async def test_a_payment_that_norce_shows_as_paid_is_declined(ready: World, state: PaymentState) -> None:
    ready.platform.edit(ready.key, payments=(replace(ready.shown, state=state),))
    _is(await ready.validate(), "kan inte längre betalas")


async def test_a_purchase_that_norce_has_not_heard_of_is_declined(ready: World) -> None:
    order, posted = ready.order, ready.at_qliro.checkout()
    ready.provider.buy(ready.qliro_id)
    await ready.push()
    ready.platform.put(order)
    _is(await ready.do(ready.app.validate(ready.payment_key, posted)), "kan inte längre betalas")


async def test_an_order_that_is_frozen_already_is_not_frozen_again(ready: World) -> None:
    await ready.validate()
    await ready.background()
    ready.platform.faults.log.clear()
    assert await ready.validate() is None
    assert "set_status" not in ready.platform.faults.log


async def test_another_currency_is_declined(ready: World) -> None:
    posted = replace(ready.at_qliro.checkout(), currency="NOK")
    _is(await ready.do(ready.app.validate(ready.payment_key, posted)), "Varukorgen")


async def test_a_voucher_that_came_meanwhile_is_declined(ready: World) -> None:
    ready.platform.edit(ready.key, payments=(*ready.order.payments, other_payment(10_000)))
    _is(await ready.validate(), "Varukorgen")
    await ready.background()
    assert ready.at_qliro.total == ready.shown.amount == 64_900


async def test_a_cart_that_cannot_be_told_to_qliro_is_declined_and_blocks_no_letters(ready: World) -> None:
    ready.platform.put(replace(ready.order, items=()))
    _is(await ready.validate(), "Varukorgen")
    await ready.background()
    assert ready.nothing_owed()
    assert ready.notebook.said("disagreement")


async def test_another_qliro_order_than_the_payments_is_declined(ready: World) -> None:
    posted = replace(ready.at_qliro.checkout(), provider_order_id=1)
    _is(await ready.do(ready.app.validate(ready.payment_key, posted)), "kan inte längre betalas")


@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.DECLINED])
async def test_a_closed_order_is_declined(ready: World, status: OrderStatus) -> None:
    ready.platform.edit(ready.key, status=status)
    _is(await ready.validate(), "kan inte längre betalas")
    assert ready.order.status is status


async def test_a_removed_payment_is_declined(ready: World) -> None:
    await ready.remove()
    _is(await ready.validate(), "kan inte längre betalas")


async def test_a_paid_payment_is_declined(world: World) -> None:
    await world.bought()
    _is(await world.validate(), "kan inte längre betalas")


async def test_out_of_stock_is_told_as_such(ready: World) -> None:
    ready.platform.refusals[ready.key] = ("norce-out-of-stock",)
    declined = await ready.validate()
    _is(declined, "slut i lager")
    assert declined is not None
    assert declined.reason == "OutOfStock"


async def test_what_norce_objects_to_is_declined_and_named_in_the_log(ready: World) -> None:
    ready.platform.refusals[ready.key] = ("consent-missing",)
    _is(await ready.validate(), "kan inte slutföras")
    await ready.background()
    assert "consent-missing" in ready.platform.logs[ready.payment_key][-1].error_detail


@pytest.mark.parametrize("refusal", [OrderConflict("superseded"), OrderRefused("no")])
async def test_an_order_that_cannot_be_frozen_is_declined(ready: World, refusal: Exception) -> None:
    ready.platform.faults.add(refusal, "set_status")
    _is(await ready.validate(), "kan inte slutföras")
    await ready.background()
    (_, entry) = ready.platform.logs[ready.payment_key]
    assert (entry.event, entry.success) == ("process", False)
    assert "could not be frozen" in entry.error_detail


async def test_the_customer_reads_their_own_language_cut_to_what_qliro_shows(ready: World) -> None:
    ready.platform.edit(ready.key, culture="fi-FI")
    ready.platform.refusals[ready.key] = ("any",)
    _is(await ready.validate(), "Tilausta")
    ready.configure(decline_texts={"fi-FI": {"notValid": "x" * 300}})
    declined = await ready.validate()
    assert declined is not None
    assert declined.message == "x" * DECLINE_MESSAGE_LIMIT


@pytest.mark.parametrize("call", ["read_order", "validate", "set_status"])
async def test_a_norce_that_fails_is_a_decline(ready: World, call: str) -> None:
    ready.platform.faults.add(OrderUnavailable("down"), call)
    _is(await ready.validate(), "kunde inte kontrolleras")
    assert ready.notebook.said("undecided") == ["OrderUnavailable down"]
    assert not ready.notebook.said("disagreement"), "nobody has said anything that could be compared"
    assert await ready.validate() is None


async def test_a_defect_is_a_decline_and_is_reported(ready: World) -> None:
    ready.platform.faults.add(KeyError("surprise"), "read_order")
    _is(await ready.validate(), "kunde inte kontrolleras")
    assert "KeyError" in ready.notebook.said("unexpected")[0]


@pytest.mark.parametrize("call", ["read_order", "validate", "set_status"])
async def test_a_norce_that_hangs_is_a_decline_within_the_budget(hurried: World, call: str) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(30)

    setattr(hurried.platform, call, hang)
    began = time.monotonic()
    _is(await hurried.validate(), "kunde inte kontrolleras")
    assert time.monotonic() - began < 10


async def test_a_database_that_hangs_while_tidying_up_does_not_hold_up_the_answer(hurried: World) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.sleep(30)

    hurried.store.payments.commit = hang  # type: ignore[method-assign]
    hurried.store.payments.release = hang  # type: ignore[method-assign]
    began = time.monotonic()
    _is(await hurried.validate(), "kunde inte kontrolleras")
    assert time.monotonic() - began < 10


async def test_an_order_that_somebody_else_works_on_is_declined_soon(ready: World) -> None:
    patience = ready.patience
    await ready.store.payments.claim(ready.key, wait=timedelta(0), lease=timedelta(seconds=60))
    began = ready.clock.now()
    _is(await ready.validate(), "kunde inte kontrolleras")
    assert ready.clock.now() - began <= patience.hook_claim + timedelta(seconds=0.1)


async def test_unknown_orders_and_payments_are_told_apart_from_declines(ready: World) -> None:
    with pytest.raises(PaymentNotFound):
        await ready.do(ready.app.validate(ready.key.payment("pUnknown"), ready.at_qliro.checkout()))
    posted, key = ready.at_qliro.checkout(), ready.payment_key
    ready.platform.orders.clear()
    with pytest.raises(OrderNotFound):
        await ready.do(ready.app.validate(key, posted))


async def test_a_payment_of_another_instance_is_validated_like_our_own(ready: World) -> None:
    ready.store.stored.clear()
    ready.store.desks.clear()
    assert await ready.validate() is None
    assert ready.order.status is OrderStatus.PROCESSING


async def test_a_frozen_order_that_nobody_buys_is_opened_by_time(ready: World) -> None:
    await ready.validate()
    await ready.background()
    for _ in range(3):
        await ready.later(timedelta(minutes=22))
    assert ready.order.status is OrderStatus.CHECKOUT
    assert ready.shown.state is PaymentState.INTENT
