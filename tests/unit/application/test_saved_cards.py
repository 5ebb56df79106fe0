"""A saved card reaches Norce's payment, by whichever way it becomes known, once."""

from datetime import timedelta

from application.ports.inbox import Notice, NoticeKind
from application.saved_cards import card_facts
from domain.checkout import CheckoutStatus
from domain.errors import ProviderUnavailable
from domain.lifecycle import PaymentStatus
from domain.order import OrderStatus, PaymentState
from domain.saved_card import SavedCard
from tests.unit.application.world import World

CARD = SavedCard(
    token="3d2092a6-7baf-49e3-bd34-d0d0d85744b5",
    brand="VISA",
    masked_number="346596XXXXXX1234",
    bin="346596",
    last4_digits="1234",
    expiry_year=28,
    expiry_month=2,
)
ATTRIBUTES = {
    "brandName": "VISA",
    "maskedNumber": "346596XXXXXX1234",
    "bin": "346596",
    "last4Digits": "1234",
    "expiryYear": 2028,
    "expiryMonth": 2,
}


async def subscribed() -> World:
    world = World()
    world.configure(recurring=True)
    await world.start()
    return world


def card_notice(world: World, card: SavedCard = CARD, key: str = "card-1") -> Notice:
    return Notice(world.payment_key, NoticeKind.SAVED_CARD, key, card_facts(card))


async def told(world: World, card: SavedCard = CARD, key: str = "card-1") -> None:
    await world.do(world.app.receive(card_notice(world, card, key)))
    await world.background()


def writes_of_cards(world: World) -> int:
    return sum(getattr(w.detail, "recurring", None) is not None for w in world.platform.written("replace_payment"))


async def bought(world: World, card: SavedCard | None) -> None:
    world.provider.buy(world.qliro_id, saved_card=card)
    await world.push()


async def test_a_merchant_with_recurring_asks_for_a_token() -> None:
    world = await subscribed()
    assert world.at_qliro.draft.basket.subscription
    assert str(world.at_qliro.draft.callbacks.saved_card).endswith("/save-recurring-details")


async def test_a_merchant_without_asks_for_none_and_is_asked_nothing_more() -> None:
    world = World()
    await world.start()
    assert not world.at_qliro.draft.basket.subscription
    assert world.at_qliro.draft.callbacks.saved_card is None
    await bought(world, None)
    asked = world.provider.faults.calls["read_checkout"]
    await world.refresh()
    assert world.provider.faults.calls["read_checkout"] == asked


async def test_the_card_of_a_purchase_becomes_the_payments_recurring_without_any_callback() -> None:
    world = await subscribed()
    await bought(world, CARD)
    assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED)
    recurring = world.shown.recurring
    assert recurring is not None
    assert (recurring.token, recurring.description) == (CARD.token, "VISA 346596XXXXXX1234 02/2028")
    assert recurring.attributes == ATTRIBUTES


async def test_it_is_written_once_however_often_it_is_seen() -> None:
    world = await subscribed()
    await bought(world, CARD)
    await told(world)
    await told(world, key="card-2")
    await world.refresh()
    await world.read()
    assert writes_of_cards(world) == 1
    assert world.nothing_owed()


async def test_a_callback_before_the_purchase_is_known_waits_for_it() -> None:
    world = await subscribed()
    await told(world)
    assert world.shown.recurring is None
    world.provider.buy(world.qliro_id, saved_card=CARD)
    await world.later(timedelta(minutes=2))
    assert world.shown.recurring is not None
    assert world.nothing_owed()


async def test_a_callback_about_a_payment_that_is_not_stored_yet_waits_for_it() -> None:
    world = World()
    world.configure(recurring=True)
    early = Notice(world.key.payment("p000001"), NoticeKind.SAVED_CARD, "early", card_facts(CARD))
    await world.do(world.app.receive(early))
    await world.background()
    await world.start()
    assert world.payment_key == early.key
    world.provider.buy(world.qliro_id)
    await world.later(timedelta(minutes=2))
    assert world.shown.recurring is not None
    assert world.shown.recurring.token == CARD.token


async def test_what_qliros_order_does_not_show_is_taken_from_the_callback_without_digits() -> None:
    world = await subscribed()
    await bought(world, None)
    await told(world)
    recurring = world.shown.recurring
    assert recurring is not None
    assert (recurring.token, recurring.description) == (CARD.token, "VISA 02/2028")
    assert recurring.attributes == {"brandName": "VISA", "expiryYear": 2028, "expiryMonth": 2}


async def test_a_card_that_appears_late_on_qliros_order_is_found_by_looking_and_by_refreshing() -> None:
    for look in ("read", "refresh"):
        world = await subscribed()
        await bought(world, None)
        assert world.shown.recurring is None
        world.at_qliro.saved_card = CARD
        await (world.read() if look == "read" else world.refresh())
        await world.background()
        assert world.shown.recurring is not None, look


async def test_looking_works_although_qliro_does_not_show_the_checkout_any_more() -> None:
    world = await subscribed()
    await bought(world, None)
    world.provider.faults.add(ProviderUnavailable("Qliro answered 500."), "read_checkout", times=9)
    assert (await world.refresh()).status is PaymentStatus.AUTHORIZED


async def test_a_withdrawn_payment_gets_no_card() -> None:
    world = await subscribed()
    key = card_notice(world)
    await world.remove()
    await world.do(world.app.receive(key))
    await world.background()
    assert writes_of_cards(world) == 0
    assert world.nothing_owed()


async def test_the_next_look_of_another_database_writes_nothing_that_norce_shows_already() -> None:
    world = await subscribed()
    await bought(world, CARD)
    world.store.stored.clear()
    world.app = world.fresh()
    await world.read()
    await world.background()
    assert writes_of_cards(world) == 1


async def test_an_order_on_hold_keeps_its_card_too() -> None:
    world = await subscribed()
    world.provider.buy(world.qliro_id, on_hold=True, saved_card=CARD)
    await world.push("OnHold")
    assert world.at_qliro.status is CheckoutStatus.ON_HOLD
    assert world.shown.recurring is not None


async def test_a_card_and_what_is_made_of_it_never_show_token_or_digits() -> None:
    world = await subscribed()
    await bought(world, CARD)
    for text in (repr(CARD), repr(world.order), repr(world.stored), repr(world.at_qliro.checkout())):
        assert CARD.token not in text
        assert CARD.masked_number not in text
    assert "1234" not in str(card_facts(CARD))


async def test_a_card_of_another_qliro_order_is_not_this_payments() -> None:
    world = await subscribed()
    await bought(world, None)
    notice = card_notice(world)
    facts = {**notice.facts, "providerOrderId": world.qliro_id + 1}
    await world.do(world.app.receive(Notice(notice.key, notice.kind, "card-1", facts)))
    await world.background()
    assert world.shown.recurring is None
    assert any("another Qliro order" in said for said in world.notebook.said("disagreement"))
