"""Saved cards and renewals over real HTTP: shop, Norce, adapter, Qliro, and real PostgreSQL between them."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from adapters.simulators.qliro.callbacks import CallbackKind, CallbackRule, Treatment
from tests.e2e.shop import Answer, Order, Shop


def card_url(order: Order) -> str:
    """Where Qliro tells the saved card, below the adapter's address."""
    url = urlsplit(str(order.at_qliro.url("MerchantSavedCreditCardPushUrl")))
    return f"{url.path}?{url.query}"


async def subscribed(shop: Shop) -> Order:
    shop.configure(recurring=True)
    order = shop.order()
    assert (await order.create()).status == 200
    return order


def recurring(order: Order) -> Any:
    return order.payment.get("recurring")


async def test_a_subscribers_card_is_on_the_paid_norce_payment(shop: Shop) -> None:
    order = await subscribed(shop)
    products = [item for item in order.at_qliro.items if item.kind == "Product"]
    assert all(item.metadata["Subscription"] == {"Enabled": True} for item in products)
    assert "/save-recurring-details?" in card_url(order)
    await order.bought()
    card = order.at_qliro.saved_card
    assert recurring(order)["token"] == card.id
    assert recurring(order)["attributes"] == {
        "brandName": "VISA",
        "maskedNumber": f"{card.bin}XXXXXX{card.last4}",
        "bin": card.bin,
        "last4Digits": card.last4,
        "expiryYear": 2030,
        "expiryMonth": 12,
    }
    assert card.last4 in recurring(order)["description"]
    (delivery,) = shop.qliro.callbacks.of(order.qliro_id, CallbackKind.SAVED_CARD)
    assert delivery.tries[0].accepted


async def test_no_card_is_asked_for_unless_the_merchant_wants_recurring(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    assert order.at_qliro.url("MerchantSavedCreditCardPushUrl") is None
    assert not any((item.metadata or {}).get("Subscription") for item in order.at_qliro.items)


async def test_a_changed_cart_still_asks_for_the_card(shop: Shop) -> None:
    order = await subscribed(shop)
    assert (await order.change_quantity(3)).status in {200, 202, 204}
    await order.bought()
    assert recurring(order)["token"] == order.at_qliro.saved_card.id


async def test_a_card_whose_callback_never_comes_is_found_on_qliros_order(shop: Shop) -> None:
    order = await subscribed(shop)
    shop.qliro.callbacks.rules.append(CallbackRule(Treatment.DROP, kind=CallbackKind.SAVED_CARD, times=None))
    await order.bought()
    assert recurring(order)["token"] == order.at_qliro.saved_card.id


@pytest.mark.parametrize("spelling", ["qliro", "norce", "shouted"])
async def test_a_card_told_in_any_spelling_is_kept_and_its_token_forgotten(shop: Shop, spelling: str) -> None:
    order = await subscribed(shop)
    shop.qliro.callbacks.rules.append(CallbackRule(Treatment.DROP, kind=CallbackKind.SAVED_CARD, times=None))
    path = card_url(order)
    await order.bought(method="QLIRO_INVOICE")
    token = str(uuid4())
    bodies: dict[str, Any] = {
        "qliro": {"OrderId": order.qliro_id, "Id": token, "CardBrandName": "VISA", "CardExpiryYear": 2031},
        "norce": {"id": token, "brandName": "VISA", "expiryYear": 31},
        "shouted": {"ORDERID": order.qliro_id, "ID": token, "CARDBRANDNAME": "visa", "CARDEXPIRYYEAR": "2031"},
    }
    answers = await asyncio.gather(*(told(shop, path, bodies[spelling]) for _ in range(3)))
    assert [a.status for a in answers] == [200, 200, 200]
    assert answers[0].json["callbackResponse"] == answers[0].json["CallbackResponse"] == "received"
    await order.until(lambda: recurring(order) is not None)
    await order.quiet()
    assert recurring(order) == {
        "token": token,
        "description": "VISA",
        "attributes": {"brandName": "VISA", "expiryYear": 2031},
    }
    assert len(await shop.sql("select 1 from inbox where kind = 'saved-card'")) == 1
    leaks = await shop.sql(
        "select facts::text as told from inbox union all select payload::text from outbox"
        " union all select row_to_json(payment)::text from payment"
    )
    assert not any(token in row["told"] for row in leaks)


async def test_a_forged_or_broken_card_is_refused(shop: Shop) -> None:
    order = await subscribed(shop)
    path = card_url(order)
    forged = path.replace(parse_qs(urlsplit(path).query)["token"][0], "0" * 40)
    assert (await told(shop, forged, {"Id": str(uuid4())})).status == 404
    push = str(order.at_qliro.url("MerchantCheckoutStatusPushUrl"))
    other = path.replace(parse_qs(urlsplit(path).query)["token"][0], parse_qs(urlsplit(push).query)["token"][0])
    assert (await told(shop, other, {"Id": str(uuid4())})).status == 404
    broken = await shop.adapter("POST", path, data=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status, broken.json["code"]) == (400, "order-validation")
    assert not await shop.sql("select 1 from inbox")


async def told(shop: Shop, path: str, body: Any) -> Answer:
    """As Qliro tells it: without any key of ours."""
    return await shop.adapter("POST", path, json=body, headers={})
