"""What every order platform must do: run against the fake and against the real client."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from application.ports.platform import (
    CheckoutPlatform,
    PaymentChanges,
    PaymentDraft,
    Reminder,
    ShippingDraft,
    ShippingMarks,
    TransactionEntry,
)
from domain.errors import OrderNotFound, PaymentNotFound, ShippingNotFound
from domain.identifiers import OrderKey, Tenant
from domain.order import (
    ADAPTER_ID,
    Address,
    Consent,
    Hook,
    OrderPayment,
    OrderStatus,
    PaymentAction,
    PaymentState,
    Price,
    Recurring,
)
from domain.upsell import UpsellShown, UpsellState, UpsellTransaction

LONG_AGO, FAR_OFF = datetime(2001, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
DRAFT = PaymentDraft(name="Qliro Checkout", amount=54_800, currency="SEK", attributes={"qliroMerchantReference": "m-1"})
SHIPPING = ShippingDraft(reference="dhl-box", name="DHL Box", total=Price(4_900, 3_920), vat_rate=2_500)
ENTRY = TransactionEntry(event="open", psp_event="create", amount=54_800, success=True, key="k-1")
HOOK = Hook(
    id="",
    adapter_id=ADAPTER_ID,
    subscribe_to="/cart",
    target="/payments",
    invoke="https://adapter.example.com/{order_id}/cart-changed",
)


@dataclass(frozen=True, slots=True)
class PlatformScene:
    """A platform that holds one order: two rows of 399.00 and 149.00 SEK at 25 and 6 per cent, and two consents:
    `terms`, which is ticked, and `newsletter`, which is not.
    """

    platform: CheckoutPlatform
    order: OrderKey

    async def payment(self, payment_id: str) -> OrderPayment:
        found = (await self.platform.read_order(self.order)).payment(payment_id)
        assert found is not None
        return found


class CheckoutPlatformContract:
    """Subclasses offer the fixture `scene`."""

    async def test_an_outline_says_how_the_order_stands_and_nothing_else(self, scene: PlatformScene) -> None:
        await scene.platform.create_payment(scene.order, DRAFT)
        whole, outline = await scene.platform.read_order(scene.order), await scene.platform.read_outline(scene.order)
        for name in ("key", "status", "currency", "payments", "total", "last_modified", "status_since"):
            assert getattr(outline, name) == getattr(whole, name), name
        assert (outline.items, outline.shippings, outline.hooks) == ((), (), ())
        with pytest.raises(OrderNotFound):
            await scene.platform.read_outline(replace(scene.order, order_id="oNothing"))

    async def test_own_payments_are_listed_by_when_their_orders_were_created(self, scene: PlatformScene) -> None:
        made = await scene.platform.create_payment(scene.order, DRAFT)
        listed = await scene.platform.list_orders(scene.order.tenant, since=LONG_AGO, until=FAR_OFF, offset=0, limit=5)
        assert listed.own_payments == (scene.order.payment(made),)
        assert listed.last

    async def test_pages_beyond_the_last_order_and_other_times_are_empty(self, scene: PlatformScene) -> None:
        await scene.platform.create_payment(scene.order, DRAFT)
        tenant = scene.order.tenant
        beyond = await scene.platform.list_orders(tenant, since=LONG_AGO, until=FAR_OFF, offset=5, limit=5)
        before = await scene.platform.list_orders(tenant, since=LONG_AGO, until=LONG_AGO, offset=0, limit=5)
        other = Tenant(tenant.merchant, "dk")
        elsewhere = await scene.platform.list_orders(other, since=LONG_AGO, until=FAR_OFF, offset=0, limit=5)
        assert [(page.own_payments, page.last) for page in (beyond, before, elsewhere)] == [((), True)] * 3

    async def test_an_order_is_read_exactly(self, scene: PlatformScene) -> None:
        order = await scene.platform.read_order(scene.order)
        assert order.key == scene.order
        assert order.status is OrderStatus.CHECKOUT
        assert (order.currency, order.country, order.culture) == ("SEK", "SE", "sv-SE")
        assert order.total == Price(54_800, 45_977)
        assert [(i.quantity, i.original_total.including_vat, i.vat_rate) for i in order.items] == [
            (1, 39_900, 2_500),
            (1, 14_900, 600),
        ]

    async def test_attributes_are_set_beside_the_others(self, scene: PlatformScene) -> None:
        await scene.platform.set_attributes(scene.order, {"first": True, "second": "x"})
        await scene.platform.set_attributes(scene.order, {"second": "y"})
        assert (await scene.platform.read_order(scene.order)).attributes == {"first": True, "second": "y"}

    async def test_a_consent_that_is_not_there_cannot_be_ticked(self, scene: PlatformScene) -> None:
        with pytest.raises(OrderNotFound):
            await scene.platform.check_consent(scene.order, "nowhere", checked=True)

    async def test_a_consent_is_ticked_and_unticked(self, scene: PlatformScene) -> None:
        assert (await scene.platform.read_order(scene.order)).consents == (
            Consent("terms", checked=True),
            Consent("newsletter", checked=False),
        )
        for checked in (True, True, False):
            await scene.platform.check_consent(scene.order, "newsletter", checked=checked)
            consents = (await scene.platform.read_order(scene.order)).consents
            assert consents == (Consent("terms", checked=True), Consent("newsletter", checked=checked))

    async def test_an_unknown_order_is_not_found(self, scene: PlatformScene) -> None:
        with pytest.raises(OrderNotFound):
            await scene.platform.read_order(replace(scene.order, order_id="oNowhere"))

    async def test_an_order_of_another_channel_is_not_found(self, scene: PlatformScene) -> None:
        with pytest.raises(OrderNotFound):
            await scene.platform.read_order(replace(scene.order, channel="elsewhere"))

    @pytest.mark.parametrize("ident", ["", ".", "..", "a/b", "a\nb", "x" * 5_000])
    async def test_an_id_that_is_none_is_not_found(self, scene: PlatformScene, ident: str) -> None:
        with pytest.raises(OrderNotFound):
            await scene.platform.read_order(replace(scene.order, order_id=ident))

    async def test_a_created_payment_is_ours_and_an_intent(self, scene: PlatformScene) -> None:
        payment = await scene.payment(await scene.platform.create_payment(scene.order, DRAFT))
        assert payment.ours
        assert payment.active
        assert (payment.type, payment.state) == ("default", PaymentState.INTENT)
        assert (payment.name, payment.amount, payment.currency) == (DRAFT.name, 54_800, "SEK")
        assert payment.attributes == DRAFT.attributes
        assert payment.reference == ""

    async def test_a_replaced_payment_changes_only_where_asked(self, scene: PlatformScene) -> None:
        before = await scene.payment(await scene.platform.create_payment(scene.order, DRAFT))
        changes = PaymentChanges(reference="4000001", attributes={"qliroPaymentMethodName": "SWISH"})
        written = await scene.platform.replace_payment(scene.order, before, changes)
        stored = await scene.payment(before.id)
        assert stored.reference == written.reference == "4000001"
        assert stored.attributes == {**DRAFT.attributes, "qliroPaymentMethodName": "SWISH"}
        assert (stored.amount, stored.state, stored.name) == (before.amount, before.state, before.name)

    async def test_replacing_a_payment_again_is_harmless(self, scene: PlatformScene) -> None:
        before = await scene.payment(await scene.platform.create_payment(scene.order, DRAFT))
        actions = (PaymentAction("capture", "https://a.example.com/capture"), PaymentAction("cancel", "https://a/c"))
        changes = PaymentChanges(state=PaymentState.RESERVED, amount=50_050, actions=actions)
        await scene.platform.replace_payment(scene.order, before, changes)
        once = await scene.payment(before.id)
        await scene.platform.replace_payment(scene.order, once, changes)
        twice = await scene.payment(before.id)
        assert (twice.state, twice.amount, twice.actions) == (PaymentState.RESERVED, 50_050, actions)
        assert replace(twice, document=b"") == replace(once, document=b"")

    async def test_a_payment_keeps_what_later_payments_need(self, scene: PlatformScene) -> None:
        plain = await scene.payment(await scene.platform.create_payment(scene.order, DRAFT))
        assert plain.recurring is None
        recurring = Recurring("3d2092a6", "VISA 12/2030", {"brandName": "VISA", "expiryYear": 2030})
        await scene.platform.replace_payment(scene.order, plain, PaymentChanges(recurring=recurring))
        kept = await scene.payment(plain.id)
        assert kept.recurring == recurring
        await scene.platform.replace_payment(scene.order, kept, PaymentChanges(reference="4000001"))
        assert (await scene.payment(plain.id)).recurring == recurring
        made = await scene.platform.create_payment(scene.order, replace(DRAFT, recurring=Recurring("4e")))
        assert (await scene.payment(made)).recurring == Recurring("4e")

    async def test_a_payment_that_is_not_there_cannot_be_replaced(self, scene: PlatformScene) -> None:
        payment = await scene.payment(await scene.platform.create_payment(scene.order, DRAFT))
        with pytest.raises(PaymentNotFound):
            await scene.platform.replace_payment(scene.order, replace(payment, id="pNowhere"), PaymentChanges())

    async def test_a_shipping_counts_until_it_is_removed(self, scene: PlatformScene) -> None:
        ident = await scene.platform.create_shipping(scene.order, SHIPPING)
        order = await scene.platform.read_order(scene.order)
        (shipping,) = order.shippings
        assert (shipping.id, shipping.adapter_id, shipping.state) == (ident, ADAPTER_ID, "intent")
        assert (shipping.total, shipping.vat_rate) == (SHIPPING.total, 2_500)
        assert order.total == Price(59_700, 49_897)
        await scene.platform.set_shipping_state(scene.order, shipping, "removed")
        order = await scene.platform.read_order(scene.order)
        assert not order.shippings[0].active
        assert order.total == Price(54_800, 45_977)

    async def test_a_replaced_shipping_takes_the_draft(self, scene: PlatformScene) -> None:
        await scene.platform.create_shipping(scene.order, SHIPPING)
        (before,) = (await scene.platform.read_order(scene.order)).shippings
        draft = ShippingDraft(
            reference="postnord",
            name="PostNord",
            total=Price(0, 0),
            vat_rate=1_200,
            state="confirmed",
            pickup_reference="SE-1",
            pickup_name="Kiosk",
            addons=("call-before",),
        )
        await scene.platform.replace_shipping(scene.order, before, draft)
        (after,) = (await scene.platform.read_order(scene.order)).shippings
        assert (after.id, after.reference, after.name) == (before.id, "postnord", "PostNord")
        assert (after.total, after.vat_rate, after.state) == (Price(0, 0), 1_200, "confirmed")

    async def test_a_delivery_chosen_elsewhere_keeps_its_place_and_what_is_told_of_it(
        self, scene: PlatformScene
    ) -> None:
        told = {"qliroShippingServices": ["Sms"], "qliroAccessCode": None}
        draft = replace(SHIPPING, pickup_reference="SE-1", pickup_name="Kiosk", attributes=told)
        await scene.platform.create_shipping(scene.order, draft)
        (made,) = (await scene.platform.read_order(scene.order)).shippings
        assert (made.pickup_reference, made.pickup_name) == ("SE-1", "Kiosk")
        assert dict(made.attributes) == {"qliroShippingServices": ["Sms"]}
        less = replace(draft, attributes={"qliroShippingServices": None, "qliroShippingProvider": "Ingrid"})
        await scene.platform.replace_shipping(scene.order, made, less)
        (after,) = (await scene.platform.read_order(scene.order)).shippings
        assert dict(after.attributes) == {"qliroShippingProvider": "Ingrid"}

    async def test_a_booking_is_marked_on_a_shipping_and_changes_nothing_else(self, scene: PlatformScene) -> None:
        await scene.platform.create_shipping(scene.order, replace(SHIPPING, pickup_reference="SE-1", addons=("sms",)))
        (before,) = (await scene.platform.read_order(scene.order)).shippings
        total = (await scene.platform.read_order(scene.order)).total
        marks = ShippingMarks("failed", "TOS-1", "PostNord", "pn-19", {"qliroShippingBooking": "failed"})
        for _ in range(2):
            await scene.platform.mark_shipping(scene.order, before, marks)
            order = await scene.platform.read_order(scene.order)
            (after,) = order.shippings
            assert (after.state, after.tms_reference, after.carrier) == ("failed", "TOS-1", "PostNord")
            assert (after.carrier_product_id, dict(after.attributes)) == ("pn-19", {"qliroShippingBooking": "failed"})
            assert (after.reference, after.pickup_reference, after.total) == ("dhl-box", "SE-1", SHIPPING.total)
            assert after.active
            assert order.total == total
        await scene.platform.mark_shipping(scene.order, after, ShippingMarks(attributes={"qliroShippingBooking": None}))
        (last,) = (await scene.platform.read_order(scene.order)).shippings
        assert (last.state, last.tms_reference, dict(last.attributes)) == ("failed", "TOS-1", {})

    async def test_a_shipping_that_is_not_there_cannot_be_marked(self, scene: PlatformScene) -> None:
        await scene.platform.create_shipping(scene.order, SHIPPING)
        (known,) = (await scene.platform.read_order(scene.order)).shippings
        with pytest.raises(ShippingNotFound):
            await scene.platform.mark_shipping(scene.order, replace(known, id="sNowhere"), ShippingMarks("failed"))

    async def test_a_shipping_that_is_not_there_cannot_be_replaced(self, scene: PlatformScene) -> None:
        await scene.platform.create_shipping(scene.order, SHIPPING)
        (known,) = (await scene.platform.read_order(scene.order)).shippings
        with pytest.raises(ShippingNotFound):
            await scene.platform.replace_shipping(scene.order, replace(known, id="sNowhere"), SHIPPING)

    async def test_an_address_is_laid_over_what_was_known(self, scene: PlatformScene) -> None:
        first = Address(type="person", given_name="Agda", email="agda@example.com", country="SE", vat_id="SE1")
        await scene.platform.write_billing(scene.order, first, b"")
        customer = (await scene.platform.read_order(scene.order)).customer
        assert customer.billing == first
        later = Address(type="person", given_name="Agda M", street_address="Testgatan 1")
        await scene.platform.write_billing(scene.order, later, customer.billing_document)
        customer = (await scene.platform.read_order(scene.order)).customer
        assert customer.billing == replace(first, given_name="Agda M", street_address="Testgatan 1")

    async def test_the_delivery_address_is_its_own(self, scene: PlatformScene) -> None:
        address = Address(type="organization", organization_name="Bolaget AB", city="Luleå", country="SE")
        await scene.platform.write_shipping_address(scene.order, address, b"")
        customer = (await scene.platform.read_order(scene.order)).customer
        assert customer.shipping == address
        assert customer.billing is None or not customer.billing.known()

    async def test_the_order_moves_and_stays_moved(self, scene: PlatformScene) -> None:
        for status in (OrderStatus.PROCESSING, OrderStatus.PROCESSING, OrderStatus.CHECKOUT, OrderStatus.ACCEPTED):
            await scene.platform.set_status(scene.order, status)
            assert (await scene.platform.read_order(scene.order)).status is status

    async def test_a_move_is_dated(self, scene: PlatformScene) -> None:
        await scene.platform.set_status(scene.order, OrderStatus.PROCESSING)
        order = await scene.platform.read_order(scene.order)
        assert order.status_since is not None
        assert order.last_modified is not None
        assert order.status_since.tzinfo is not None

    async def test_an_order_may_be_bought_once_it_is_paid_for_in_full(self, scene: PlatformScene) -> None:
        assert await scene.platform.validate(scene.order) != ()
        await scene.platform.create_payment(scene.order, replace(DRAFT, amount=54_700))
        assert await scene.platform.validate(scene.order) != ()
        payment = (await scene.platform.read_order(scene.order)).payments[0]
        await scene.platform.replace_payment(scene.order, payment, PaymentChanges(amount=54_800))
        assert await scene.platform.validate(scene.order) == ()

    async def test_hooks_come_and_go(self, scene: PlatformScene) -> None:
        await scene.platform.add_hook(scene.order, HOOK)
        (hook,) = (await scene.platform.read_order(scene.order)).hooks
        assert hook.id
        assert replace(hook, id="") == HOOK
        await scene.platform.remove_hook(scene.order, hook.id)
        assert (await scene.platform.read_order(scene.order)).hooks == ()
        await scene.platform.remove_hook(scene.order, hook.id)

    async def test_log_entries_are_recognised_by_their_keys(self, scene: PlatformScene) -> None:
        payment_id = await scene.platform.create_payment(scene.order, DRAFT)
        assert await scene.platform.transaction_keys(scene.order, payment_id) == frozenset()
        await scene.platform.log_transaction(scene.order, payment_id, ENTRY)
        await scene.platform.log_transaction(scene.order, payment_id, replace(ENTRY, key="k-2", success=False))
        assert await scene.platform.transaction_keys(scene.order, payment_id) == {"k-1", "k-2"}

    async def test_what_is_sold_beyond_a_purchase_is_shown_on_the_payment(self, scene: PlatformScene) -> None:
        payment_id = await scene.platform.create_payment(scene.order, DRAFT)
        until = datetime(2026, 11, 23, 15, 30, 15, 250_000, tzinfo=UTC)
        asked = UpsellTransaction("u-1", UpsellState.ACTION_REQUIRED, ("ci1",), "https://qliro.example/pay")
        for shown in (
            UpsellShown(True, until),
            UpsellShown(True, until, (asked,)),
            UpsellShown(False, until, (replace(asked, state=UpsellState.COMPLETED, transaction_id=3_290_002),)),
        ):
            current = await scene.payment(payment_id)
            await scene.platform.replace_payment(scene.order, current, PaymentChanges(upsell=shown))
            assert (await scene.payment(payment_id)).upsell == shown
        await scene.platform.replace_payment(scene.order, await scene.payment(payment_id), PaymentChanges(amount=100))
        assert (await scene.payment(payment_id)).upsell == shown

    async def test_a_reminder_is_on_the_order_once_it_is_added(self, scene: PlatformScene) -> None:
        scope, invoke = "/state/currentStatus", "https://a.example/done"
        reminder = Reminder("upsell-p1", "It is over", scope, invoke, 300, "accepted")
        assert (await scene.platform.read_order(scene.order)).notifications == ()
        await scene.platform.add_reminder(scene.order, reminder)
        assert (await scene.platform.read_order(scene.order)).notifications == (invoke,)
        with pytest.raises(OrderNotFound):
            await scene.platform.add_reminder(replace(scene.order, order_id="oNobodys"), reminder)
