"""Create: one Norce payment and one live Qliro order, whatever is repeated, refused, expired or lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.configurations import ReferenceSource
from domain.checkout import CheckoutStatus, LineType
from domain.errors import (
    ConfigurationInvalid,
    ConfigurationNotFound,
    OrderConflict,
    OrderNotExpressible,
    OrderNotFound,
    OrderRefused,
    OrderUnavailable,
    PaymentConflict,
    ProviderBusy,
    ProviderError,
    ProviderFault,
    ProviderInvalid,
    ProviderOrderMissing,
    ProviderUnavailable,
    StoreUnavailable,
    TranslationMissing,
)
from domain.lifecycle import PaymentStatus
from domain.order import ADAPTER_ID, Generation, OrderStatus, PaymentState
from tests.fakes.provider_order import FakeOrder
from tests.unit.application.world import World, an_order, other_payment
from tests.unit.domain.orders import item


async def test_a_new_payment_is_an_intent_that_names_its_qliro_order(world: World) -> None:
    started = await world.start()
    payment = world.shown
    assert started.payment_id == payment.id
    assert started.snippet == world.at_qliro.checkout().snippet
    assert (payment.state, payment.type, payment.amount) == (PaymentState.INTENT, "default", 74_900)
    assert payment.reference == str(world.at_qliro.id)
    assert payment.attributes["qliroMerchantReference"] == world.at_qliro.draft.merchant_reference == "onksAnol"
    assert world.stored.status is PaymentStatus.INTENT
    assert world.at_qliro.total == 74_900


async def test_that_it_was_opened_is_told_to_norces_log_afterwards(world: World) -> None:
    await world.start()
    assert world.log == [("open", True)]


async def test_every_callback_of_the_qliro_order_names_the_payment(world: World) -> None:
    await world.start()
    urls = world.at_qliro.draft.callbacks
    for url, purpose in ((urls.validate, "validate"), (urls.push, "push"), (urls.order_management, "status")):
        assert url == f"{world.configuration.public_url}/onksAnol/{world.shown.id}/{purpose}"


async def test_four_hooks_tell_of_changes_to_cart_shippings_payments_and_state(world: World) -> None:
    await world.start()
    hooks = {(h.subscribe_to, h.invoke.rsplit("/", 1)[1]) for h in world.order.hooks if h.adapter_id == ADAPTER_ID}
    assert hooks == {
        ("/cart", "cart-changed"),
        ("/shippings", "cart-changed"),
        ("/payments", "cart-changed"),
        ("/state", "state-changed"),
    }


async def test_a_newer_platform_is_given_the_newer_name_of_a_changed_cart() -> None:
    world = World(an_order(generation=Generation.NEWER))
    await world.start()
    hooks = {(h.subscribe_to, h.invoke.rsplit("/", 1)[1]) for h in world.order.hooks if h.adapter_id == ADAPTER_ID}
    assert hooks == {
        ("/cart", "update-payment"),
        ("/shippings", "update-payment"),
        ("/payments", "update-payment"),
        ("/state", "state-changed"),
    }


@pytest.mark.parametrize(("before", "after"), [tuple(Generation), tuple(reversed(Generation))])
async def test_hooks_of_either_name_stay_when_the_platform_changes_its_generation(
    before: Generation, after: Generation
) -> None:
    world = World(an_order(generation=before))
    await world.start()
    hooks = world.order.hooks
    world.platform.put(replace(world.order, generation=after))
    await world.start()
    assert world.order.hooks == hooks
    await world.remove()
    assert world.order.hooks == ()


async def test_asking_again_gives_the_same_payment_and_writes_nothing(world: World) -> None:
    first = await world.start()
    writes = len(world.platform.writes)
    for _ in range(3):
        assert await world.start() == first
    assert len(world.platform.writes) == writes
    assert len(world.provider.orders) == 1


@pytest.mark.parametrize("refusal", [ProviderBusy("paying"), ProviderUnavailable("slow"), ProviderInvalid("odd")])
async def test_rows_that_qliro_holds_already_need_not_be_taken_again(world: World, refusal: ProviderError) -> None:
    first = await world.start()
    world.provider.faults.add(refusal, "update_checkout")
    assert await world.start() == first


async def test_asking_again_while_the_customer_pays_leaves_qliros_order_alone(world: World) -> None:
    first = await world.start()
    await world.validate()
    before = list(world.at_qliro.updates)
    assert await world.start() == first
    assert world.at_qliro.updates == before


async def test_asking_again_after_the_cart_changed_unheard_brings_qliro_and_the_amount_up_to_date(world: World) -> None:
    await world.start()
    world.platform.put(world.with_items(item("SKU-9", 10_000)))
    await world.start()
    assert world.at_qliro.total == world.shown.amount == world.stored.amount == 14_900


async def test_another_adapters_active_payment_stands_in_the_way(world: World) -> None:
    world.platform.edit(world.key, payments=(other_payment(74_900, "default"),))
    with pytest.raises(PaymentConflict):
        await world.start()
    assert world.own == []
    assert world.provider.orders == {}


async def test_another_adapters_withdrawn_payment_does_not(world: World) -> None:
    world.platform.edit(world.key, payments=(other_payment(74_900, "default", state=PaymentState.REMOVED),))
    await world.start()
    assert world.shown.amount == 74_900


async def test_what_vouchers_pay_is_not_asked_of_qliro(world: World) -> None:
    world.platform.edit(world.key, payments=(other_payment(20_000),))
    await world.start()
    assert world.shown.amount == world.at_qliro.total == 54_900


@pytest.mark.parametrize("covered", [74_900, 80_000])
async def test_nothing_left_to_pay_is_refused_before_any_call(world: World, covered: int) -> None:
    world.platform.edit(world.key, payments=(other_payment(covered),))
    with pytest.raises(OrderNotExpressible):
        await world.start()
    assert world.platform.writes == []
    assert world.provider.faults.log == []


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.CHECKOUT])
async def test_a_payment_can_only_be_created_in_checkout(status: OrderStatus) -> None:
    world = World(an_order(status=status))
    with pytest.raises(OrderConflict):
        await world.start()
    assert world.platform.writes == []


async def test_an_inactive_configuration_is_as_good_as_none(world: World) -> None:
    world.configure(active=False)
    with pytest.raises(ConfigurationNotFound):
        await world.start()
    assert world.platform.writes == []


async def test_without_a_configuration_nothing_is_begun(world: World) -> None:
    world.configurations.known.clear()
    with pytest.raises(ConfigurationNotFound):
        await world.start()
    world.configurations.faults.add(ConfigurationInvalid("odd"), "read")
    with pytest.raises(ConfigurationInvalid):
        await world.start()


async def test_an_unknown_order_is_not_found(world: World) -> None:
    world.platform.orders.clear()
    with pytest.raises(OrderNotFound):
        await world.start()


async def test_a_language_without_a_discount_text_is_refused_before_any_call() -> None:
    world = World(an_order(culture="et-EE"))
    world.platform.edit(world.key, payments=(other_payment(20_000),))
    with pytest.raises(TranslationMissing):
        await world.start()
    assert world.platform.writes == []


async def test_a_language_without_texts_is_fine_when_no_row_needs_one() -> None:
    world = World(an_order(culture="et-EE"))
    await world.start()
    assert not any(line.type is LineType.DISCOUNT for line in world.at_qliro.lines)


async def test_the_merchant_may_name_attempts_by_cart(world: World) -> None:
    world.configure(reference_source=ReferenceSource.ORDER_CART_REFERENCE)
    await world.start()
    assert world.at_qliro.draft.merchant_reference.startswith("56393")


class TestDeadQliroOrders:
    """An unpaid Qliro order that can't be paid any more is replaced, once, under another reference."""

    async def _replaced(self, world: World) -> None:
        old = world.own[0]
        reference = old.attributes["qliroMerchantReference"]
        for _ in range(2):
            started = await world.start()
        assert len(world.own) == 2
        assert world.own[0].state is PaymentState.REMOVED
        assert world.live == [world.shown]
        assert started.payment_id == world.shown.id != old.id
        assert world.shown.attributes["qliroMerchantReference"] != reference
        hooks = [h for h in world.order.hooks if f"/payments/{old.id}/" in h.invoke]
        assert hooks == []
        assert len(world.order.hooks) == 4
        assert world.store.stored[world.key.payment(old.id)].status is PaymentStatus.REMOVED

    async def test_what_was_refused_covers_nothing_of_the_order_any_more(self, world: World) -> None:
        await world.start()
        world.at_qliro.status = CheckoutStatus.REFUSED
        await world.push("Refused")
        assert (world.shown.state, world.order.status) == (PaymentState.DECLINED, OrderStatus.CHECKOUT)
        await world.start()
        counted = [p for p in world.order.payments if p.state is not PaymentState.REMOVED]
        assert sum(p.amount for p in counted) == world.order.total.including_vat == world.shown.amount
        await world.start()
        assert [p.state for p in world.own] == [PaymentState.DECLINED, PaymentState.INTENT]

    async def test_a_norce_that_leaves_the_refused_one_as_it_is_does_not_stop_the_next(self, world: World) -> None:
        await world.start()
        world.at_qliro.status = CheckoutStatus.REFUSED
        await world.push("Refused")
        world.platform.faults.add(OrderRefused("it is over"), "replace_payment", times=1)
        await world.start()
        assert [p.state for p in world.own] == [PaymentState.DECLINED, PaymentState.INTENT]

    async def test_refused_is_replaced(self, world: World) -> None:
        await world.start()
        world.at_qliro.status = CheckoutStatus.REFUSED
        await self._replaced(world)

    async def test_purged_is_replaced(self, world: World) -> None:
        await world.start()
        world.provider.forget(world.qliro_id)
        await self._replaced(world)

    async def test_too_old_to_be_changed_is_replaced(self, world: World) -> None:
        await world.start()
        world.provider.expire(world.qliro_id)
        world.platform.put(world.with_items(item("SKU-9", 10_000)))
        await self._replaced(world)
        assert world.shown.amount == 14_900

    async def test_too_old_though_nothing_changed_is_replaced(self, world: World) -> None:
        await world.start()
        world.provider.expire(world.qliro_id)
        await self._replaced(world)

    async def test_older_than_a_checkout_lives_is_replaced(self, world: World) -> None:
        await world.start()
        world.clock.advance(timedelta(hours=24, minutes=1))
        await self._replaced(world)

    async def test_another_currency_is_replaced(self, world: World) -> None:
        await world.start()
        world.platform.put(replace(world.order, currency="NOK"))
        await self._replaced(world)
        assert world.at_qliro.draft.basket.currency == "NOK"

    async def test_another_country_is_replaced(self, world: World) -> None:
        await world.start()
        world.platform.put(replace(world.order, country="NO"))
        await self._replaced(world)

    async def test_an_order_frozen_for_the_dead_one_is_opened_again(self, world: World) -> None:
        await world.start()
        assert await world.validate() is None
        world.provider.forget(world.qliro_id)
        await self._replaced(world)
        assert world.order.status is OrderStatus.CHECKOUT

    @pytest.mark.parametrize("lost", [False, True])
    async def test_no_reference_is_used_twice_though_norce_forgets_what_was_withdrawn(
        self, world: World, lost: bool
    ) -> None:
        used = []
        for price in (10_000, 20_000, 30_000):
            await world.start()
            used.append(world.shown.attributes["qliroMerchantReference"])
            world.platform.edit(world.key, payments=tuple(world.live))
            if lost:
                world.provider.faults.add(ProviderUnavailable("lost"), "update_checkout")
                world.provider.faults.add(ProviderUnavailable("lost"), "read_checkout")
                with pytest.raises(ProviderUnavailable):
                    await world.cart_changed(world.with_items(item("SKU-9", price)))
            else:
                await world.cart_changed(world.with_items(item("SKU-9", price)))
            world.at_qliro.status = CheckoutStatus.REFUSED
        await world.start()
        used.append(world.shown.attributes["qliroMerchantReference"])
        assert len(set(used)) == 4

    @pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.REMOVED])
    async def test_an_order_that_was_closed_is_not_opened_again_though_its_checkout_lives(
        self, world: World, status: OrderStatus
    ) -> None:
        await world.start()
        world.platform.edit(world.key, status=status)
        with pytest.raises(OrderConflict, match="can't be paid any more"):
            await world.start()
        assert len(world.live) == 1
        assert world.at_qliro.updates == []

    async def test_exactly_as_old_as_a_checkout_lives_is_kept(self, world: World) -> None:
        await world.start()
        world.clock.advance(world.stored.created_at + world.patience.checkout_lifetime - world.clock.now())
        assert (await world.start()).payment_id == world.own[0].id

    async def test_paid_is_never_replaced_however_old(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        world.clock.advance(timedelta(days=3))
        started = await world.start()
        assert [started.payment_id] == [payment.id for payment in world.own]
        assert world.order.status is OrderStatus.COMPLETED
        assert world.shown.state is PaymentState.RESERVED


async def test_a_purchase_that_nobody_told_of_is_settled_instead_of_begun_anew(world: World) -> None:
    await world.start()
    await world.validate()
    world.provider.buy(world.qliro_id)
    started = await world.start()
    assert started.payment_id == world.shown.id
    assert world.shown.state is PaymentState.RESERVED
    with pytest.raises(PaymentConflict):
        await world.start()


async def test_a_cart_that_moves_while_the_payment_is_created_is_what_qliro_gets(world: World) -> None:
    moved = world.with_items(item("SKU-9", 10_000))
    create = world.provider.create_checkout

    async def slow(*args: object, **options: object) -> int:
        world.platform.edit(world.key, items=moved.items, cart_total=moved.cart_total)
        return await create(*args, **options)  # type: ignore[arg-type]

    world.provider.create_checkout = slow  # type: ignore[method-assign]
    await world.start()
    assert world.at_qliro.total == world.shown.amount == world.stored.amount == 14_900
    assert world.shown.reference == str(world.stored.provider_order_id)
    assert world.shown.attributes["qliroMerchantReference"]
    assert await world.validate() is None


class TestQliroRefuses:
    async def test_the_payment_is_withdrawn_and_the_attempt_logged(self, world: World) -> None:
        refusal = ProviderInvalid("Qliro refused", ProviderFault("POSTAL_CODE", ("odd",), "trace"))
        world.provider.faults.add(refusal, "create_checkout")
        with pytest.raises(ProviderInvalid) as told:
            await world.start()
        assert told.value.fault.reference == "trace"
        assert world.live == []
        assert world.order.hooks == ()
        assert world.log == [("open", False)]

    async def test_the_next_attempt_has_a_reference_of_its_own(self, world: World) -> None:
        world.provider.faults.add(ProviderInvalid("Qliro refused"), "create_checkout")
        with pytest.raises(ProviderInvalid):
            await world.start()
        await world.start()
        first, second = (payment.attributes["qliroMerchantReference"] for payment in world.own)
        assert first != second
        assert len(world.live) == 1


async def _another_of_its_cart(world: World, *, dies: bool) -> FakeOrder:
    """The Qliro order of a second order of Norce's, whose creation got no answer, or whose process died of it."""
    key = replace(world.key, order_id="oOther")
    world.platform.put(an_order(key=key, cart_reference=world.order.cart_reference))
    if dies:
        world.provider.faults.add(asyncio.CancelledError(), "create_checkout")
        with pytest.raises(asyncio.CancelledError):
            await world.do(world.app.start(key))
    else:
        world.provider.faults.add(ProviderUnavailable("timeout"), "create_checkout")
    started = await world.do(world.app.start(key))
    (shown,) = (await world.platform.read_order(key)).payments
    assert shown.id == started.payment_id
    return world.provider.orders[int(shown.reference)]


class TestLostAnswers:
    async def test_a_qliro_order_whose_answer_was_lost_is_found_again(self, world: World) -> None:
        world.provider.faults.add(ProviderUnavailable("timeout"), "create_checkout", after=True)
        await world.start()
        assert len(world.provider.orders) == 1
        assert world.shown.reference == str(next(iter(world.provider.orders)))

    async def test_a_qliro_order_that_was_never_made_is_made_with_the_same_reference(self, world: World) -> None:
        world.provider.faults.add(ProviderUnavailable("timeout"), "create_checkout")
        await world.start()
        assert len(world.provider.orders) == 1
        assert world.at_qliro.draft.merchant_reference == "onksAnol"

    @pytest.mark.parametrize("dies", [False, True])
    async def test_the_qliro_order_of_another_order_of_the_same_cart_is_not_taken(
        self, world: World, dies: bool
    ) -> None:
        world.configure(reference_source=ReferenceSource.ORDER_CART_REFERENCE)
        await world.start()
        first = world.provider.orders[int(world.shown.reference)]
        second = await _another_of_its_cart(world, dies=dies)
        assert first.draft.merchant_reference == second.draft.merchant_reference
        assert first.draft.payment_id == world.shown.id != second.draft.payment_id

    async def test_what_was_not_sent_is_not_looked_for(self, world: World) -> None:
        world.provider.faults.add(ProviderUnavailable("refused", sent=False), "create_checkout")
        await world.start()
        assert world.provider.faults.calls["find_checkout"] == 0
        assert world.provider.faults.calls["create_checkout"] == 2

    async def test_a_norce_payment_whose_answer_was_lost_is_found_again(self, world: World) -> None:
        world.platform.faults.add(OrderUnavailable("timeout"), "create_payment", after=True)
        await world.start()
        assert len(world.own) == 1
        assert world.stored.provider_order_id == world.qliro_id

    async def test_a_norce_payment_that_was_never_made_is_made(self, world: World) -> None:
        world.platform.faults.add(OrderUnavailable("timeout"), "create_payment")
        await world.start()
        assert len(world.own) == 1

    async def test_an_unreachable_qliro_leaves_no_live_payment(self, world: World) -> None:
        world.provider.faults.add(ProviderUnavailable("down"), "create_checkout", times=2)
        with pytest.raises(ProviderUnavailable):
            await world.start()
        assert world.live == []

    async def test_norce_failing_midway_is_mended_by_the_next_attempt(self, world: World) -> None:
        world.platform.faults.add(OrderUnavailable("down"), "add_hook", nth=3)
        with pytest.raises(OrderUnavailable):
            await world.start()
        assert len(world.live) == 1
        await world.start()
        assert len(world.own) == 1
        assert len(world.provider.orders) == 1
        assert len(world.order.hooks) == 4

    async def test_the_amount_is_right_when_the_cart_moved_between_two_attempts(self, world: World) -> None:
        world.platform.faults.add(OrderUnavailable("down"), "add_hook", times=4)
        with pytest.raises(OrderUnavailable):
            await world.start()
        world.platform.put(world.with_items(item("SKU-9", 10_000)))
        await world.start()
        assert world.shown.amount == world.at_qliro.total == world.stored.amount == 14_900

    async def test_no_write_outlives_a_create_that_failed(self, world: World) -> None:
        """The database fails while Norce is still busy: the payment is there before anybody may begin again."""
        commit = world.store.payments.commit

        async def fail(_: object) -> None:
            world.store.payments.commit = commit  # type: ignore[method-assign]
            raise StoreUnavailable("down")

        create = world.platform.create_payment

        async def slow(*args: object) -> str:
            await world.clock.sleep(3)
            return await create(*args)  # type: ignore[arg-type]

        world.platform.create_payment = slow  # type: ignore[method-assign, assignment]
        world.store.payments.commit = fail  # type: ignore[method-assign, assignment]
        with pytest.raises(StoreUnavailable):
            await world.start()
        assert len(world.own) == 1
        await world.start()
        assert len(world.own) == 1
        assert len(world.provider.orders) == 1


async def test_two_at_once_make_one_payment(world: World) -> None:
    async def both() -> tuple[object, object]:
        first, second = await asyncio.gather(world.app.start(world.key), world.fresh().start(world.key))
        return first, second

    first, second = await world.do(both())
    assert first == second
    assert len(world.own) == 1
    assert len(world.provider.orders) == 1


class TestWhatSettlesSlowly:
    """Neighbours that are busy for a moment, or do not show at once what they were told."""

    async def test_norce_being_busy_with_the_order_is_waited_out(self, world: World) -> None:
        world.platform.faults.add(OrderConflict("busy"), "create_payment", times=3)
        started = await world.start()
        assert [payment.id for payment in world.own] == [started.payment_id]
        assert len(world.provider.orders) == 1

    async def test_a_conflict_that_does_not_end_is_told(self, world: World) -> None:
        world.platform.faults.add(OrderConflict("busy"), "create_payment", times=4)
        with pytest.raises(OrderConflict):
            await world.start()
        assert world.own == []
        assert world.provider.orders == {}

    async def test_a_conflict_with_another_adapters_payment_ends_the_attempt(self, world: World) -> None:
        before = world.order
        world.platform.edit(world.key, payments=(other_payment(74_900, type="default"),))
        world.platform.stale.append(before)
        world.platform.faults.add(OrderConflict("busy"), "create_payment")
        with pytest.raises(OrderConflict):
            await world.start()
        assert world.own == []
        assert world.provider.orders == {}

    @pytest.mark.parametrize("late", [1, 3])
    async def test_an_order_that_qliro_does_not_show_at_once_is_asked_for_again(self, world: World, late: int) -> None:
        missing = ProviderOrderMissing("not found", ProviderFault("ORDER_NOT_FOUND"))
        world.provider.faults.add(missing, "read_checkout", times=late)
        started = await world.start()
        assert started.snippet == world.at_qliro.checkout().snippet
        assert len(world.provider.orders) == 1
        assert len(world.own) == 1

    async def test_an_order_read_without_the_payment_that_was_made_is_read_again(self, world: World) -> None:
        before = world.order
        first = await world.start()
        world.platform.stale += [before, before]
        assert await world.start() == first
        assert len(world.own) == len(world.provider.orders) == 1
        assert world.stored.status is PaymentStatus.INTENT

    async def test_a_payment_read_without_its_reference_is_still_the_one_we_know(self, world: World) -> None:
        first = await world.start()
        unnamed = replace(world.shown, reference="")
        world.platform.stale.append(replace(world.order, payments=(unnamed,)))
        assert await world.start() == first
        assert world.shown.reference == str(world.at_qliro.id)
        assert len(world.own) == len(world.provider.orders) == 1

    async def test_a_payment_that_norce_does_not_show_yet_is_validated_and_removed_like_any_other(
        self, world: World
    ) -> None:
        before = world.order
        await world.start()
        world.platform.stale += [before, before]
        assert await world.validate() is None
        world.platform.edit(world.key, status=OrderStatus.CHECKOUT)
        world.platform.stale += [before]
        await world.remove()
        assert world.live == []

    async def test_a_cart_that_norce_does_not_show_yet_is_no_changed_cart(self, world: World) -> None:
        await world.start()
        before = world.order
        await world.cart_changed(world.with_items(*world.order.items[:1]))
        world.platform.stale += [before]
        assert await world.validate() is None
        assert world.order.status is OrderStatus.PROCESSING

    async def test_a_payment_that_norce_still_shows_after_its_removal_makes_room_for_another(
        self, world: World
    ) -> None:
        first = await world.start()
        before = world.order
        await world.remove()
        world.platform.stale += [before, before]
        second = await world.start()
        assert second.payment_id != first.payment_id
        assert [payment.id for payment in world.live] == [second.payment_id]
        assert len(world.provider.orders) == 2
