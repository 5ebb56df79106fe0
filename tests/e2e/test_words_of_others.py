"""An upstream that repeats what it was sent: none of it is kept, exported or shown to those it does not belong to."""

import re

import pytest

from tests.e2e.shop import Order, Shop, eventually
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
