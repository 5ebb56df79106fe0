"""What every payment provider must do: run against the fake and against the real client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from application.ports.configurations import Appearance, ProviderAccount
from application.ports.merchant_payments import INVOICE, MerchantPaymentDraft
from application.ports.provider import CallbackUrls, CheckoutDraft, NewsletterQuestion, PaymentProvider
from domain.checkout import Basket, CheckoutStatus, DeliverySetup, LineType, OrderLine
from domain.errors import ProviderInvalid, ProviderOrderCompleted, ProviderOrderMissing, ProviderUnavailable
from domain.ledger import ItemGroup, LedgerTotals, OrderItem, TransactionKind, TransactionStatus
from domain.order import Address, CustomerType
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Outcome, Pending
from domain.parcel import Parcel
from domain.planned_call import PlannedCall

LINES = (
    OrderLine("SKU-1", "Mössa röd", LineType.PRODUCT, 2, 24_900, 19_920, 2_500),
    OrderLine("SKU-2", "Bok", LineType.PRODUCT, 1, 10_600, 10_000, 600),
    OrderLine("RABATT", "Rabatt", LineType.DISCOUNT, 1, -5_000, -4_000, 2_500),
)
BASKET = Basket(lines=LINES, total=55_400, currency="SEK")
DRAFT = CheckoutDraft(
    merchant_reference="contract",
    payment_id="pContract",
    basket=BASKET,
    country="SE",
    culture="sv-SE",
    confirmation_url="https://shop.example.com/done",
    terms_url="https://shop.example.com/terms",
    callbacks=CallbackUrls(
        validate="http://127.0.0.1:9/validate",
        push="http://127.0.0.1:9/push",
        order_management="http://127.0.0.1:9/status",
    ),
)

FULL_DRAFT = replace(
    DRAFT,
    integrity_policy_url="https://shop.example.com/privacy",
    appearance=Appearance("#112233", "#F5F5F5", "#00AA88", "#008866", 0, 1_000),
    minimum_customer_age=18,
    require_identity_verification=True,
    merchant_constraint_name="no-invoice",
    enforced_type=CustomerType.PERSON,
    newsletter=NewsletterQuestion(checked=True, text="Ja, skicka 'nyheter' till mig!"),
    loyalty={"Provider": "Voyado", "Settings": {"Ask": True}},
    customer=Address(
        type="person",
        given_name="Ebba",
        family_name="Berg",
        street_address="Storgatan 1",
        postal_code="972 31",
        city="Luleå",
        country="SE",
        email="ebba@example.com",
        phone="+46700000000",
        national_identification_number="790625-5307",
    ),
    delivery=Address(given_name="Ebba", street_address="Byn 2", postal_code="98100", city="Kiruna", country="SE"),
)


@dataclass(frozen=True, slots=True)
class ProviderScene:
    """A provider with a merchant's account, and ways to play the customer and time."""

    provider: PaymentProvider
    account: ProviderAccount
    buy: Callable[[int], Awaitable[None]]
    hold: Callable[[int], Awaitable[None]]
    settle: Callable[[], Awaitable[None]]
    """Decide what is under way."""
    save_card: Callable[[], Awaitable[str]]
    """A card that may be charged without the customer; its token."""

    async def created(self) -> int:
        draft = replace(DRAFT, merchant_reference=f"c-{uuid4().hex[:20]}")
        return await self.provider.create_checkout(self.account, draft)

    async def paid(self) -> int:
        order_id = await self.created()
        await self.buy(order_id)
        return order_id

    async def totals(self, order_id: int) -> LedgerTotals:
        return (await self.provider.read_ledger(self.account, order_id)).totals()

    async def capture(
        self, order_id: int, *, request_id: UUID | None = None, shipments: tuple[ItemGroup, ...] | None = None
    ) -> Outcome:
        if shipments is None:
            shipments = (await self.provider.read_ledger(self.account, order_id)).shippable()
        return await self.provider.capture(
            self.account, order_id, request_id=request_id or uuid4(), currency="SEK", shipments=shipments
        )

    def renewal(self, token: str) -> MerchantPaymentDraft:
        return MerchantPaymentDraft(
            merchant_reference=f"r-{uuid4().hex[:20]}",
            basket=BASKET,
            country="SE",
            culture="sv-SE",
            order_management="http://127.0.0.1:9/status",
            token=token,
            billing=SUBSCRIBER,
            delivery=SUBSCRIBER,
        )

    async def charged(self, token: str) -> int:
        placed = await self.provider.charge(self.account, self.renewal(token), request_id=uuid4())
        return placed.provider_order_id

    async def captured(self) -> int:
        order_id = await self.paid()
        assert isinstance(await self.capture(order_id), Pending | Accepted)
        await self.settle()
        return order_id


SUBSCRIBER = Address(
    type="person",
    given_name="Agda",
    family_name="Testsson",
    street_address="Testgatan 1",
    postal_code="11122",
    city="Stockholm",
    country="SE",
    email="agda@example.se",
    national_identification_number="790625-5307",
)


class PaymentProviderContract:
    """Subclasses offer the fixture `scene`."""

    async def test_a_new_checkout_is_in_process_and_has_a_snippet(self, scene: ProviderScene) -> None:
        order_id = await scene.created()
        checkout = await scene.provider.read_checkout(scene.account, order_id)
        assert checkout.provider_order_id == order_id
        assert checkout.status is CheckoutStatus.IN_PROCESS
        assert not checkout.paid
        assert (checkout.total, checkout.currency, checkout.country) == (55_400, "SEK", "SE")
        assert checkout.language == "sv-se"
        assert checkout.snippet
        assert checkout.payment_method is None

    async def test_everything_that_a_checkout_may_ask_for_is_taken(self, scene: ProviderScene) -> None:
        draft = replace(FULL_DRAFT, merchant_reference=f"a-{uuid4().hex[:20]}")
        order_id = await scene.provider.create_checkout(scene.account, draft)
        checkout = await scene.provider.read_checkout(scene.account, order_id)
        assert checkout.status is CheckoutStatus.IN_PROCESS
        assert checkout.newsletter is None

    async def test_rows_come_back_as_they_were_sent(self, scene: ProviderScene) -> None:
        checkout = await scene.provider.read_checkout(scene.account, await scene.created())
        told = [(line.reference, line.type, line.quantity, line.price_inc, line.price_ex) for line in checkout.lines]
        assert told == [(line.reference, line.type, line.quantity, line.price_inc, line.price_ex) for line in LINES]

    async def test_a_checkout_is_found_by_its_reference(self, scene: ProviderScene) -> None:
        reference = f"f-{uuid4().hex[:20]}"
        assert await scene.provider.find_checkout(scene.account, reference) is None
        draft = replace(DRAFT, merchant_reference=reference)
        order_id = await scene.provider.create_checkout(scene.account, draft)
        found = await scene.provider.find_checkout(scene.account, reference)
        assert found is not None
        assert (found.provider_order_id, found.merchant_reference) == (order_id, reference)
        assert found.payment_id == DRAFT.payment_id
        assert await scene.provider.find_checkout(scene.account, reference, payment_id=DRAFT.payment_id) == found
        assert await scene.provider.find_checkout(scene.account, reference, payment_id="pAnother") is None

    async def test_an_unknown_order_is_missing(self, scene: ProviderScene) -> None:
        with pytest.raises(ProviderOrderMissing):
            await scene.provider.read_checkout(scene.account, 1)
        with pytest.raises(ProviderOrderMissing):
            await scene.provider.read_ledger(scene.account, 1)

    async def test_an_update_replaces_every_row_and_may_be_repeated(self, scene: ProviderScene) -> None:
        order_id = await scene.created()
        basket = Basket(lines=LINES[1:2], total=10_600, currency="SEK")
        for version in ("1", "1", "2"):
            await scene.provider.update_checkout(scene.account, order_id, basket, version=version)
        checkout = await scene.provider.read_checkout(scene.account, order_id)
        assert (checkout.total, [line.reference for line in checkout.lines]) == (10_600, ["SKU-2"])

    @pytest.mark.parametrize(
        "delivery",
        [
            DeliverySetup(checkout_id="C-1", tags=(("warehouse", "north"),)),
            DeliverySetup(metadata=(("Ingrid.Vouchers", ""), ("Ingrid.CartAttributes", "b2c"))),
        ],
        ids=["nShift", "Ingrid"],
    )
    async def test_rows_are_taken_with_what_delivery_needs(self, scene: ProviderScene, delivery: DeliverySetup) -> None:
        goods = Parcel("SKU-1", 850, 110, 210, 95, ("fragile",), out_of_stock=False, discount=2_900)
        lines = (LINES[0] if delivery.checkout_id else replace(LINES[0], parcel=goods), *LINES[1:])
        basket = replace(BASKET, lines=lines, delivery=delivery)
        draft = replace(DRAFT, merchant_reference=f"c-{uuid4().hex[:20]}", basket=basket)
        order_id = await scene.provider.create_checkout(scene.account, draft)
        fewer = Basket(lines=lines[:1], total=49_800, currency="SEK", delivery=delivery)
        await scene.provider.update_checkout(scene.account, order_id, fewer, version="1")
        checkout = await scene.provider.read_checkout(scene.account, order_id)
        assert (checkout.total, [line.reference for line in checkout.lines]) == (49_800, ["SKU-1"])

    async def test_a_paid_order_cannot_be_changed(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        with pytest.raises(ProviderOrderCompleted):
            await scene.provider.update_checkout(scene.account, order_id, BASKET, version="2")

    async def test_a_purchase_reserves_the_money(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        checkout = await scene.provider.read_checkout(scene.account, order_id)
        assert checkout.status is CheckoutStatus.COMPLETED
        assert checkout.payment_method
        ledger = await scene.provider.read_ledger(scene.account, order_id)
        assert ledger.currency == "SEK"
        assert ledger.merchant_reference == checkout.merchant_reference
        assert ledger.totals() == LedgerTotals(authorized=55_400)
        (group,) = ledger.shippable()
        assert group.total_inc == 55_400

    async def test_an_order_on_hold_has_an_undecided_reservation(self, scene: ProviderScene) -> None:
        order_id = await scene.created()
        await scene.hold(order_id)
        assert (await scene.provider.read_checkout(scene.account, order_id)).status is CheckoutStatus.ON_HOLD
        ledger = await scene.provider.read_ledger(scene.account, order_id)
        assert [t.status for t in ledger.undecided()] == [TransactionStatus.ON_HOLD]
        assert ledger.totals() == LedgerTotals()

    async def test_a_capture_takes_what_was_reserved(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        outcome = await scene.capture(order_id)
        assert isinstance(outcome, Pending | Accepted)
        assert outcome.transactions
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, captured=55_400)
        transaction = (await scene.provider.read_ledger(scene.account, order_id)).transaction(outcome.transactions[0])
        assert transaction is not None
        assert (transaction.kind, transaction.status) == (TransactionKind.CAPTURE, TransactionStatus.SUCCESS)
        assert transaction.amount == 55_400

    async def test_part_of_the_rows_may_be_captured(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        (group,) = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        part = replace(group, items=(replace(group.items[0], quantity=1),))
        assert isinstance(await scene.capture(order_id, shipments=(part,)), Pending | Accepted)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, captured=24_900)

    async def test_the_same_request_is_received_once(self, scene: ProviderScene) -> None:
        order_id, request_id = await scene.paid(), uuid4()
        shipments = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        first = await scene.capture(order_id, request_id=request_id, shipments=shipments)
        assert isinstance(first, Pending | Accepted)
        await scene.settle()
        again = await scene.capture(order_id, request_id=request_id, shipments=shipments)
        assert again == ALREADY_RECEIVED
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, captured=55_400)

    async def test_what_is_captured_cannot_be_captured_again(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        shipments = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        await scene.capture(order_id, shipments=shipments)
        await scene.settle()
        again = await scene.capture(order_id, shipments=shipments)
        assert isinstance(again, Declined)
        assert not again.retryable
        assert again.code == "NO_ITEMS_LEFT_IN_RESERVATION"

    async def test_a_second_operation_waits_for_the_first(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        (group,) = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        part = replace(group, items=(replace(group.items[0], quantity=1),))
        await scene.capture(order_id, shipments=(part,))
        refused = await scene.capture(order_id, shipments=(part,))
        assert isinstance(refused, Declined)
        assert refused.retryable
        await scene.settle()
        assert isinstance(await scene.capture(order_id, shipments=(part,)), Pending | Accepted)
        await scene.settle()

    async def test_nothing_is_captured_while_on_hold(self, scene: ProviderScene) -> None:
        order_id = await scene.created()
        await scene.hold(order_id)
        reservation = (await scene.provider.read_ledger(scene.account, order_id)).transactions[0]
        item = OrderItem("SKU-1", LineType.PRODUCT, 1, 24_900, 19_920)
        outcome = await scene.capture(order_id, shipments=(ItemGroup(reservation.id, (item,)),))
        assert isinstance(outcome, Declined)
        assert await scene.totals(order_id) == LedgerTotals()

    async def test_an_unknown_row_or_too_much_of_one_is_declined(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        (group,) = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        other = replace(group.items[0], price_inc=24_901)
        outcome = await scene.capture(order_id, shipments=(replace(group, items=(other,)),))
        assert isinstance(outcome, Declined)
        assert outcome.code == "INVALID_ITEM"
        more = replace(group.items[0], quantity=3)
        outcome = await scene.capture(order_id, shipments=(replace(group, items=(more,)),))
        assert isinstance(outcome, Declined)
        assert outcome.code == "EXCEEDING_QUANTITY"

    async def test_another_currency_is_declined(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        groups = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        outcome = await scene.provider.capture(
            scene.account, order_id, request_id=uuid4(), currency="NOK", shipments=groups
        )
        assert isinstance(outcome, Declined)
        assert outcome.code == "CURRENCY_MISMATCH"

    async def test_cancelling_releases_what_is_reserved_and_twice_is_fine(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        outcome = await scene.provider.cancel(scene.account, order_id, request_id=uuid4())
        assert isinstance(outcome, Pending | Accepted)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, cancelled=55_400)
        assert await scene.provider.cancel(scene.account, order_id, request_id=uuid4()) == Accepted(())

    async def test_an_unpaid_order_cannot_be_cancelled(self, scene: ProviderScene) -> None:
        outcome = await scene.provider.cancel(scene.account, await scene.created(), request_id=uuid4())
        assert isinstance(outcome, Declined)
        assert not outcome.retryable

    async def test_a_captured_order_has_nothing_left_to_cancel(self, scene: ProviderScene) -> None:
        outcome = await scene.provider.cancel(scene.account, await scene.captured(), request_id=uuid4())
        assert isinstance(outcome, Declined)
        assert outcome.code == "NO_ITEMS_TO_CANCEL"

    async def test_a_refund_gives_back_rows_of_a_capture(self, scene: ProviderScene) -> None:
        order_id = await scene.captured()
        (group,) = (await scene.provider.read_ledger(scene.account, order_id)).returnable()
        part = replace(group, items=(replace(group.items[0], quantity=1),))
        outcome = await scene.provider.refund(
            scene.account, order_id, request_id=uuid4(), currency="SEK", call=PlannedCall((part,))
        )
        assert isinstance(outcome, Pending | Accepted)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, captured=55_400, refunded=24_900)

    async def test_a_refund_needs_a_capture(self, scene: ProviderScene) -> None:
        order_id = await scene.paid()
        (reserved,) = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        outcome = await scene.provider.refund(
            scene.account, order_id, request_id=uuid4(), currency="SEK", call=PlannedCall((reserved,))
        )
        assert isinstance(outcome, Declined)
        assert outcome.code == "INVALID_PAYMENT_TYPE"

    async def test_money_of_an_unknown_order_is_declined(self, scene: ProviderScene) -> None:
        outcome = await scene.provider.cancel(scene.account, 1, request_id=uuid4())
        assert isinstance(outcome, Declined)
        assert outcome.code == "ORDER_NOT_FOUND"

    async def test_a_saved_card_is_charged_without_a_checkout_and_decided_later(self, scene: ProviderScene) -> None:
        order_id = await scene.charged(await scene.save_card())
        assert await scene.totals(order_id) == LedgerTotals()
        with pytest.raises(ProviderOrderMissing):
            await scene.provider.read_checkout(scene.account, order_id)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400)
        assert isinstance(await scene.capture(order_id), Pending | Accepted)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400, captured=55_400)

    async def test_an_invoice_needs_no_card(self, scene: ProviderScene) -> None:
        order_id = await scene.charged(INVOICE)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(authorized=55_400)

    async def test_a_charge_is_found_by_its_reference(self, scene: ProviderScene) -> None:
        draft = scene.renewal(await scene.save_card())
        assert await scene.provider.find_order(scene.account, draft.merchant_reference) is None
        placed = await scene.provider.charge(scene.account, draft, request_id=uuid4())
        found = await scene.provider.find_order(scene.account, draft.merchant_reference)
        assert found == placed.provider_order_id
        assert await scene.provider.find_checkout(scene.account, draft.merchant_reference) is None

    async def test_a_key_that_was_used_charges_nothing_and_does_not_tell_that_it_was_refused(
        self, scene: ProviderScene
    ) -> None:
        draft, request_id = scene.renewal(await scene.save_card()), uuid4()
        placed = await scene.provider.charge(scene.account, draft, request_id=request_id)
        with pytest.raises(ProviderUnavailable) as told:
            await scene.provider.charge(scene.account, draft, request_id=request_id)
        assert told.value.sent
        await scene.settle()
        assert await scene.totals(placed.provider_order_id) == LedgerTotals(authorized=55_400)

    async def test_a_card_that_is_not_known_is_refused_without_telling_it(self, scene: ProviderScene) -> None:
        token = str(uuid4())
        with pytest.raises(ProviderInvalid) as told:
            await scene.charged(token)
        assert token not in str(told.value) + str(told.value.fault)

    async def test_a_removed_card_cannot_be_charged_or_removed_again(self, scene: ProviderScene) -> None:
        token = await scene.save_card()
        await scene.provider.remove_saved_card(scene.account, token)
        with pytest.raises(ProviderInvalid):
            await scene.charged(token)
        with pytest.raises(ProviderInvalid):
            await scene.provider.remove_saved_card(scene.account, token)
