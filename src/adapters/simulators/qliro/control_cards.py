"""Acts of the control plane on saved cards."""

import uuid
from dataclasses import replace
from typing import Any

from adapters.simulators.qliro.control_api import Endpoint, read
from adapters.simulators.qliro.control_bodies import CardBody
from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.model import KeptCard, SavedCard
from adapters.simulators.qliro.routing import Call
from adapters.simulators.qliro.saved_cards import card_view
from adapters.simulators.qliro.state import SimState


async def list_cards(state: SimState, _: Call) -> Any:
    return {"cards": [card_view(state, token) for token in state.cards]}


async def add_card(state: SimState, call: Call) -> Any:
    body = read(call, CardBody)
    key = body.merchant_api_key or state.config.merchants[0].key
    if key not in {merchant.key for merchant in state.config.merchants}:
        raise ApiError("NOT_FOUND", f"No merchant has the key {key}", status=404)
    card = SavedCard(str(uuid.uuid4()), body.bin, body.last4, body.brand, body.year, body.month)
    state.cards[card.id] = KeptCard(key, card, state.clock.now())
    return card_view(state, card.id)


async def expire_card(state: SimState, call: Call) -> Any:
    kept = _named(state, call)
    before = replace(kept.card, year=state.clock.now().year - 1)
    state.cards[before.id] = replace(kept, card=before)
    return card_view(state, before.id)


async def forget_card(state: SimState, call: Call) -> Any:
    del state.cards[_named(state, call).card.id]
    return {}


def _named(state: SimState, call: Call) -> KeptCard:
    kept = state.cards.get(call.params[0].lower())
    if kept is None:
        raise ApiError("NOT_FOUND", "No such card", status=404)
    return kept


CARD_ENDPOINTS = (
    Endpoint("GET", "/cards", "Saved cards", list_cards, tag="cards"),
    Endpoint("POST", "/cards", "Save a card without a purchase", add_card, CardBody, tag="cards"),
    Endpoint("POST", "/cards/{token}/expire", "Make the card too old", expire_card, tag="cards"),
    Endpoint("DELETE", "/cards/{token}", "Forget the card", forget_card, tag="cards"),
)
