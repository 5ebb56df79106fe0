"""What belongs to one merchant is out of another's reach, and one merchant's troubles are its own."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest

from application.ports.inbox import Notice, NoticeKind
from domain.identifiers import PaymentKey
from entrypoints.cli.sandbox import KEY, sandbox
from entrypoints.http.routes import api_routes
from tests.e2e.rivals import INBOUND_KEYS, OWN_KEY, RIVAL_KEY, norce_hangs, two_shops
from tests.e2e.shop import Answer, Order, Shop, eventually

_ENCODER = msgspec.json.Encoder(decimal_format="number")
Shops = tuple[Shop, Shop]
PUSH = {"OrderId": 1, "MerchantReference": "x", "Status": "Completed", "Timestamp": "2026-01-01T00:00:00Z"}
CALLED_BY_NORCE = ("cart-changed", "update-payment", "state-changed")
ADDRESSES = {
    "validate": "MerchantOrderValidationUrl",
    "push": "MerchantCheckoutStatusPushUrl",
    "status": "MerchantOrderManagementStatusPushUrl",
    "notification": "MerchantNotificationUrl",
    "save-recurring-details": "MerchantSavedCreditCardPushUrl",
}
OPERATIONS = ("refresh", "cancel", "capture", "refund")
TABLES = ("payment", "payment_operation", "payment_history", "inbox", "outbox")
GENEROUS = 5.0
"""Seconds. How much faster it is, is measured by tests/measure/tenants.py."""


@pytest.fixture
async def shops(database_url: str, tmp_path: Path, http: aiohttp.ClientSession) -> AsyncIterator[Shops]:
    async with sandbox(data_dir=tmp_path, database_url=database_url, inbound_keys=INBOUND_KEYS) as running:
        yield two_shops(running, http, database_url)


async def bought(shop: Shop) -> Order:
    order = shop.order()
    assert (await order.create()).status == 200
    await order.bought()
    return order


async def everything(shop: Shop) -> dict[str, Any]:
    """All that could have been changed, at Norce, at Qliro and here."""
    writes = [r for r in shop.norce.ledger.requests if r["method"] not in {"GET", "HEAD"} and "/order/api" in r["path"]]
    assert writes, "nothing is recorded"
    rows = {name: await shop.sql(f"select t::text from {name} t order by 1") for name in TABLES}
    return {
        "norce": (len(writes), len(shop.norce.ledger.states), len(shop.norce.ledger.transactions)),
        "qliro": {id_: repr(shop.qliro.ledger(id_)) for id_ in shop.qliro.state.orders},
        **{name: [tuple(row) for row in found] for name, found in rows.items()},
    }


async def everybody_tries(thief: Shop, order: Order, headers: dict[str, str], tenant: Shop) -> dict[str, Answer]:
    """Every endpoint that wants a key, for that order, as `tenant`, with these headers."""
    headers = headers | {"x-merchant": tenant.merchant, "x-channel": tenant.channel}
    query = f"?merchant={tenant.merchant}&channel={tenant.channel}&orderId={order.id}"
    calls: dict[str, tuple[str, str, Any]] = {
        "create": ("POST", order.path, None),
        "get": ("GET", f"{order.path}/{order.payment_id}", None),
        "remove": ("POST", f"{order.path}/{order.payment_id}/remove", None),
        "recurring": ("POST", f"{order.path}/recurring", {"token": "QLIRO_INVOICE"}),
        "customer-update": ("POST", f"{order.callback}/customer-update{query}", None),
        "shipping-option-update": (
            "POST",
            f"{order.callback}/shipping-option-update{query}",
            {"method": "pickup", "price": 1, "priceExVat": 1},
        ),
        **{name: ("POST", f"{order.callback}/{name}", order.doc) for name in CALLED_BY_NORCE},
        "upsell/complete": ("POST", f"{order.callback}/upsell/complete", None),
        **{
            name: ("POST", f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}/{name}", None)
            for name in OPERATIONS
        },
    }
    assert len(calls) + len(ADDRESSES) == len(api_routes())
    answers = {}
    for name, (method, path, body) in calls.items():
        options = {} if body is None else {"data": _ENCODER.encode(body)}
        answers[name] = await thief.adapter(method, path, headers=headers, **options)
    return answers


@pytest.mark.parametrize("key", [KEY, RIVAL_KEY])
async def test_another_merchants_order_is_unknown_on_every_endpoint(shops: Shops, key: str) -> None:
    quiet, rival = shops
    rival.configure(useIntegratedShipping=True)
    order = await bought(quiet)
    before = await everything(quiet)
    answers = await everybody_tries(rival, order, {"Authorization": f"Bearer {key}"}, rival)
    contradictory = dict.fromkeys(CALLED_BY_NORCE, 400)  # their body says whose order it is
    told = {name: answer.status for name, answer in answers.items()}
    assert told == dict.fromkeys(answers, 404) | contradictory, answers
    assert await everything(quiet) == before
    assert (await order.get()).status == 200


async def test_a_key_of_one_merchant_opens_nothing_of_anothers(shops: Shops) -> None:
    quiet, rival = shops
    order = await bought(quiet)
    before = await everything(quiet)
    answers = await everybody_tries(rival, order, {"Authorization": f"Bearer {RIVAL_KEY}"}, quiet)
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 401), answers
    assert await everything(quiet) == before
    own = {"Authorization": f"Bearer {OWN_KEY}", "x-merchant": quiet.merchant, "x-channel": quiet.channel}
    assert (await quiet.adapter("GET", f"{order.path}/{order.payment_id}", headers=own)).status == 200


@pytest.mark.parametrize("paid", [False, True], ids=["unpaid", "paid"])
@pytest.mark.parametrize("hook", CALLED_BY_NORCE)
async def test_a_forged_order_in_a_hook_moves_nothing_of_another_merchant(shops: Shops, hook: str, paid: bool) -> None:
    """Its body names the other's payment and Qliro order as its own; Qliro knows no such order of this merchant's."""
    quiet, rival = shops
    order = await bought(quiet) if paid else quiet.order()
    if not paid:
        assert (await order.create()).status == 200
        await order.quiet()
    before = await everything(quiet)
    forged = order.doc | {"merchant": rival.merchant, "channel": rival.channel}
    forged["cart"] = forged["cart"] | {"items": [i | {"quantity": 7, "total": None} for i in forged["cart"]["items"]]}
    for status in ("checkout", "processing", "accepted", "removed"):
        forged["state"] = forged["state"] | {"currentStatus": status}
        headers = {"Authorization": f"Bearer {RIVAL_KEY}", "x-merchant": rival.merchant, "x-channel": rival.channel}
        answer = await rival.adapter("POST", f"{order.callback}/{hook}", headers=headers, data=_ENCODER.encode(forged))
        assert answer.status in {400, 404} or answer.json == [], answer
    assert await everything(quiet) == before


@pytest.mark.parametrize("purpose", ADDRESSES)
async def test_a_callbacks_token_is_good_for_nothing_of_another_merchant(shops: Shops, purpose: str) -> None:
    quiet, rival = shops
    for shop in shops:
        shop.configure(recurring=True)
    order, theirs = await bought(quiet), await bought(rival)
    own, foreign = (_token(one, purpose) for one in (order, theirs))
    before = await everything(quiet)
    for merchant, token, asked in [
        (rival.merchant, own, order),
        (rival.merchant, foreign, order),
        (quiet.merchant, foreign, order),
        (quiet.merchant, own, theirs),
        (quiet.merchant, "", order),
    ]:
        query = {"merchant": merchant, "channel": quiet.channel, "token": token}
        answer = await quiet.adapter("POST", f"{asked.callback}/{purpose}", headers={}, params=query, json=PUSH)
        assert answer.status == 404, (merchant, answer)
    assert await everything(quiet) == before


def _token(order: Order, purpose: str) -> str:
    """As it was given to Qliro."""
    request = order.at_qliro.request
    url = str(request[ADDRESSES[purpose]])
    return parse_qs(urlsplit(url).query)["token"][0]


async def test_a_hanging_norce_of_one_merchant_leaves_the_others_requests_alone(shops: Shops) -> None:
    quiet, rival = shops
    victims = [rival.order() for _ in range(40)]
    norce_hangs(rival, 8)
    hanging = [asyncio.create_task(victim.create()) for victim in victims]
    await asyncio.sleep(0.1)
    try:
        for _ in range(5):
            began = time.monotonic()
            order = quiet.order()
            assert (await order.create()).status == 200
            assert (await order.change_quantity(2)).status in {200, 202, 204}
            assert (await order.get()).status == 200
            assert time.monotonic() - began < GENEROUS
        assert not any(task.done() for task in hanging)
    finally:
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_backlog_of_one_merchant_does_not_delay_anothers_messages(shops: Shops) -> None:
    quiet, rival = shops
    norce_hangs(rival, 1.5)
    inbox = quiet.sandbox.adapter.store.inbox
    for number in range(500):
        key = PaymentKey(rival.merchant, rival.channel, f"nobody's-{number}", "p")
        await inbox.accept(Notice(key, NoticeKind.CHECKOUT, f"poison-{number}"))
    for _ in range(3):
        order = quiet.order()
        assert (await order.create()).status == 200
        began = time.monotonic()
        await order.buy()
        await order.until(lambda order=order: order.status == "completed", seconds=GENEROUS)  # type: ignore[misc]
        await eventually(lambda: _told(quiet), seconds=GENEROUS)
        assert time.monotonic() - began < 2 * GENEROUS
    left = await quiet.sql("select count(*) as n from inbox where merchant = 'rival' and handled_at is null")
    assert left[0]["n"] == 500


async def _told(shop: Shop) -> bool:
    owed = await shop.sql(
        "select (select count(*) from inbox where merchant = 'sandbox' and handled_at is null)"
        " + (select count(*) from outbox where merchant = 'sandbox' and delivered_at is null) as n"
    )
    return bool(owed[0]["n"] == 0)
