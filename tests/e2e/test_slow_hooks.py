"""Norce stops waiting for a hook after a while: by then the answer is there, and Qliro and Norce agree."""

import json
import time
from datetime import timedelta
from decimal import Decimal

from domain.identifiers import OrderKey
from tests.e2e.shop import Order, Shop


async def hanging(shop: Shop, method: str) -> None:
    """Qliro keeps one request of this method waiting for longer than Norce has patience."""
    rule = {"match": {"method": method, "path": "/merchantapi/Orders/"}, "action": {"kind": "latency", "seconds": 6}}
    async with shop.http.post(f"{shop.qliro.url}/__sim/faults", json=rule | {"times": 1}) as reply:
        assert reply.status < 300, await reply.text()


async def test_a_cart_that_qliro_is_slow_to_take_is_refused_in_time_and_qliro_keeps_norces(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    before = order.total
    await hanging(shop, "PUT")
    started = time.monotonic()
    answer = await order.change_quantity(3)
    assert answer.status == 400, answer
    assert time.monotonic() - started < 4.5
    assert "timeout" not in answer.json["message"]
    await order.quiet()
    assert order.total == before == order.payment["amount"]
    await order.until(lambda: at_qliro(order) == before, seconds=20)
    assert (await order.change_quantity(3)).status < 300
    assert at_qliro(order) == order.total > before


async def test_a_slow_norce_does_not_keep_the_confirmation_page_waiting(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    await order.quiet()
    rule = {
        "match": {"method": "GET", "path": "/api/v0/checkout/orders/"},
        "action": {"kind": "latency", "seconds": 20},
    }
    async with shop.http.post(f"{shop.sandbox.norce.url}/__sim/faults", json=rule) as reply:
        assert reply.status < 300, await reply.text()
    started = time.monotonic()
    assert (await order.get()).status == 200
    assert time.monotonic() - started < 4.5


async def test_a_state_that_qliro_is_slow_to_confirm_is_vetoed_in_time(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await hanging(shop, "GET")
    started = time.monotonic()
    body = dict(order.doc, state={"currentStatus": "processing"})
    answer = await shop.adapter("POST", f"{order.callback}/state-changed", json=_plain(body))
    assert answer.status == 400, answer
    assert time.monotonic() - started < 4.5


async def test_an_order_that_is_closed_while_somebody_works_on_it_is_answered_in_time_and_released(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    key, payments = OrderKey(shop.merchant, shop.channel, order.id), shop.sandbox.adapter.store.payments
    claim = await payments.claim(key, wait=timedelta(0), lease=timedelta(seconds=30))
    started = time.monotonic()
    body = dict(order.doc, state={"currentStatus": "removed"})
    answer = await shop.adapter("POST", f"{order.callback}/state-changed", json=_plain(body))
    assert (answer.status, answer.json) == (200, []), answer
    assert time.monotonic() - started < 4.5
    shop.norce.edit(order.id, state=order.doc["state"] | {"currentStatus": "removed"})
    await payments.release(claim)
    await order.until(lambda: order.money.reserved == 0, seconds=20)
    assert order.money.captured == 0


def at_qliro(order: Order) -> Decimal:
    return Decimal(sum(row.total for row in order.at_qliro.items)) / 100


def _plain(document: object) -> object:
    """Decimals as numbers."""
    return json.loads(json.dumps(document, default=float))
