"""What the customer tells Qliro reaches Norce: as much as is known, once, and without undoing a purchase."""

from dataclasses import replace

import pytest

from application.update_shipping import ShippingChoice
from domain.checkout import CheckoutLine, LineType
from domain.errors import OrderUnavailable, PaymentNotFound
from domain.order import ADAPTER_ID, Address, OrderStatus, PaymentState, Price
from tests.unit.application.world import ANNA, World, other_payment
from tests.unit.domain.orders import shipping


@pytest.fixture
async def started(world: World) -> World:
    await world.start()
    return world


class TestCustomer:
    async def test_billing_is_delivery_too_when_qliro_knows_no_other(self, started: World) -> None:
        started.at_qliro.billing = ANNA
        await started.customer_changed()
        assert started.order.customer.billing == started.order.customer.shipping == ANNA

    async def test_a_delivery_address_of_its_own_is_kept_apart(self, started: World) -> None:
        started.at_qliro.billing, started.at_qliro.shipping = ANNA, replace(ANNA, city="Uppsala")
        await started.customer_changed()
        assert started.order.customer.shipping is not None
        assert started.order.customer.shipping.city == "Uppsala"
        assert started.order.customer.billing == ANNA

    async def test_little_is_written_as_little_and_takes_nothing_away(self, started: World) -> None:
        started.at_qliro.billing = ANNA
        await started.customer_changed()
        started.at_qliro.billing = Address(email="new@example.com")
        await started.customer_changed()
        assert started.order.customer.billing == replace(ANNA, email="new@example.com")

    async def test_nothing_known_writes_nothing(self, started: World) -> None:
        started.at_qliro.billing = Address(type="person")
        writes = len(started.platform.writes)
        await started.customer_changed()
        assert len(started.platform.writes) == writes

    async def test_repeating_it_writes_nothing(self, started: World) -> None:
        started.at_qliro.billing = ANNA
        await started.customer_changed()
        writes = len(started.platform.writes)
        await started.customer_changed()
        assert len(started.platform.writes) == writes

    async def test_editing_details_opens_a_frozen_order_again(self, started: World) -> None:
        await started.validate()
        await started.background()
        assert started.shown.state is PaymentState.PROCESSING
        await started.customer_changed()
        assert started.order.status is OrderStatus.CHECKOUT
        assert started.stands(PaymentState.INTENT)

    async def test_a_purchase_is_settled_and_not_opened_again(self, started: World) -> None:
        await started.validate()
        started.provider.buy(started.qliro_id, billing=ANNA)
        await started.customer_changed()
        assert started.order.status is OrderStatus.COMPLETED
        assert started.shown.state is PaymentState.RESERVED
        assert started.order.customer.billing == ANNA

    async def test_one_address_that_norce_does_not_take_does_not_stop_the_other(self, started: World) -> None:
        started.at_qliro.billing = ANNA
        started.platform.faults.add(OrderUnavailable("down"), "write_billing")
        with pytest.raises(OrderUnavailable):
            await started.customer_changed()
        assert started.order.customer.shipping == ANNA
        await started.customer_changed()
        assert started.order.customer.billing == ANNA

    async def test_a_payment_of_another_instance_is_served_too(self, started: World) -> None:
        started.store.stored.clear()
        started.at_qliro.billing = ANNA
        await started.customer_changed()
        assert started.order.customer.billing == ANNA

    async def test_a_payment_that_norce_does_not_show_yet_is_waited_for(self, started: World) -> None:
        started.at_qliro.billing = ANNA
        started.platform.stale += [replace(started.order, payments=())] * 2
        await started.customer_changed()
        assert started.order.customer.billing == ANNA

    async def test_removed_and_foreign_payments_are_not_found(self, started: World) -> None:
        await started.remove()
        with pytest.raises(PaymentNotFound):
            await started.customer_changed()
        started.platform.edit(started.key, payments=(other_payment(1),))
        with pytest.raises(PaymentNotFound):
            await started.do(started.app.update_customer(started.key.payment("pOther")))


HOME = ShippingChoice("home", "Home delivery", total_price=9_900, total_price_ex_vat=7_920)
PICKUP = ShippingChoice("pickup", None, "point-7", "The kiosk", ("notice",), 4_900, 3_920)


class TestShipping:
    @pytest.fixture
    async def integrated(self) -> World:
        world = World()
        world.platform.edit(world.key, shippings=())
        world.configure(use_integrated_shipping=True)
        await world.start()
        return world

    async def test_the_choice_becomes_our_shipping_and_raises_our_payment(self, integrated: World) -> None:
        await integrated.shipping_chosen(HOME)
        (made,) = integrated.order.shippings
        assert (made.adapter_id, made.reference, made.name) == (ADAPTER_ID, "home", "Home delivery")
        assert (made.total, made.vat_rate, made.state) == (Price(9_900, 7_920), 2500, "intent")
        assert integrated.shown.amount == integrated.stored.amount == integrated.order.total.including_vat == 79_900

    async def test_qliros_own_rows_stay_without_it(self, integrated: World) -> None:
        await integrated.shipping_chosen(HOME)
        await integrated.start()
        assert integrated.at_qliro.total == 70_000
        assert all(line.type is not LineType.SHIPPING for line in integrated.at_qliro.lines)

    async def test_another_choice_replaces_the_first(self, integrated: World) -> None:
        await integrated.shipping_chosen(HOME)
        await integrated.shipping_chosen(PICKUP)
        (made,) = integrated.order.shippings
        assert (made.reference, made.name, made.total.including_vat) == ("pickup", "pickup", 4_900)
        assert integrated.shown.amount == 74_900

    async def test_repeating_it_makes_no_second_shipping(self, integrated: World) -> None:
        for _ in range(3):
            await integrated.shipping_chosen(HOME)
        assert len(integrated.order.shippings) == 1
        assert integrated.shown.amount == 79_900

    async def test_a_second_shipping_made_by_an_outdated_reading_goes_with_the_next_choice(
        self, integrated: World
    ) -> None:
        before = integrated.order
        await integrated.shipping_chosen(HOME)
        integrated.platform.stale += [before]
        await integrated.shipping_chosen(HOME)
        await integrated.shipping_chosen(PICKUP)
        (left,) = [shipping for shipping in integrated.order.shippings if shipping.active]
        assert left.reference == "pickup"
        assert integrated.shown.amount == integrated.stored.amount == integrated.order.total.including_vat == 74_900

    async def test_a_shipping_whose_answer_was_lost_is_found_again(self, integrated: World) -> None:
        integrated.platform.faults.add(OrderUnavailable("timeout"), "create_shipping", after=True)
        with pytest.raises(OrderUnavailable):
            await integrated.shipping_chosen(HOME)
        await integrated.shipping_chosen(HOME)
        assert len(integrated.order.shippings) == 1
        assert integrated.shown.amount == 79_900

    async def test_what_qliro_says_of_the_price_goes_before_what_the_browser_says(self, integrated: World) -> None:
        row = CheckoutLine("freight", "Hemleverans", LineType.SHIPPING, 1, 12_500, 10_000, shipping_method="home")
        integrated.at_qliro.added = (row,)
        await integrated.shipping_chosen(HOME)
        assert integrated.order.shippings[0].total == Price(12_500, 10_000)
        assert integrated.shown.amount == integrated.at_qliro.total == 82_500

    async def test_it_can_be_bought_and_is_confirmed(self, integrated: World) -> None:
        row = CheckoutLine("freight", "Hemleverans", LineType.SHIPPING, 1, 9_900, 7_920, shipping_method="home")
        integrated.at_qliro.added = (row,)
        await integrated.shipping_chosen(HOME)
        assert await integrated.validate() is None
        integrated.provider.buy(integrated.qliro_id)
        await integrated.push()
        assert integrated.order.shippings[0].state == "confirmed"
        assert integrated.shown.amount == integrated.money.authorized == 79_900
        assert integrated.shown.attributes["qliroSelectedShippingMethod"] == "home"

    async def test_after_the_purchase_nothing_is_written(self, integrated: World) -> None:
        await integrated.shipping_chosen(HOME)
        await integrated.validate()
        integrated.provider.buy(integrated.qliro_id)
        await integrated.push()
        writes = len(integrated.platform.writes)
        await integrated.shipping_chosen(PICKUP)
        assert len(integrated.platform.writes) == writes

    async def test_without_integrated_shipping_norce_owns_the_shipping(self, started: World) -> None:
        calls = len(started.platform.faults.log)
        await started.shipping_chosen(HOME)
        assert len(started.platform.faults.log) == calls

    async def test_shippings_of_others_are_left_alone(self, integrated: World) -> None:
        integrated.platform.edit(integrated.key, shippings=(shipping(1_000),))
        await integrated.shipping_chosen(HOME)
        assert [s.reference for s in integrated.order.shippings] == ["mypack", "home"]
        assert integrated.shown.amount == integrated.order.total.including_vat == 80_900

    async def test_a_payment_of_another_instance_is_served_too(self, integrated: World) -> None:
        integrated.store.stored.clear()
        await integrated.shipping_chosen(HOME)
        assert integrated.shown.amount == 79_900
