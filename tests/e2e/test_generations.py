"""Both generations of Norce's platform, served by one deployment at the same time."""

import asyncio

import pytest

from adapters.simulators.norce.seed import MERCHANTS
from tests.e2e.shop import Order, Shop

OLDER, NEWER = "sandbox-2024", "sandbox"


def at(shop: Shop, merchant: str) -> Shop:
    return Shop(shop.sandbox, shop.http, shop.database_url, merchant=merchant, channel=shop.channel)


def calls(order: Order) -> set[tuple[str, str]]:
    return {(hook["subscribeTo"] if "subscribeTo" in hook else hook["scope"], hook["invoke"].rsplit("/", 1)[-1])
            for hook in order.doc["hooks"]}  # fmt: skip


async def journey(shop: Shop) -> dict[str, object]:
    """Two carts, a purchase, a capture and a refund: everything that can be compared at the end."""
    order = shop.order()
    assert (await order.create()).status == 200
    for quantity in (3, 2):
        assert (await order.change_quantity(quantity)).status < 300
        assert order.payment["amount"] == order.total
        assert sum(i.total for i in order.at_qliro.items) == int(order.total * 100)
    await order.bought()
    reserved = order.payment["amount"]
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    captured = order.payment["state"]
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    return {
        "order": order.status,
        "states": (captured, order.payment["state"]),
        "amounts": (reserved, order.payment["amount"], order.total),
        "money": order.money,
        "events": order.events,
        "customer": order.doc["customer"]["billing"]["city"],
        "hooks": [part for part, _ in sorted(calls(order))],
    }


async def test_side_by_side_they_come_to_the_same(shop: Shop) -> None:
    older, newer = await asyncio.gather(*(journey(at(shop, merchant)) for merchant in (OLDER, NEWER)))
    assert older == newer
    assert older["states"] == ("captured", "refunded")


@pytest.mark.parametrize(("merchant", "call"), [(OLDER, "cart-changed"), (NEWER, "update-payment")])
async def test_a_new_payment_registers_the_call_that_its_platform_knows(shop: Shop, merchant: str, call: str) -> None:
    order = at(shop, merchant).order()
    await order.create()
    assert calls(order) == {("/cart", call), ("/shippings", call), ("/payments", call), ("/state", "state-changed")}
    assert (await order.remove()).status == 200
    assert order.doc["hooks"] == []


@pytest.mark.parametrize(("before", "after"), [("2024-03", "2026-01"), ("2026-01", "2024-03")])
async def test_a_merchant_moved_to_another_platform_keeps_its_orders(shop: Shop, before: str, after: str) -> None:
    shop.norce.set_generation(shop.merchant, before)
    order = shop.order()
    await order.create()
    registered = calls(order)
    shop.norce.set_generation(shop.merchant, after)
    assert (await order.create()).status == 200
    assert (await order.get()).status == 200
    assert calls(order) == registered
    assert len(order.doc["hooks"]) == 4
    assert (await order.change_quantity(3)).status < 300
    assert order.payment["amount"] == order.total
    await order.bought()
    assert order.money.authorized == int(order.total * 100)


@pytest.mark.parametrize("merchant", MERCHANTS)
@pytest.mark.parametrize("call", ["cart-changed", "update-payment"])
async def test_both_calls_are_answered_alike_on_either_platform(shop: Shop, merchant: str, call: str) -> None:
    order = at(shop, merchant).order()
    await order.create()
    hooks = [h | {"invoke": h["invoke"].replace("cart-changed", call).replace("update-payment", call)}
             for h in order.doc["hooks"]]  # fmt: skip
    shop.norce.edit(order.id, hooks=hooks)
    assert (await order.change_quantity(3)).status < 300
    assert order.payment["amount"] == order.total
    assert sum(i.total for i in order.at_qliro.items) == int(order.total * 100)


@pytest.mark.parametrize("act", ["expire", "purge"])
async def test_a_create_on_a_dead_qliro_order_gives_a_living_one(shop: Shop, act: str) -> None:
    order = shop.order()
    await order.create()
    dead, reference = order.payment_id, order.at_qliro.reference
    async with shop.http.post(f"{shop.qliro.url}/__sim/orders/{order.qliro_id}/{act}", json={}) as reply:
        assert reply.status == 200
    assert (await order.create()).status == 200
    assert order.payment_id != dead
    assert order.at_qliro.reference != reference
    again = order.payment_id
    assert (await order.create()).status == 200
    assert order.payment_id == again
    assert [p["state"] for p in order.own_payments] == ["removed", "intent"]
    assert len(order.doc["hooks"]) == 4
    await order.bought()


async def test_a_validation_of_norces_that_says_no_is_named_to_whoever_looks(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    url = str(order.at_qliro.request["MerchantOrderValidationUrl"]).removeprefix(shop.sandbox.adapter.url)
    rows = [(i.reference, i.kind.value, i.quantity, i.inc / 100) for i in order.at_qliro.items]
    names = ("MerchantReference", "Type", "Quantity", "PricePerItemIncVat")
    body = {
        "OrderId": order.qliro_id,
        "Currency": "SEK",
        "OrderItems": [dict(zip(names, r, strict=True)) for r in rows],
    }
    validation = {"adapterId": "stock", "url": f"{shop.sandbox.norce.url}/nothing-here"}
    await shop.gateway("POST", f"/checkout/order/api/v0/checkout/orders/{order.id}/validations", json=validation)
    answer = await shop.adapter("POST", url, headers={}, json=body)
    assert answer.status == 400
    assert answer.json["code"] == "order-unknown-validation-error"
    assert "validation-failed" in answer.json["message"]
    assert answer.json["declineReasonMessage"]
