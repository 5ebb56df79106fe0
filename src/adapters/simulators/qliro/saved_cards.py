"""Cards that Qliro keeps for merchants: who may charge which, and since when no more (sections 5.4 and 7.7)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.config import SimMerchant
from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.merchant_api import BASE, authenticate, read_body
from adapters.simulators.qliro.model import Order, SavedCard
from adapters.simulators.qliro.orders import check_market
from adapters.simulators.qliro.pushes import push_saved_card
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.snippet import order_snippet
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import REFERENCE, Fields, Problems


@dataclass(frozen=True, slots=True)
class CardState:
    """What a charge meets: no such card, one past its date, or one that works."""

    known: bool
    expired: bool = False


def card_state(state: SimState, merchant: SimMerchant, token: str) -> CardState:
    """Only the merchant that the card was saved for can charge it."""
    kept = state.cards.get(token)
    if kept is None or kept.merchant_key != merchant.key:
        return CardState(known=False)
    return CardState(known=True, expired=expired(kept.card, state.clock.now()))


def expired(card: SavedCard, now: datetime) -> bool:
    """A card is good to the end of its last month."""
    return (card.year, card.month) < (now.year, now.month)


def card_view(state: SimState, token: str) -> dict[str, Any]:
    """A card for the control plane."""
    kept = state.cards[token]
    card = kept.card
    return {
        "id": card.id,
        "merchantApiKey": kept.merchant_key,
        "brand": card.brand,
        "last4": card.last4,
        "year": card.year,
        "month": card.month,
        "expired": expired(card, state.clock.now()),
        "savedAt": stamp(kept.saved),
    }


async def remove_card(state: SimState, call: Call) -> web.StreamResponse:
    """DELETE /RemoveMerchantSavedCreditCard."""
    authenticate(state, call)
    merchant = read_body(call)
    problems = Problems()
    fields = Fields(call.body, problems)
    name = "MerchantSavedCreditCardId"
    token = fields.guid(name)
    if token is None and not problems.found:
        fields.bad(name, f"The {name} field is required.")
    problems.raise_if_any()
    if not card_state(state, merchant, token or "").known:
        raise ApiError("INVALID_INPUT", f"Property: {name}, Message: The saved credit card does not exist.")
    del state.cards[token or ""]
    return web.Response(status=200)


async def create_card(state: SimState, call: Call) -> web.StreamResponse:
    """POST /CreateMerchantSavedCreditCard: the customer types a card, and it is told by a push."""
    authenticate(state, call)
    merchant = read_body(call)
    problems = Problems()
    fields = Fields(call.body, problems)
    reference = fields.text("MerchantReference", required=True, pattern=REFERENCE)
    currency, country = fields.text("Currency", required=True), fields.text("Country", required=True)
    language = fields.text("Language", required=True)
    hosts = state.config.plain_http_hosts if state.config.require_https else None
    fields.url("MerchantSavedCreditCardPushUrl", required=True, http_hosts=hosts)
    fields.url("MerchantConfirmationUrl", http_hosts=hosts)
    _check_customer(fields)
    problems.raise_if_any()
    check_market(merchant, currency or "", country or "", language or "")
    order = Order(
        state.next_order_id(), merchant.key, reference or "", currency or "", country or "", language or "",
        state.clock.now(), [], dict(call.body),
    )  # fmt: skip
    order.merchant_made = True
    state.orders[order.id] = order
    call.order_id = order.id
    state.spawn(_typed(state, order))
    return json_answer({"OrderId": order.id, "OrderForRegistrationTokenHtmlSnippet": order_snippet(state, order)})


def _check_customer(fields: Fields) -> None:
    customer = fields.sub("Customer")
    if customer is None:
        fields.bad("Customer", "The Customer field is required.")
        return
    for name, most in (("Email", 255), ("JuridicalType", 20), ("MobileNumber", 50)):
        customer.text(name, required=True, most=most)


async def _typed(state: SimState, order: Order) -> None:
    """The customer is quick: after the delay of a transaction the card is there."""
    await state.clock.sleep(max(state.config.transaction_delay, 0.003))
    order.saved_card = SavedCard(str(uuid.uuid4()))
    state.keep_card(order)
    push_saved_card(state, order)


ROUTES: tuple[Route, ...] = (
    route("DELETE", f"{BASE}/RemoveMerchantSavedCreditCard", remove_card),
    route("POST", f"{BASE}/CreateMerchantSavedCreditCard", create_card),
)
