"""Defects that seeds have shown, one by one and without chance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.platform import PaymentDraft
from domain.checkout import CheckoutLine, LineType
from domain.errors import ProviderUnavailable
from domain.ledger import TransactionKind, TransactionStatus
from domain.operation import OperationState
from domain.order import PaymentState
from domain.outcomes import ALREADY_RECEIVED, Unknown
from tests.fakes.provider_order import FakeOrder
from tests.unit.application.world import World
from tests.unit.domain.orders import item


@pytest.fixture
def world() -> World:
    return World(prompt=False)


async def _received(world: World) -> FakeOrder:
    """A capture whose answer and whose transaction's id were lost; the provider knows its key."""
    world.provider.prompt = True
    await world.bought()
    world.provider.prompt = False
    world.provider.script.extend([Unknown("lost"), ALREADY_RECEIVED, ALREADY_RECEIVED])
    assert (await world.capture()).state.open
    world.provider.script.clear()
    return world.at_qliro


async def test_a_lost_capture_that_failed_is_known_by_clocks_that_differ(world: World) -> None:
    order = await _received(world)
    await _look(world, ALREADY_RECEIVED)
    assert world.stored.open_operation is not None
    made = order.move(9_000_001, TransactionKind.CAPTURE, order.ledger().shippable()[0])
    early = world.stored.operations[0].requested_at - timedelta(seconds=30)
    order.transactions = [replace(t, at=early) if t.id == made else t for t in order.transactions]
    order.decide(order.transactions[-1], TransactionStatus.ERROR, "DECLINED")
    await _look(world, ALREADY_RECEIVED)
    assert world.stored.operations[0].state is OperationState.FAILED
    assert world.stored.operations[0].error_code == "DECLINED"


async def test_a_request_that_left_no_trace_is_given_up_after_an_hour_of_silence(world: World) -> None:
    await _received(world)
    world.clock.advance(timedelta(minutes=30))
    await _look(world, ALREADY_RECEIVED)
    assert world.stored.open_operation is not None
    world.clock.advance(timedelta(hours=2))
    await _look(world, ALREADY_RECEIVED)
    assert world.stored.operations[0].error_code == "NO_TRANSACTION"


async def test_a_look_that_changes_nothing_keeps_the_schedule(world: World) -> None:
    await world.start()
    due = world.store.looks[world.payment_key]
    assert due is not None
    world.clock.advance(due - world.clock.now())
    taken = await world.store.payments.due(limit=1, now=world.clock.now(), lease=timedelta(minutes=2))
    assert taken == (world.payment_key,)
    await world.do(world.app.settle(world.payment_key))
    assert await world.store.payments.due(limit=1, now=world.clock.now(), lease=timedelta(minutes=2)) == ()


async def test_fruitless_questions_about_an_operation_grow_rarer(world: World) -> None:
    await _received(world)
    payment = world.stored
    first = payment.operations[0].requested_at
    payment.decide(payment.operations[0].id, Unknown("another reason"), at=first + timedelta(hours=5))
    assert payment.look_at == first + timedelta(hours=6)


async def test_a_payment_made_twice_by_a_late_request_is_withdrawn(world: World) -> None:
    await world.start()
    used = world.shown.id
    reference = world.stored.merchant_reference
    draft = PaymentDraft("Qliro Checkout", world.shown.amount, "SEK", {"qliroMerchantReference": reference})
    late = await world.platform.create_payment(world.key, draft)
    started = await world.start()
    assert started.payment_id == used
    assert {p.id: p.state for p in world.own} == {used: PaymentState.INTENT, late: PaymentState.REMOVED}


async def test_an_unanswered_change_of_cart_is_followed_by_norces_cart(world: World) -> None:
    await world.start()
    key, before = world.payment_key, world.order
    world.provider.faults.add(ProviderUnavailable("lost"), "update_checkout", after=True)
    world.provider.faults.add(ProviderUnavailable("lost"), "read_checkout")
    with pytest.raises(ProviderUnavailable):
        await world.cart_changed(world.with_items(item("SKU-9", 100)))
    assert world.at_qliro.total == 100 + 4_900
    await world.background()
    assert world.at_qliro.total == before.total.including_vat
    assert world.stored.key == key


async def test_a_delivery_that_norce_had_not_heard_of_is_brought_to_it(world: World) -> None:
    world.configure(use_integrated_shipping=True)
    world.platform.edit(world.key, shippings=())
    await world.start()
    assert await world.validate() is None
    box = CheckoutLine("box", "Delivery", LineType.SHIPPING, 1, 2_900, 2_900, shipping_method="box")
    world.at_qliro.added = (box,)
    assert await world.validate() is None
    world.provider.buy(world.qliro_id)
    await world.push()
    assert [(s.total.including_vat, s.state) for s in world.order.shippings if s.active] == [(2_900, "confirmed")]
    (payment,) = world.own
    assert payment.amount == world.at_qliro.total


async def test_a_purchase_of_another_amount_than_the_orders_is_named(world: World) -> None:
    await world.start()
    world.provider.buy(world.qliro_id)
    world.platform.edit(world.key, items=(), cart_total=world.order.cart_total._replace(including_vat=1))
    await world.push()
    assert any("was bought for" in text for text in world.notebook.said("disagreement"))


async def _look(world: World, *answers: Unknown) -> None:
    world.provider.script.extend(answers * 3)
    await world.do(world.app.resume(world.payment_key))
    world.provider.script.clear()
