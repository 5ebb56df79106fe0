"""Saved cards on their way from Qliro to Norce's payment (qliro.md 7.7, norce.md e.11).

Qliro tells them by a callback and shows them on its order; whichever is seen first, Norce is told once.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.checkout import ProviderCheckout
from domain.messages import Message, MessageKind
from domain.order import OrderPayment, Recurring
from domain.payment import Payment
from domain.saved_card import SavedCard, recurring_of

Facts = Mapping[str, str | int | bool | None]


def card_owed(payment: Payment, checkout: ProviderCheckout | None, *, at: datetime) -> tuple[Message, ...]:
    """What Norce must be told of the card that Qliro's order shows; nothing when it has been told before."""
    card = checkout.saved_card if checkout else None
    if card is None or not payment.keep_card(card.mark, at=at):
        return ()
    return (Message(MessageKind.SAVE_CARD),)


def card_facts(card: SavedCard) -> dict[str, str | int]:
    """What is stored of a card that was told: the token and when it expires, never its digits."""
    facts = {"token": card.token, "brand": card.brand, "expiryYear": card.year, "expiryMonth": card.expiry_month}
    return {name: value for name, value in facts.items() if value not in (None, "")}


def card_told(facts: Facts) -> SavedCard | None:
    """The card in a stored message; None when it names none."""
    token = facts.get("token")
    if not isinstance(token, str) or not token:
        return None
    return SavedCard(
        token=token,
        brand=str(facts.get("brand") or ""),
        expiry_year=_number(facts.get("expiryYear")),
        expiry_month=_number(facts.get("expiryMonth")),
    )


def recurring_to_write(current: OrderPayment, card: SavedCard | None) -> Recurring | None:
    """What the payment's `recurring` has to become; None when it is that already, or says more than is known now."""
    if card is None:
        return None
    wanted, shown = recurring_of(card), current.recurring
    same_card = shown is not None and shown.token == card.token
    return None if shown == wanted or (same_card and not card.detailed) else wanted


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
