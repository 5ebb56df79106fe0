"""Whole journeys over real HTTP: shop, Norce, adapter, Qliro, and real PostgreSQL between them."""

import asyncio
from decimal import Decimal

import pytest

from adapters.simulators.qliro.buying import Result, choose_shipping
from adapters.simulators.qliro.config import CaptureOfDebit
from adapters.simulators.qliro.model import ActionType, ShippingChoice
from tests.e2e.shop import Order, Shop


async def test_a_consumer_buys_a_discounted_cart_and_norce_shows_it_paid_to_the_cent(shop: Shop) -> None:
    order = shop.order("b2c")
    created = await order.create()
    assert created.status == 200, created
    assert "<script" in created.json["htmlSnippet"]
    assert order.payment["state"] == "intent"
    assert order.at_qliro.items
    await order.bought()
    assert order.status == "completed"
    assert order.payment["state"] == "reserved"
    assert order.payment["amount"] == order.total == Decimal(order.money.authorized) / 100
    assert order.doc["customer"]["billing"]["email"]
    assert {a["type"] for a in order.payment["actions"]} == {"capture", "cancel"}
    assert ("open", True) in order.events
    assert ("confirm", True) in order.events
    assert [t["status"] for t in order.doc["state"]["transitions"]][-2:] == ["accepted", "completed"]


@pytest.mark.parametrize(
    ("example", "channel"),
    [("b2b", "se-b2b"), ("norway", "no"), ("denmark", "dk"), ("finland", "fi"), ("voucher", "se"),
     ("gift_item", "se"), ("indivisible", "se"), ("odd_references", "se"), ("many_lines", "se")],
)  # fmt: skip
async def test_every_kind_of_order_is_bought_and_captured_to_the_cent(shop: Shop, example: str, channel: str) -> None:
    shop.channel = channel
    order = shop.order(example)
    assert (await order.create()).status == 200
    person = "company:approved" if channel == "se-b2b" else "approved"
    await order.bought(person=person)
    covered = order.total - sum(p["amount"] for p in order.doc["payments"] if p["type"] == "voucher")
    assert order.payment["amount"] == covered == Decimal(order.money.authorized) / 100
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.money.captured == order.money.authorized
    assert order.payment["state"] == "captured"


async def test_a_cart_changed_while_the_checkout_is_open_is_held_by_qliro_before_the_answer(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    before = order.payment["amount"]
    assert (await order.change_quantity(3)).status in {200, 202, 204}
    assert order.payment["amount"] == order.total != before
    assert sum(i.total for i in order.at_qliro.items) == int(order.total * 100)
    await order.bought()
    assert order.money.authorized == int(order.total * 100)


async def test_an_order_whose_hooks_carry_the_newer_name_goes_on(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    hooks = [h | {"invoke": h["invoke"].replace("cart-changed", "update-payment")} for h in order.doc["hooks"]]
    shop.norce.edit(order.id, hooks=hooks)
    assert (await order.change_quantity(3)).status < 300
    assert order.payment["amount"] == order.total
    assert sum(i.total for i in order.at_qliro.items) == int(order.total * 100)


async def test_masked_customer_data_become_known_with_the_purchase(shop: Shop) -> None:
    order = shop.order("no_customer")
    await order.create()
    await shop.qliro.buy(order.qliro_id, masked=True, three_d_secure="wait")
    assert (await order.event("customer-update")).status == 200
    await order.challenged(approve=True)
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    billing = order.doc["customer"]["billing"]
    assert billing["givenName"]
    assert billing["streetAddress"]


async def test_a_purchase_of_a_cart_that_differs_from_norces_is_declined_and_mended(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    item = order.doc["cart"]["items"][0]
    shop.norce.edit(order.id, cart=order.doc["cart"] | {"items": [item | {"quantity": 7, "total": None}]})
    outcome = await order.buy()
    assert outcome.result is Result.DECLINED
    await order.quiet()
    assert order.status == "checkout"
    assert order.money.authorized == 0


async def test_an_order_that_norce_does_not_validate_is_declined_in_the_customers_language(shop: Shop) -> None:
    order = shop.order("consent_missing")
    await order.create()
    outcome = await order.buy()
    assert outcome.result is Result.DECLINED
    assert order.status == "checkout"


async def test_after_a_failed_3d_secure_the_cart_can_be_changed_and_bought(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    outcome = await order.buy(three_d_secure="fail")
    assert outcome.result is Result.DECLINED
    await order.until(lambda: order.status == "processing")
    assert (await order.change_quantity(2)).status in {200, 202, 204}
    await order.until(lambda: order.status == "checkout")
    assert order.payment["amount"] == order.total
    await order.bought()
    assert order.money.authorized == int(order.total * 100)


async def test_an_order_on_hold_is_pending_until_the_bank_says_yes(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.buy(person="on_hold", method="QLIRO_INVOICE")
    await order.until(lambda: order.payment["state"] == "pending")
    await order.quiet()
    assert order.status == "accepted"
    assert (await order.operate("capture")).status == 409
    shop.qliro.resolve_hold(order.qliro_id, approve=True)
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    assert order.payment["state"] == "reserved"
    assert (await order.operate("capture")).status == 200


async def test_an_order_on_hold_is_declined_when_the_bank_says_no(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.buy(person="on_hold", method="QLIRO_INVOICE")
    await order.until(lambda: order.payment["state"] == "pending")
    shop.qliro.resolve_hold(order.qliro_id, approve=False)
    await order.until(lambda: order.payment["state"] == "declined")
    await order.quiet()
    assert order.status == "declined"
    assert order.payment["actions"] == []


async def test_the_confirmation_page_makes_up_for_a_push_that_never_comes(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    shop.drop_pushes()
    await order.buy()
    assert order.payment["state"] != "reserved"
    shown = await order.get()
    assert shown.status == 200
    assert order.status == "completed"
    assert order.payment["state"] == "reserved"


async def test_pushes_in_parallel_with_the_confirmation_page_complete_the_order_once(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    shop.duplicate_pushes(4)
    await order.buy()
    answers = await asyncio.gather(*(order.get() for _ in range(4)))
    assert {a.status for a in answers} == {200}
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    assert [e for e, _ in order.events].count("confirm") == 1
    assert [t["status"] for t in order.doc["state"]["transitions"]].count("accepted") == 1


async def test_an_expired_session_is_removed_and_begun_anew(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    first, hooks = order.payment_id, len(order.doc["hooks"])
    assert (await order.remove()).status == 200
    assert (await order.remove()).status == 200
    assert order.payment["state"] == "removed"
    assert len(order.doc["hooks"]) == hooks - 4
    assert (await order.get()).status == 404
    assert (await order.create()).status == 200
    assert order.payment_id != first
    assert len({o.reference for o in order.qliro_orders}) == 2
    await order.bought()


async def test_everything_is_cancelled_and_repeating_it_changes_nothing(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    assert (await order.operate("cancel")).status == 200
    assert (await order.operate("cancel")).status == 200
    await order.quiet()
    assert order.payment["state"] == "cancelled"
    assert order.payment["actions"] == []
    assert order.money.reversed == order.money.authorized


async def test_everything_is_captured_and_refunded_once_however_often_it_is_asked_for(shop: Shop) -> None:
    order = shop.order("b2c")
    await order.create()
    await order.bought()
    for kind in ("capture", "capture", "refund", "refund"):
        answer = await order.operate(kind)
        assert answer.status == 200, answer
        assert answer.json == {"paymentId": order.payment_id, "htmlSnippet": ""}
    await order.quiet()
    assert order.payment["state"] == "refunded"
    assert order.money.captured == order.money.authorized == order.money.refunded
    assert [e for e, _ in order.events].count("capture") == 1
    assert [e for e, _ in order.events].count("refund") == 1


async def test_refresh_tells_norce_what_was_done_in_qliros_portal(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    shop.drop_pushes()
    await shop.portal(order, "capture")
    assert order.payment["state"] == "reserved"
    assert (await order.operate("refresh")).status == 200
    assert order.payment["state"] == "captured"
    assert {a["type"] for a in order.payment["actions"]} == {"refund"}


async def test_norces_own_payment_actions_capture_and_refund(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    for kind in ("capture", "refund"):
        action = next(a["id"] for a in order.payment["actions"] if a["type"] == kind)
        path = f"/checkout/order/api/v0/checkout/orders/{order.id}/payments/{order.payment_id}/actions/{action}/execute"
        assert (await shop.gateway("POST", path)).status == 200
        await order.quiet()
    assert order.payment["state"] == "refunded"


async def test_three_creates_at_once_make_one_payment_and_one_qliro_order(shop: Shop) -> None:
    order = shop.order()
    answers = await asyncio.gather(*(order.create() for _ in range(3)))
    assert {a.status for a in answers} == {200}
    assert len({a.json["paymentId"] for a in answers}) == 1
    assert len(order.own_payments) == 1
    assert len(order.qliro_orders) == 1
    assert len([h for h in order.doc["hooks"] if h["adapterId"] == "qliro_checkout_adapter"]) == 4


async def test_a_push_that_overtakes_the_answer_of_create_is_not_lost(shop: Shop) -> None:
    order: Order = shop.order()
    shop.qliro.state.config.push_on_create = True
    assert (await order.create()).status == 200
    await order.quiet()
    assert order.payment["state"] == "intent"
    await order.bought()


async def test_a_delivery_chosen_in_qliro_is_norces_delivery_at_qliros_price(shop: Shop) -> None:
    shop.channel = "se-shipping"
    order = shop.order("delivery_at_qliro")
    await order.create()
    goods = order.total
    choice = ShippingChoice("pickup", "kiosk")
    choose_shipping(shop.qliro.state, order.at_qliro, choice)
    told = {"method": "pickup", "secondaryOption": "kiosk", "additionalShippingServices": [],
            "price": "1", "totalShippingPrice": 1, "totalShippingPriceExVat": 1}  # fmt: skip
    assert (await order.event("shipping-option-update", told | {"price": 49})).status == 200
    await order.quiet()
    shipping = next(s for s in order.doc["shippings"] if s["adapterId"] == "qliro_checkout_adapter")
    assert shipping["total"] == {"includingVat": 49, "excludingVat": Decimal("39.2")}
    assert shipping["vatRate"] == Decimal("0.25")
    assert shipping["deliveryDetails"]["pickupLocation"]["reference"] == "kiosk"
    assert order.payment["amount"] == order.total == goods + 49
    await order.bought(shipping=choice)
    assert order.money.authorized == int((goods + 49) * 100)
    assert next(s["state"] for s in order.doc["shippings"]) == "confirmed"
    assert (await order.operate("capture")).status == 200
    assert order.money.captured == order.money.authorized


@pytest.mark.parametrize("method", ["SWISH", "TRUSTLY"])
@pytest.mark.parametrize("shipping", CaptureOfDebit)
async def test_money_that_is_taken_at_once_is_captured_without_asking_and_can_be_refunded(
    shop: Shop, method: str, shipping: CaptureOfDebit
) -> None:
    shop.qliro.state.config.capture_of_debit = shipping
    order = shop.order("b2c")
    await order.create()
    await order.bought(method=method)
    assert order.payment["state"] == "captured"
    assert {a["type"] for a in order.payment["actions"]} == {"refund"}
    assert (await order.operate("capture")).status == 200
    shipped = [action for action in order.at_qliro.actions if action.kind is ActionType.SHIP]
    assert bool(shipped) == (shipping is CaptureOfDebit.CAPTURE)
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.payment["state"] == "refunded"
    assert order.money.refunded == order.money.captured == int(order.total * 100)


async def test_platforms_without_adapter_ids_get_the_same_order(shop: Shop) -> None:
    shop.norce.set_modes(adapter_id_supported=False)
    order = shop.order("b2c")
    assert (await order.create()).status == 200
    assert (await order.change_quantity(4)).status in {200, 202, 204}
    assert order.payment["amount"] == order.total
    await order.bought()
    assert order.payment["state"] == "reserved"
    assert order.payment["amount"] == order.total == Decimal(order.money.authorized) / 100


async def test_removing_the_order_releases_what_is_reserved(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    shop.norce.edit(order.id, state=order.doc["state"] | {"currentStatus": "accepted"})
    path = f"/checkout/order/api/v0/checkout/orders/{order.id}/state"
    answer = await shop.gateway("PUT", path, json={"currentStatus": "removed"})
    assert answer.status == 200, answer
    await order.quiet()
    assert order.money.reversed == order.money.authorized
    assert order.payment["state"] == "cancelled"
