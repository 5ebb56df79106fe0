"""A merchant moves here from another Qliro adapter: nothing under way is lost, and nobody else gets in that way."""

import asyncio
from dataclasses import replace

import pytest

from application.compose_checkout import CALLBACKS_ATTRIBUTE, SIGNED
from application.hooks import hooks_for
from application.texts import DeclineReason
from domain.checkout import CheckoutLine, LineType, OrderLine
from domain.errors import OrderUnavailable, PaymentNotFound
from domain.order import ADAPTER_ID, Generation, Hook, OrderStatus, PaymentState
from tests.unit.application.test_adoption import _forget
from tests.unit.application.world import World, a_decline
from tests.unit.domain.orders import item, shipping

ELSEWHERE = "https://previous.example.com/checkout/qliro-adapter"


@pytest.fixture
async def foreign(world: World) -> World:
    """An unpaid payment that another adapter made, with its attributes and with hooks that lead to where it lived."""
    await world.start()
    hooks = tuple(replace(h, id=f"oc{n}") for n, h in enumerate(hooks_for(ELSEWHERE, world.payment_key)))
    payment = replace(world.shown, attributes={"pspName": "Qliro"}, name="Qliro One")
    world.platform.edit(world.key, payments=(payment,), hooks=(*hooks, OTHERS))
    return _forget(world)


OTHERS = Hook("ocOther", "norce_adapter", "/cart", "/cart", "https://norce.example.com/cart")


def _leads_here(world: World) -> bool:
    base = world.configuration.public_url
    ours = [h for h in world.order.hooks if h.adapter_id == ADAPTER_ID]
    return len(ours) == 4 and all(h.invoke.startswith(base) for h in ours)


async def test_reading_the_payment_once_makes_its_hooks_lead_here(foreign: World) -> None:
    assert (await foreign.read()).snippet == foreign.at_qliro.checkout().snippet
    assert _leads_here(foreign)
    assert OTHERS in foreign.order.hooks
    writes = len(foreign.platform.writes)
    await foreign.read()
    assert len(foreign.platform.writes) == writes


async def test_creating_again_makes_its_hooks_lead_here_and_keeps_the_payment(foreign: World) -> None:
    started = await foreign.start()
    assert started.payment_id == foreign.shown.id
    assert _leads_here(foreign)
    assert len(foreign.own) == 1


async def test_hooks_are_added_before_the_old_ones_go(foreign: World) -> None:
    await foreign.read()
    operations = [w.operation for w in foreign.platform.writes if "hook" in w.operation]
    assert operations == ["add_hook"] * 4 + ["add_hook"] * 4 + ["remove_hook"] * 4


async def test_hooks_of_its_own_that_lead_here_already_are_left_alone(world: World) -> None:
    await world.start()
    hooks = tuple(
        replace(h, invoke=h.invoke.replace("{order_id}", world.key.order_id), id=f"oc{n}")
        for n, h in enumerate(hooks_for(world.configuration.public_url, world.payment_key, Generation.NEWER))
    )
    world.platform.edit(world.key, hooks=hooks)
    await _forget(world).read()
    assert world.order.hooks == hooks


async def test_a_payment_taken_over_is_looked_after_when_no_push_comes(foreign: World) -> None:
    await foreign.read()
    foreign.provider.buy(foreign.qliro_id)
    await foreign.later(120)
    assert foreign.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


async def test_a_changed_cart_reaches_the_qliro_order_of_the_other_adapter(foreign: World) -> None:
    await foreign.cart_changed(foreign.with_items(item("SKU-9", 10_000)))
    assert foreign.at_qliro.total == foreign.shown.amount == 14_900


async def test_removing_it_deletes_the_hooks_that_the_other_adapter_registered(foreign: World) -> None:
    await foreign.remove()
    assert foreign.order.hooks == (OTHERS,)
    assert foreign.shown.state is PaymentState.REMOVED


async def test_a_failure_to_take_it_over_still_shows_the_checkout(foreign: World) -> None:
    foreign.platform.faults.add(OrderUnavailable("down"), "add_hook")
    assert (await foreign.read()).snippet
    assert foreign.notebook.said("postponed")
    await foreign.read()
    assert _leads_here(foreign)


async def test_an_order_id_kept_in_an_attribute_is_found_there(foreign: World) -> None:
    attributes = {"qliroOrderId": foreign.qliro_id}
    foreign.platform.edit(foreign.key, payments=(replace(foreign.shown, reference="onksAnol", attributes=attributes),))
    order_id = attributes["qliroOrderId"]
    foreign.provider.buy(order_id)
    await foreign.do(foreign.app.refresh(foreign.payment_key))
    assert foreign.stored.provider_order_id == order_id
    assert foreign.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)


def _whole(amount: int) -> OrderLine:
    return OrderLine("ALL", "Your order", LineType.PRODUCT, 1, amount, amount * 4 // 5, 2_500)


class TestRowsOfTheOtherAdapter:
    """It told the order its own way: under other references, discounts elsewhere, all in one row."""

    @pytest.fixture
    async def one_row(self, foreign: World) -> World:
        foreign.at_qliro.lines = (_whole(74_900),)
        return foreign

    async def test_are_bought_when_they_come_to_the_same(self, one_row: World) -> None:
        assert await one_row.validate() is None
        one_row.provider.buy(one_row.qliro_id)
        await one_row.push()
        await one_row.capture()
        assert one_row.stands(OrderStatus.COMPLETED, PaymentState.CAPTURED)
        assert one_row.money.captured == 74_900

    async def test_are_bought_with_the_fee_of_a_way_to_pay(self, one_row: World) -> None:
        one_row.at_qliro.added = (CheckoutLine("fee", "Avgift", LineType.FEE, 1, 2_900, 2_320),)
        assert await one_row.validate() is None

    async def test_are_not_bought_when_they_come_to_something_else(self, one_row: World) -> None:
        one_row.at_qliro.lines = (_whole(74_899),)
        assert await one_row.validate() == a_decline(DeclineReason.CART_CHANGED)
        await one_row.background()
        assert one_row.at_qliro.total == 74_900
        assert await one_row.validate() is None

    async def test_are_not_bought_in_another_currency_or_at_a_total_that_is_not_theirs(self, one_row: World) -> None:
        posted = one_row.at_qliro.checkout()
        for odd in (replace(posted, currency="NOK"), replace(posted, total=74_901)):
            declined = await one_row.do(one_row.app.validate(one_row.payment_key, odd))
            assert declined == a_decline(DeclineReason.CART_CHANGED)

    async def test_are_not_bought_when_norce_shows_another_amount(self, one_row: World) -> None:
        one_row.platform.edit(one_row.key, payments=(replace(one_row.shown, amount=10_000),))
        one_row.at_qliro.lines = (_whole(10_000),)
        assert await one_row.validate() == a_decline(DeclineReason.CART_CHANGED)

    async def test_are_bought_with_the_delivery_that_qliro_sells_at_its_own_price(self, one_row: World) -> None:
        ours = replace(shipping(4_900), adapter_id=ADAPTER_ID)
        gone = shipping(9_900, state="removed", reference="gone")
        one_row.platform.edit(one_row.key, shippings=(ours, gone))
        one_row.at_qliro.lines = (_whole(70_000),)
        one_row.at_qliro.added = (
            CheckoutLine("box", "Ombud", LineType.SHIPPING, 1, 5_900, 4_720),
            CheckoutLine("fee", "Avgift", LineType.FEE, 1, 2_900, 2_320),
        )
        posted = one_row.at_qliro.checkout()
        assert await one_row.validate() == a_decline(DeclineReason.CART_CHANGED)
        one_row.configure(use_integrated_shipping=True)
        assert await one_row.do(one_row.app.validate(one_row.payment_key, posted)) is None

    async def test_are_not_bought_with_it_when_norce_charges_for_another_delivery(self, one_row: World) -> None:
        one_row.configure(use_integrated_shipping=True)
        one_row.at_qliro.lines = (_whole(70_000),)
        one_row.at_qliro.added = (CheckoutLine("box", "Ombud", LineType.SHIPPING, 1, 5_900, 4_720),)
        assert await one_row.validate() == a_decline(DeclineReason.CART_CHANGED)

    async def test_are_ours_once_the_cart_has_changed(self, one_row: World) -> None:
        await one_row.cart_changed(one_row.with_items(item("SKU-9", 10_000)))
        one_row.at_qliro.lines = (_whole(14_900),)
        assert await one_row.validate() == a_decline(DeclineReason.CART_CHANGED)

    async def test_of_a_payment_begun_here_are_never_let_through(self, world: World) -> None:
        await world.start()
        _forget(world)
        world.at_qliro.lines = (_whole(74_900),)
        assert await world.validate() == a_decline(DeclineReason.CART_CHANGED)


class TestCallbacksWithoutToken:
    async def test_about_a_payment_of_another_adapter_are_listened_to(self, foreign: World) -> None:
        await foreign.app.trust(foreign.payment_key, None)
        await foreign.app.trust(foreign.payment_key, foreign.qliro_id)

    async def test_also_later_when_it_has_long_been_taken_over(self, foreign: World) -> None:
        await foreign.read()
        await foreign.validate()
        foreign.provider.buy(foreign.qliro_id)
        await foreign.push()
        await foreign.capture()
        await foreign.app.trust(foreign.payment_key, foreign.qliro_id)

    async def test_about_a_payment_begun_here_are_not(self, world: World) -> None:
        await world.start()
        assert world.shown.attributes[CALLBACKS_ATTRIBUTE] == SIGNED
        for _ in range(2):
            with pytest.raises(PaymentNotFound):
                await world.app.trust(world.payment_key, world.qliro_id)
            _forget(world)

    async def test_about_another_qliro_order_are_not(self, foreign: World) -> None:
        with pytest.raises(PaymentNotFound):
            await foreign.app.trust(foreign.payment_key, foreign.qliro_id + 1)

    async def test_about_anything_unknown_are_not(self, foreign: World) -> None:
        unknown = replace(foreign.payment_key, order_id="oUnknown")
        for key in (foreign.key.payment("pUnknown"), unknown):
            with pytest.raises(PaymentNotFound):
                await foreign.app.trust(key, None)

    async def test_are_not_decided_while_norce_is_away(self, foreign: World) -> None:
        foreign.platform.faults.add(OrderUnavailable("down"), "read_order")
        with pytest.raises(OrderUnavailable):
            await foreign.app.trust(foreign.payment_key, None)

    async def test_never_make_more_than_a_few_calls_at_once(self, foreign: World) -> None:
        asked = 0

        async def slow(*_: object) -> None:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0.05)
            raise OrderUnavailable("slow")

        foreign.platform.read_order = slow  # type: ignore[method-assign, assignment]
        tried = [foreign.app.trust(foreign.payment_key, None) for _ in range(50)]
        results = await asyncio.gather(*tried, return_exceptions=True)
        assert asked == 8
        assert all(isinstance(result, OrderUnavailable) for result in results)
