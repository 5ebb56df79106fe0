"""What belongs to a customer is neither kept nor logged, not even when an upstream repeats what it was sent."""

import re

import pytest

from tests.e2e.shop import Json, Order, Shop, eventually
from tests.e2e.test_reconcile_command import Operator, operator

__all__ = ["operator"]
pytestmark = pytest.mark.timeout(120)
KEYS = ("sandbox-norce", "0123456789abcdef")
PERSONAL = ("anna.svensson@example.se", "850710-1234", "4111111111111111", "70 123 45 67")
REPEATED = (
    f"{PERSONAL[0]}, {PERSONAL[1]}, card {PERSONAL[2]}, +46 {PERSONAL[3]} - Authorization: Bearer {KEYS[0]},"
    f" https://adapter.example/push?merchant=sandbox&token={KEYS[1]}"
)


def repeating(status: int, path: str, **more: str) -> dict[str, object]:
    """A refusal in both upstreams' spelling."""
    body = {"code": "x", "message": f"{REPEATED} (key {KEYS[0]})", "ErrorCode": "X", "ErrorMessage": REPEATED}
    return {
        "match": {"path": path, **more},
        "times": None,
        "action": {"kind": "status", "status": status, "body": body},
    }


async def everything_kept(shop: Shop) -> str:
    tables = await shop.sql("select tablename from pg_tables where schemaname = 'public'")
    rows = [await shop.sql(f"select t::text from {table['tablename']} t") for table in tables]
    return "\n".join(row[0] for table in rows for row in table)


async def bought_and_not_told(shop: Shop) -> Order:
    """Norce takes no report of the purchase, and the capture is refused."""
    order = shop.order()
    await order.create()
    shop.norce.faults.add(repeating(400, f"/orders/{order.id}/payments/.+", method="PUT"))
    await shop.qliro.buy(order.qliro_id, method="QLIRO_INVOICE")
    await eventually(lambda: _failed(shop))
    return order


async def _failed(shop: Shop) -> bool:
    return bool(await shop.sql("select 1 from outbox where last_error is not null"))


async def test_neither_the_database_nor_a_report_nor_a_caller_gets_it(shop: Shop, operator: Operator) -> None:
    order = await bought_and_not_told(shop)
    shop.qliro.state.faults.add(repeating(400, "MarkItemsAsShipped"))
    refused = await order.operate("capture")
    assert refused.status == 400
    shop.norce.faults.add(repeating(400, f"/orders/{order.id}$"))
    unreadable = await order.create()
    assert re.search(r"refused the request: .*Bearer \*\*\*", unreadable.json["message"])
    reports = [await operator.reconcile("--format", form) for form in ("table", "json", "csv", "html")]
    assert all("not-compared" in report.out for report in reports[:3])
    kept = await everything_kept(shop)
    assert "[e-mail], [number], card [number]" in kept
    for text in (kept, *(report.out + report.err for report in reports)):
        joined = re.sub(r"\s+", " ", text)
        assert [joined[max(0, joined.index(x) - 90) :][:150] for x in (*KEYS, *PERSONAL) if x in joined] == []
    for answer in (refused, unreadable):
        assert [key for key in KEYS if key.encode() in answer.body] == []


MEMBERS = re.compile(r"name|street|postal|city|phone|email|identification|careof", re.IGNORECASE)


def personal(document: Json) -> set[str]:
    """What a document says of its customer."""
    if isinstance(document, list):
        return set().union(*map(personal, document))
    if not isinstance(document, dict):
        return set()
    own = {value for name, value in document.items() if isinstance(value, str) and MEMBERS.search(name)}
    return {value for value in own.union(*map(personal, document.values())) if len(value) > 3}


async def _renewed(shop: Shop, token: str) -> Order:
    order = shop.order("subscription")
    order.doc["customer"]["billing"]["nationalIdentificationNumber"] = "790625-5307"
    answer = await shop.adapter("POST", f"{order.path}/recurring", json={"token": token})
    assert answer.status == 200, answer
    order.payment_id = answer.json["paymentId"]
    return order


async def _lived(shop: Shop, channel: str, example: str, method: str) -> list[Order]:
    shop.channel = channel
    order = shop.order(example)
    await order.create()
    assert (await order.event("customer-update")).status == 200
    await order.bought(method=method)
    orders = [order]
    if channel == "se-recurring":
        orders += [await _renewed(shop, t) for t in (order.payment["recurring"]["token"], "QLIRO_INVOICE")]
    for one in orders:
        await one.until(lambda one=one: one.status == "completed")  # type: ignore[misc]
        assert (await one.operate("capture")).status == 200
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    return orders


@pytest.mark.parametrize(
    ("channel", "example", "method"),
    [
        ("se", "b2c", "QLIRO_INVOICE"),
        ("se-b2b", "b2b", "QLIRO_INVOICE"),
        ("no", "norway", "CREDITCARDS"),
        ("se-recurring", "subscription", "CREDITCARDS"),
    ],
)
async def test_nothing_of_a_customer_is_kept_or_logged(
    shop: Shop, capfd: pytest.CaptureFixture[str], channel: str, example: str, method: str
) -> None:
    before = personal(shop.order(example).doc["customer"])
    orders = await _lived(shop, channel, example, method)
    theirs = before | {value for one in orders for value in personal(one.doc["customer"])}
    shown = [one.payment["recurring"]["token"] for one in orders if one.payment.get("recurring")]
    cards = {token for token in shown if token != "QLIRO_INVOICE"}
    assert len(theirs) > 5
    assert len(cards) == (1 if channel == "se-recurring" else 0)
    kept, logged = await everything_kept(shop), "".join(capfd.readouterr())
    assert orders[0].id in kept
    assert orders[0].id in logged
    assert {secret for secret in theirs | cards if secret in kept or secret in logged} == set()
