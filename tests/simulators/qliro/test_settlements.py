"""Qliro's pay-outs: made from the ledger on schedule, told strictly, and made wrong on demand."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from adapters.simulators.qliro.settlements import next_banking_day
from tests.simulators.qliro.bench import Bench

REPORTS = "/checkout/adminapi/v2/settlements"
DAY = 86_400


class Payouts:
    """A merchant that reads its settlements, and time."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    @property
    def today(self) -> date:
        return self.bench.sim.state.clock.now().date()

    def advance(self, days: int) -> None:
        self.bench.sim.state.clock.advance(days * DAY)

    async def captured(self, **how: Any) -> tuple[int, int]:
        """A captured order and its capture."""
        order_id = await self.bench.bought(**how)
        await self.bench.ship(order_id)
        await self.bench.sim.settled()
        return order_id, self.bench.sim.order(order_id).transactions[-1].id

    async def get(self, path: str = "", *, since: date, until: date | None, expect: int = 200, extra: str = "") -> Any:
        names = ("FromBatchDate", "ToBatchDate") if "Batch" in path else ("FromDate", "ToDate")
        query = f"{names[0]}={quote(f'{since:%Y/%m/%d}')}"
        query += f"&{names[1]}={quote(f'{until:%Y/%m/%d}')}" if until else ""
        status, body = await self.bench.send("GET", f"{REPORTS}{path}?{query}{extra}")
        assert status == expect, body
        return body

    async def control(self, path: str, body: Any = None) -> Any:
        url = f"{self.bench.sim.url}/__sim/settlements{path}"
        async with self.bench.http.request("GET" if body is None else "POST", url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@pytest.fixture
def payouts(bench: Bench) -> Payouts:
    return Payouts(bench)


def test_weekends_are_no_banking_days() -> None:
    friday = date(2026, 11, 20)
    assert next_banking_day(friday) == date(2026, 11, 23)
    assert next_banking_day(friday + timedelta(days=1)) == date(2026, 11, 23)
    assert next_banking_day(friday, 6) == date(2026, 11, 30)


async def test_a_capture_and_a_refund_are_pending_and_then_paid_with_a_fee(payouts: Payouts) -> None:
    order_id, capture = await payouts.captured(method="CREDITCARDS")
    begun = payouts.today
    payouts.advance(1)
    early = await payouts.get(since=begun, until=begun)
    assert early == {"Settlements": [], "PendingSettlements": [], "RejectedSettlements": []}
    payouts.advance(6)
    body = await payouts.get(since=begun, until=payouts.today - timedelta(days=1))
    paid = next_banking_day(begun)
    money, fee = body["Settlements"]
    assert (money["Type"], money["Action"], money["Amount"]) == ("Transaction", "Debit", 603.0)
    assert (money["OrderId"], money["PaymentTransactionId"], money["VatRate"]) == (order_id, capture, None)
    assert money["PspSettlementDate"] == f"{paid}T00:00:00.000"
    assert (fee["Type"], fee["Action"], fee["Amount"]) == ("Fee", "Credit", 10.24)
    assert fee["BatchId"] == money["BatchId"]
    batches = await payouts.get("/GetSettlementBatches", since=begun, until=payouts.today - timedelta(days=1))
    (batch,) = batches["SettlementBatches"]
    assert batch["TotalAmount"] == money["Amount"] - fee["Amount"]
    assert (batch["TotalFeeAmount"], batch["BatchDate"][:10]) == (fee["Amount"], str(paid))
    status, lines = await payouts.bench.send("GET", f"{REPORTS}/GetSettlementsByBatchId?Id={batch['Id']}")
    assert status == 200
    assert lines["Settlements"] == body["Settlements"]
    assert lines["TotalSummary"]["DebitTransactionsTotalSum"] == 603.0
    transfers = await payouts.get("/GetBankTransferBatchDetails", since=begun, until=payouts.today - timedelta(days=1))
    assert transfers["Settlements"] == body["Settlements"]


async def test_what_is_not_paid_yet_is_pending(payouts: Payouts) -> None:
    payouts.bench.sim.state.config.settlement_days = 10
    _, capture = await payouts.captured()
    begun = payouts.today
    payouts.advance(2)
    body = await payouts.get(since=begun, until=begun + timedelta(days=1))
    assert [line["PaymentTransactionId"] for line in body["PendingSettlements"]] == [capture, capture]
    assert "OrderId" not in body["PendingSettlements"][0]
    only = await payouts.get(since=begun, until=begun + timedelta(days=1), extra="&SettlementStatuses=accepted")
    assert only["PendingSettlements"] == []


@pytest.mark.parametrize(
    ("path", "days", "code"),
    [
        ("", 61, None), ("", 62, "PERIOD_INVALID"), ("", 0, "PERIOD_INVALID"),
        ("/GetSettlementBatches", 60, None), ("/GetSettlementBatches", 61, "PERIOD_LIMIT_EXCEEDED"),
    ],
)  # fmt: skip
async def test_periods_are_limited(payouts: Payouts, path: str, days: int, code: str | None) -> None:
    until = payouts.today - timedelta(days=1)
    body = await payouts.get(path, since=until - timedelta(days=days - 1), until=until, expect=400 if code else 200)
    assert body.get("ErrorCode") == code


async def test_today_is_not_settled_yet_and_dates_must_be_dates(payouts: Payouts) -> None:
    refused = await payouts.get(since=payouts.today, until=payouts.today, expect=400)
    assert refused["ErrorCode"] == "PERIOD_NOT_SETTLED"
    for query in ("", "?FromDate=tomorrow", f"?FromDate={payouts.today - timedelta(days=3)}&SettlementStatuses=Lost"):
        status, body = await payouts.bench.send("GET", REPORTS + query)
        assert (status, body["ErrorCode"]) == (400, "INVALID_INPUT")


async def test_a_wrong_secret_sees_nothing(payouts: Payouts) -> None:
    await payouts.captured()
    payouts.bench.secret = "wrong"
    status, _ = await payouts.bench.send("GET", f"{REPORTS}?FromDate=2026/01/01")
    assert status == 401


async def test_lines_are_altered_omitted_rejected_charged_back_and_invented(payouts: Payouts) -> None:
    begun = payouts.today
    ids = [(await payouts.captured(method="CREDITCARDS"))[1] for _ in range(4)]
    await payouts.control(f"/{ids[0]}/alter", {"amount": 600, "fee": 7.5, "currency": "EUR"})
    await payouts.control(f"/{ids[1]}/status", {"status": "omitted"})
    await payouts.control(f"/{ids[2]}/status", {"status": "rejected"})
    await payouts.control(f"/{ids[3]}/chargeback", {"amount": 100})
    await payouts.control("/strangers", {"amount": 12.5, "orderId": 7, "transactionId": 8})
    payouts.advance(7)
    body = await payouts.get(since=begun, until=payouts.today - timedelta(days=1))
    told = {(x["PaymentTransactionId"], x["Type"]): (x["Amount"], x["CurrencyCode"]) for x in body["Settlements"]}
    assert told[ids[0], "Transaction"] == (600.0, "EUR")
    assert told[ids[0], "Fee"] == (7.5, "EUR")
    assert (ids[1], "Transaction") not in told
    assert [x["PaymentTransactionId"] for x in body["RejectedSettlements"]] == [ids[2], ids[2]]
    assert told[ids[3], "Chargeback"] == (100.0, "SEK")
    assert told[8, "Transaction"] == (12.5, "SEK")
    batches = await payouts.get("/GetSettlementBatches", since=begun, until=payouts.today - timedelta(days=1))
    assert {b["CurrencyCode"] for b in batches["SettlementBatches"]} == {"SEK", "EUR"}
    shown = await payouts.control("")
    assert {line["Status"] for line in shown["lines"]} == {"Accepted", "Rejected"}


async def test_one_vat_rate_is_told_and_several_are_not(payouts: Payouts) -> None:
    begun = payouts.today
    order_id = await payouts.bench.create(OrderItems=[{
        "MerchantReference": "CAP", "Description": "Cap", "Quantity": 1, "Type": "Product",
        "PricePerItemIncVat": 250, "PricePerItemExVat": 200,
    }])  # fmt: skip
    await payouts.bench.sim.buy(order_id, method="SWISH")
    payouts.advance(7)
    body = await payouts.get(since=begun, until=payouts.today - timedelta(days=1), extra="&Types=Transaction")
    (line,) = body["Settlements"]
    assert (line["Amount"], line["VatRate"], line["AmountExcludingVat"]) == (250.0, 25, 200.0)
