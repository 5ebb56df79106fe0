"""What was bought, captured and refunded in the sandbox is paid out by Qliro, and every krona of it is explained."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.accountant import Accountant
from tests.e2e.shop import Order, Shop
from tests.unit.adapters.reports.sie_reader import read_sie


@pytest.fixture
def accountant(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accountant:
    return Accountant(shop, tmp_path, monkeypatch)


async def test_every_krona_of_a_weeks_trade_is_explained(accountant: Accountant) -> None:
    await accountant.sold("CREDITCARDS")
    refunded, _ = await accountant.sold("QLIRO_INVOICE")
    assert (await refunded.operate("refund")).status == 200
    await refunded.quiet()
    await accountant.sold("SWISH", capture=False)
    part, _ = await accountant.sold("CREDITCARDS", capture=False)
    await accountant.shop.portal(part, "capture")
    await part.quiet()
    await accountant.week()
    told = await accountant.explain()
    assert (told.status, told.kinds) == (0, {}), told.err
    begun, done = told.err.splitlines()
    assert begun.endswith("reading Qliro's pay-outs")
    assert re.search(r"done: account 1 of 1 \(sandbox\): (\d+) of \1 lines explained$", done)
    (sums,) = told.json["currencies"]
    totals = [order.money for order in (refunded,)]
    assert totals[0].kept == 0
    assert sums["unexplained"] == "0.00"
    assert Decimal(sums["paid"]) == accountant.arrived
    assert Decimal(sums["captured"]) == 4 * refunded.total
    assert Decimal(sums["refunded"]) == -refunded.total
    assert {m["method"] for m in told.json["methods"]} == {"CREDITCARDS", "QLIRO_INVOICE", "SWISH"}
    rates = {(v["category"], v["rate"]) for v in told.json["vat"]}
    assert ("capture", "25.00") in rates
    assert None not in {rate for category, rate in rates if category in {"capture", "refund"}}
    for rows in (told.json["methods"], told.json["batches"]):
        assert sum(Decimal(row["paid"]) for row in rows) == accountant.arrived
    assert sum(Decimal(row["gross"]) for row in told.json["vat"]) == accountant.arrived


async def test_csv_and_sie_hold_the_same_money(accountant: Accountant) -> None:
    order, capture = await accountant.sold()
    await accountant.twist(capture, "chargeback", amount=100)
    await accountant.stranger(amount=12.5)
    await accountant.week()
    listed = await accountant.explain(form="csv")
    assert listed.status == 1
    assert sum(Decimal(row["amount"]) for row in listed.rows) == accountant.arrived
    captured = [row for row in listed.rows if row["category"] == "capture"]
    assert sum(Decimal(row["amount"]) for row in captured) == order.total
    assert {(row["order_id"], row["matched_by"], row["transaction_id"]) for row in captured} == {
        (order.id, "transaction", str(capture))
    }
    booked = await accountant.explain("--company", 'Fjäll & Öar "AB"', form="sie")
    sie = read_sie(booked.out)
    assert sie.head["#FNAMN"] == ['Fjäll & Öar "AB"']
    assert sie.on("1930") == accountant.arrived
    assert sie.on("1580") == -order.total
    assert [sie.on("1515"), sie.on("2999")] == [Decimal(100), Decimal("-12.50")]
    fees = sum(Decimal(row["amount"]) for row in listed.rows if row["category"] == "fee")
    assert sie.on("6570") == -fees


async def test_several_currencies_are_kept_apart(accountant: Accountant) -> None:
    await accountant.sold()
    norway = Shop(accountant.shop.sandbox, accountant.shop.http, accountant.shop.database_url, channel="no")
    abroad = Accountant(norway, accountant.folder, accountant.patch)
    order = norway.order("norway")
    await order.create()
    await order.bought(method="VIPPS")
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    await abroad.week()
    told = await accountant.explain()
    assert (told.status, told.kinds) == (0, {})
    assert {c["currency"] for c in told.json["currencies"]} == {"SEK", "NOK"}
    only = await accountant.explain("--currency", "nok")
    assert [c["currency"] for c in only.json["currencies"]] == ["NOK"]
    refused = await accountant.explain(form="sie")
    assert refused.status == 2
    assert "--currency" in refused.err
    assert refused.out == b""
    booked = read_sie((await accountant.explain("--currency", "NOK", form="sie")).out)
    assert booked.head["#VALUTA"] == ["NOK"]
    one = await accountant.explain("--merchant", "sandbox", "--channel", "no")
    assert one.status == 0
    shares = {c["currency"]: (c["captured"], c["elsewhere"]) for c in one.json["currencies"]}
    assert shares["SEK"][0] == "0.00"
    assert Decimal(shares["SEK"][1]) > 0
    assert shares["NOK"][1] == "0.00"


async def test_a_batch_that_was_exchanged_is_booked_with_the_others(accountant: Accountant) -> None:
    await accountant.sold()
    norway = Shop(accountant.shop.sandbox, accountant.shop.http, accountant.shop.database_url, channel="no")
    order = norway.order("norway")
    await order.create()
    await order.bought(method="VIPPS")
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    config = {"settlement_exchange": {"NOK": {"currency": "SEK", "rate": 0.97}}}
    async with accountant.shop.http.patch(f"{accountant.shop.qliro.url}/__sim/config", json=config) as answer:
        assert answer.status == 200, await answer.text()
    await accountant.week()
    told = await accountant.explain()
    assert told.status == 0
    (exchanged,) = [batch for batch in told.json["batches"] if batch["currency"] == "NOK"]
    crowns = Decimal(exchanged["exchanged"]["amount"])
    assert abs(crowns - Decimal(exchanged["paid"]) * Decimal("0.97")) < Decimal("0.01")
    booked = read_sie((await accountant.explain(form="sie")).out)
    assert booked.head["#VALUTA"] == ["SEK"]
    assert booked.on("1930") == accountant.arrived + crowns
    assert abs(booked.on("3740")) < Decimal("0.05")


async def test_parcels_odd_refunds_and_money_taken_at_once_are_explained(accountant: Accountant) -> None:
    async def ask(order: Order, kind: str, **body: Any) -> None:
        path = f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}/{kind}"
        answer = await accountant.shop.adapter("POST", path, json=body)
        assert answer.status == 200, answer
        await order.quiet()

    async def bought(method: str) -> Order:
        order = accountant.shop.order("b2c")
        await order.create()
        await order.bought(method=method)
        return order

    parcels = await bought("QLIRO_INVOICE")
    await ask(parcels, "capture", items=[{"reference": "71002", "quantity": 1}])
    await ask(parcels, "capture")
    await ask(parcels, "refund", amount=12.34)
    await ask(parcels, "refund", items=[{"reference": "71003", "quantity": 2}], amount=50, reason="used")
    at_once = await bought("SWISH")
    await ask(at_once, "capture")
    await ask(at_once, "refund", amount=100.5)
    cancelled = await bought("CREDITCARDS")
    await ask(cancelled, "capture", items=[{"reference": "71001", "quantity": 1}])
    await ask(cancelled, "cancel")
    await accountant.week()
    told = await accountant.explain()
    assert (told.status, told.kinds) == (0, {})
    (sums,) = told.json["currencies"]
    money = [order.money for order in (parcels, at_once, cancelled)]
    assert Decimal(sums["captured"]) * 100 == sum(m.captured for m in money)
    assert -Decimal(sums["refunded"]) * 100 == sum(m.refunded for m in money)
    assert Decimal(sums["paid"]) == accountant.arrived
    listed = await accountant.explain(form="csv")
    assert {row["matched_by"] for row in listed.rows if row["category"] == "capture"} == {"transaction", "amount"}
    assert read_sie((await accountant.explain(form="sie")).out).on("1930") == accountant.arrived


@pytest.mark.parametrize(
    "action",
    [{"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "truncated"}],
    ids=lambda a: str(a["kind"]),
)
async def test_a_fault_on_the_way_changes_nothing(accountant: Accountant, action: dict[str, Any]) -> None:
    await accountant.sold()
    await accountant.week()
    for path in ("/v2/settlements", "/GetSettlementBatches"):
        rule = {"match": {"method": "GET", "path": path}, "times": 1, "action": action}
        async with accountant.shop.http.post(f"{accountant.shop.qliro.url}/__sim/faults", json=rule) as answer:
            assert answer.status == 200
    told = await accountant.explain()
    assert (told.status, told.kinds, told.json["failed"]) == (0, {}, [])
    assert Decimal(told.json["currencies"][0]["paid"]) == accountant.arrived


async def test_silence_of_qliros_is_told_and_leaves_earlier_findings_alone(accountant: Accountant) -> None:
    await _chargeback(accountant)
    await accountant.week()
    assert (await accountant.explain()).status == 1
    rule = {
        "match": {"method": "GET", "path": "/v2/settlements"},
        "times": 99,
        "action": {"kind": "status", "status": 500},
    }
    async with accountant.shop.http.post(f"{accountant.shop.qliro.url}/__sim/faults", json=rule) as answer:
        assert answer.status == 200
    told = await accountant.explain()
    assert (told.status, told.kinds) == (1, {})
    assert [failed["name"] for failed in told.json["failed"]] == ["sandbox"]
    assert [row["kind"] for row in await accountant.shop.sql(OPEN)] == ["chargeback"]


async def test_a_run_is_shown_again_as_html(accountant: Accountant) -> None:
    await _chargeback(accountant)
    await accountant.week()
    told = await accountant.explain()
    page = accountant.folder / "again.html"
    status, _ = await accountant.reconcile("show", told.json["run"], "--output", str(page))
    assert status == 0
    text = page.read_text(encoding="utf-8")
    assert "chargeback" in text
    assert "paid out" in text


OPEN = "select kind from reconciliation_finding where open"
Spoil = Callable[[Accountant], Awaitable[None]]


async def _stranger(accountant: Accountant) -> None:
    await accountant.stranger(amount=77, orderId=4242, transactionId=4243)


async def _omitted(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "status", status="omitted")


async def _rejected(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "status", status="rejected")


async def _amount(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "alter", amount=1)


async def _fee(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "alter", fee=99)


async def _currency(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "alter", currency="EUR")


async def _chargeback(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "chargeback")


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (_stranger, "settlement-without-capture", ()),
        (_omitted, "capture-without-settlement", ("--term", "5")),
        (_rejected, "capture-without-settlement", ()),
        (_amount, "settled-amount-differs", ()),
        (_fee, "settled-fee-differs", ()),
        (_currency, "settled-currency-differs", ()),
        (_chargeback, "chargeback", ()),
    ],
    ids=["stranger", "omitted", "rejected", "amount", "fee", "currency", "chargeback"],
)
async def test_each_discrepancy_is_found_alone(
    accountant: Accountant, spoil: Spoil, kind: str, words: tuple[str, ...]
) -> None:
    await accountant.sold()
    await spoil(accountant)
    await accountant.week()
    told = await accountant.explain(*words)
    assert (told.status, told.kinds) == (1, {kind: 1})
    (found,) = told.json["discrepancies"]
    assert found["kind"] == kind
    assert found["remedy"]
    assert found["at_risk"] is not None
    for sums in told.json["currencies"]:
        assert Decimal(sums["explained"]) + Decimal(sums["unexplained"]) == Decimal(sums["paid"])
    table = await accountant.explain(*words, form="table")
    assert kind in table.out.decode()


async def test_an_omitted_capture_is_no_discrepancy_before_its_term(accountant: Accountant) -> None:
    await _omitted(accountant)
    await accountant.week()
    assert (await accountant.explain("--term", "7")).status == 0
    assert (await accountant.explain("--term", "6")).status == 1


async def test_what_is_found_is_on_record_and_over_when_it_is_mended(accountant: Accountant) -> None:
    _, capture = await accountant.sold()
    await accountant.twist(capture, "status", status="omitted")
    await accountant.week()
    assert (await accountant.explain("--term", "5")).status == 1
    assert [row["kind"] for row in await accountant.shop.sql(OPEN)] == ["capture-without-settlement"]
    await accountant.twist(capture, "status", status="accepted")
    assert (await accountant.explain("--term", "5")).status == 0
    assert await accountant.shop.sql(OPEN) == []
    runs = await accountant.shop.sql("select kind, ended_at from reconciliation_run")
    assert len(runs) == 2
    assert all(row["kind"] == "settlements" and row["ended_at"] for row in runs)


async def test_the_days_that_may_be_asked_for(accountant: Accountant) -> None:
    await accountant.sold()
    early = await accountant.explain(until=accountant.today)
    assert early.status == 2
    assert f"--to {accountant.today}" in early.err
    assert early.out == b""
    assert (await accountant.command("--from", "2026-02-02", "--to", "2026-01-01"))[0] == 2
    assert (await accountant.command("--from", "someday"))[0] == 2
    assert (await accountant.command("--currency", "kronor"))[0] == 2
    assert (await accountant.command("--format", "pdf"))[0] == 2
    assert (await accountant.command("--company", "X"))[0] == 2
    await accountant.week()
    year = await accountant.explain(since=accountant.today - timedelta(days=365))
    assert year.status == 0
    asked = [r for r in accountant.shop.qliro.state.requests.all() if "/settlements" in r.path.casefold()]
    assert {r.status for r in asked} == {200, 400}


async def test_without_anybody_to_ask_the_calendar_decides(accountant: Accountant) -> None:
    assert (await accountant.explain(until=accountant.today)).status == 2
    yesterday = accountant.today - timedelta(days=1)
    nothing = await accountant.explain(since=yesterday, until=yesterday)
    assert (nothing.status, nothing.json["batches"]) == (0, [])


async def test_a_merchant_that_cannot_be_asked_is_named_and_not_explained(accountant: Accountant) -> None:
    await accountant.sold()
    await accountant.week()
    configurations = accountant.shop.norce.configurations
    for key in [key for key in configurations if key[0] == "sandbox"]:
        document = dict(configurations[key]["qliro_checkout_adapter"])
        document["apiSettings"] = document["apiSettings"] | {"merchantApiSecret": "not-the-secret"}
        accountant.shop.norce.set_configuration(*key, document)
    told = await accountant.explain()
    assert told.status == 1
    assert [failed["name"] for failed in told.json["failed"]] == ["sandbox"]
    assert "sandbox:" in told.err
    assert "not-the-secret" not in told.err
