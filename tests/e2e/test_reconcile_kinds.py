"""For every kind of discrepancy: it is made to happen, found, mended where it may be, and not found again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.discrepancy import DiscrepancyKind as Kind
from tests.e2e.reconciling import Reconciling, force, paid, reconciling, show, silence
from tests.e2e.shop import Order, Shop

LONG_AGO = datetime.now(UTC) - timedelta(hours=3)
Drift = Callable[[Shop], Awaitable[Order]]


@pytest.fixture
async def job(shop: Shop) -> AsyncIterator[Reconciling]:
    async with reconciling(shop) as running:
        yield running


async def created(shop: Shop) -> Order:
    order = shop.order("b2c_simple")
    await order.create()
    await order.quiet()
    return order


async def paid_but_order_open(shop: Shop) -> Order:
    order = await created(shop)
    silence(shop)
    await order.buy()
    return order


async def paid_and_shown_but_order_open(shop: Shop) -> Order:
    order = await paid(shop)
    force(order, "processing")
    return order


async def completed_but_not_reserved(shop: Shop) -> Order:
    order = await paid(shop)
    show(order, state="intent")
    return order


async def completed_and_nobody_paid(shop: Shop) -> Order:
    order = await created(shop)
    force(order, "completed")
    return order


async def portal(shop: Shop, *acts: str) -> Order:
    order = await paid(shop)
    silence(shop)
    for act in acts:
        await shop.portal(order, act)
    return order


async def captured_not_in_norce(shop: Shop) -> Order:
    return await portal(shop, "capture")


async def refunded_not_in_norce(shop: Shop) -> Order:
    return await portal(shop, "capture", "refund")


async def cancelled_not_in_norce(shop: Shop) -> Order:
    return await portal(shop, "cancel")


async def shown(shop: Shop, **members: object) -> Order:
    order = await paid(shop)
    show(order, **members)
    return order


async def captured_not_at_qliro(shop: Shop) -> Order:
    return await shown(shop, state="captured")


async def refunded_not_at_qliro(shop: Shop) -> Order:
    return await shown(shop, state="refunded")


async def cancelled_not_at_qliro(shop: Shop) -> Order:
    return await shown(shop, state="cancelled")


async def amount_differs(shop: Shop) -> Order:
    return await shown(shop, amount=Decimal("12.34"))


async def bought_another_cart(shop: Shop) -> Order:
    order = await paid(shop)
    order.doc["total"] = {"includingVat": order.total + 1, "excludingVat": order.total}
    return order


async def currency_differs(shop: Shop) -> Order:
    order = await paid(shop)
    order.at_qliro.currency = "EUR"
    return order


async def reference_differs(shop: Shop) -> Order:
    return await shown(shop, reference="")


async def renamed_at_qliro(shop: Shop) -> Order:
    order = await paid(shop)
    order.at_qliro.reference = "another-name"
    return order


async def actions_outdated(shop: Shop) -> Order:
    return await shown(shop, actions=[])


async def refused_and_not_told(shop: Shop) -> Order:
    order = await created(shop)
    silence(shop)
    await order.buy(person="on_hold")
    shop.qliro.resolve_hold(order.qliro_id, approve=False)
    await shop.qliro.settled()
    return order


async def missing_at_qliro(shop: Shop) -> Order:
    order = await paid(shop)
    del shop.qliro.state.orders[order.qliro_id]
    return order


async def gone_from_the_order(shop: Shop) -> Order:
    order = await paid(shop)
    order.doc["payments"] = []
    return order


async def unpaid_and_order_gone(shop: Shop) -> Order:
    order = await created(shop)
    shop.norce.orders.pop(next(key for key, each in shop.norce.orders.items() if each.id == order.id))
    return order


async def missing_with_us(shop: Shop) -> Order:
    order = await paid(shop)
    for table in ("outbox", "inbox", "payment_history", "payment_operation", "payment", "checkout_order"):
        await shop.sql(f"delete from {table}")
    return order


async def known_to_qliro_by_its_reference_only(shop: Shop) -> Order:
    order = await missing_with_us(shop)
    show(order, reference="")
    return order


async def norce_names_another_qliro_order(shop: Shop) -> Order:
    order = await paid(shop)
    other = await paid(shop)
    show(order, reference=str(other.qliro_id))
    return order


async def our_books_differ(shop: Shop) -> Order:
    order = await portal(shop, "capture")
    show(order, state="captured")
    actions = [one for one in order.payment["actions"] if one["type"] == "cancel"]
    url = actions[0]["url"].removesuffix("cancel")
    show(order, actions=[{**actions[0], "type": "refund", "url": f"{url}refund"}])
    return order


async def message_undelivered(shop: Shop) -> Order:
    order = await paid(shop)
    await shop.sql(
        "update outbox set delivered_at = null, parked_at = now(), last_error = 'given up' where id ="
        " (select max(id) from outbox)"
    )
    return order


async def callback_undelivered(shop: Shop) -> Order:
    order = await paid(shop)
    await shop.sql("update inbox set handled_at = null, parked_at = now(), last_error = 'given up'")
    return order


async def order_stuck_processing(shop: Shop) -> Order:
    order = await created(shop)
    force(order, "processing", since=LONG_AGO)
    show(order, state="processing")
    return order


async def authorized_but_order_gone(shop: Shop) -> Order:
    order = await paid(shop)
    shop.norce.orders.pop(next(key for key, each in shop.norce.orders.items() if each.id == order.id))
    return order


async def authorized_but_order_removed(shop: Shop) -> Order:
    order = await paid(shop)
    force(order, "removed")
    return order


async def not_compared(shop: Shop) -> Order:
    order = await paid(shop)
    shop.qliro.state.faults.add(
        {"match": {"path": "/adminapi/"}, "action": {"kind": "status", "status": 500}, "times": None}
    )
    return order


MENDED: dict[Drift, Kind] = {
    paid_but_order_open: Kind.PAID_ORDER_OPEN,
    paid_and_shown_but_order_open: Kind.PAID_ORDER_OPEN,
    completed_but_not_reserved: Kind.COMPLETED_NOT_RESERVED,
    captured_not_in_norce: Kind.CAPTURED_NOT_IN_NORCE,
    refunded_not_in_norce: Kind.REFUNDED_NOT_IN_NORCE,
    cancelled_not_in_norce: Kind.CANCELLED_NOT_IN_NORCE,
    captured_not_at_qliro: Kind.CAPTURED_NOT_AT_QLIRO,
    refunded_not_at_qliro: Kind.REFUNDED_NOT_AT_QLIRO,
    amount_differs: Kind.AMOUNT_DIFFERS,
    reference_differs: Kind.REFERENCE_DIFFERS,
    actions_outdated: Kind.ACTIONS_OUTDATED,
    refused_and_not_told: Kind.STATE_DIFFERS,
    unpaid_and_order_gone: Kind.MISSING_IN_NORCE,
    missing_with_us: Kind.MISSING_WITH_US,
    our_books_differ: Kind.OUR_BOOKS_DIFFER,
    message_undelivered: Kind.MESSAGE_UNDELIVERED,
    callback_undelivered: Kind.MESSAGE_UNDELIVERED,
    order_stuck_processing: Kind.ORDER_STUCK_PROCESSING,
}
LEFT: dict[Drift, Kind] = {
    completed_and_nobody_paid: Kind.COMPLETED_NOT_RESERVED,
    cancelled_not_at_qliro: Kind.CANCELLED_NOT_AT_QLIRO,
    bought_another_cart: Kind.AMOUNT_DIFFERS,
    currency_differs: Kind.CURRENCY_DIFFERS,
    renamed_at_qliro: Kind.REFERENCE_DIFFERS,
    missing_at_qliro: Kind.MISSING_AT_QLIRO,
    gone_from_the_order: Kind.MISSING_IN_NORCE,
    known_to_qliro_by_its_reference_only: Kind.MISSING_WITH_US,
    norce_names_another_qliro_order: Kind.TWO_QLIRO_ORDERS,
    authorized_but_order_gone: Kind.AUTHORIZED_ORDER_REMOVED,
    authorized_but_order_removed: Kind.AUTHORIZED_ORDER_REMOVED,
    not_compared: Kind.NOT_COMPARED,
}


def named(drifts: dict[Drift, Kind]) -> list[object]:
    return [pytest.param(drift, kind, id=drift.__name__) for drift, kind in drifts.items()]


@pytest.mark.parametrize(("drift", "kind"), named(MENDED))
async def test_it_is_found_mended_and_found_no_more(shop: Shop, job: Reconciling, drift: Drift, kind: Kind) -> None:
    await drift(shop)
    moved = len(shop.qliro.state.requests.all())
    tenant = {"merchant": shop.merchant}
    dry = await job.dry(**tenant)
    assert dry.kinds.get(str(kind)) == "would-mend", dry.found
    assert not dry.run.clean
    applied = await job.apply(**tenant)
    assert applied.kinds.get(str(kind)) == "mended", applied.found
    assert set(applied.kinds.values()) == {"mended"}
    assert applied.run.clean
    again = await job.apply(**tenant)
    assert (again.found, again.run.clean) == ([], True)
    asked = {(r.method, r.path) for r in shop.qliro.state.requests.all()[moved:]}
    assert {method for method, _ in asked} <= {"GET"}, asked


@pytest.mark.parametrize(("drift", "kind"), named(LEFT))
async def test_it_is_found_and_left_for_a_person(shop: Shop, job: Reconciling, drift: Drift, kind: Kind) -> None:
    await drift(shop)
    dry = await job.dry(merchant=shop.merchant)
    assert dry.kinds.get(str(kind)) in {"left", "would-mend"}, dry.found
    for report in (await job.apply(merchant=shop.merchant), await job.apply(merchant=shop.merchant)):
        assert report.kinds.get(str(kind)) == "left", report.found
        assert not report.run.clean
