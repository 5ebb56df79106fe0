"""Qliro's settlement reports, read tolerantly in form and strictly in money; asked for piece by piece."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.http_guards import GuardSettings
from adapters.http_transport import HttpTransport
from adapters.qliro.errors import explain
from adapters.qliro.settlement_mapping import entries_answered, pay_outs_answered
from adapters.qliro.settlements import QliroSettlements
from adapters.qliro.signing import authorization
from application.ports.configurations import ProviderAccount, Secret
from application.ports.settlement_reports import PeriodNotSettled
from domain.errors import ConfigurationInvalid, ProviderRefused, ProviderUnavailable
from domain.identifiers import Tenant
from domain.settlement import EntryKind, EntryStatus, Exchange, PayOut, Period, SettlementEntry
from tests.golden import golden
from tests.unit.adapters.upstream import Upstream, answer, listening, reset

SECRET = Secret("hemligt")
DAY = date(2026, 3, 2)
LINE = {
    "PaymentTransactionId": 7, "Action": "Debit", "Type": "Transaction", "CurrencyCode": "SEK", "Amount": 10,
    "PspSettlementDate": "2026-03-02T00:00:00",
}  # fmt: skip


def report(*lines: dict[str, Any]) -> bytes:
    return json.dumps({"Settlements": list(lines)}).encode()


def line(**changed: Any) -> SettlementEntry:
    (entry,) = entries_answered(report(LINE | changed))
    return entry


def test_a_whole_report_is_understood() -> None:
    sold, cost, lost, pending, rejected = entries_answered(golden("qliro/settlements.json"))
    assert sold == SettlementEntry(
        status=EntryStatus.ACCEPTED, kind=EntryKind.TRANSACTION, effect=197_000, currency="SEK", settled_on=DAY,
        imported_on=date(2026, 2, 28), transaction_id=3301101, order_id=4177001, reference="oHkTwPqZ",
        batch="CARDS-20260302-SEK", method="CREDITCARDS", subtype="VISA", acquirer="Cards", country="SE",
        completed_at=datetime(2026, 2, 27, 15, 4, 5, 123000, UTC), vat_rate=2_500, net=157_600,
    )  # fmt: skip
    assert (cost.kind, cost.effect, cost.vat_rate) == (EntryKind.FEE, -3_007, 0)
    assert (lost.kind, lost.effect) == (EntryKind.CHARGEBACK, -1_250)
    assert lost.exchange == Exchange("SEK", -14_043, Decimal("11.2345"))
    assert (pending.status, pending.effect, pending.order_id) == (EntryStatus.PENDING, -10_000, None)
    assert (rejected.status, rejected.settled_on) == (EntryStatus.REJECTED, DAY)


def test_batches_come_oldest_first() -> None:
    first, second = pay_outs_answered(golden("qliro/settlement-batches.json"))
    assert first.exchange == Exchange("SEK", -14_043, Decimal("11.2345"))
    assert second == PayOut(
        number=812, batch="CARDS-20260302-SEK", day=DAY, currency="SEK", total=193_993, fees=3_007, acquirer="Cards"
    )


def test_names_may_come_in_any_case_and_enumerations_as_numbers() -> None:
    names: list[Callable[[str], str]] = [str.lower, str.upper, lambda name: name[:1].lower() + name[1:]]
    for spelled in names:
        lines = [{spelled(name): value for name, value in LINE.items()}]
        (entry,) = entries_answered(json.dumps({spelled("Settlements"): lines}).encode())
        assert (entry.effect, entry.transaction_id, entry.settled_on) == (1_000, 7, DAY)
    assert line(Action=1, Type=1).effect == -1_000
    assert line(Action=1, Type=1).kind is EntryKind.FEE
    assert line(Action="cReDiT", Type="CHARGEBACK").kind is EntryKind.CHARGEBACK


@pytest.mark.parametrize("body", [{}, {"Settlements": None}, {"Settlements": [], "New": {"a": [1]}}, {"Total": 7}])
def test_absent_null_and_unknown_members_are_nothing(body: dict[str, Any]) -> None:
    assert list(entries_answered(json.dumps(body).encode())) == []
    assert pay_outs_answered(json.dumps(body).encode()) == ()


@pytest.mark.parametrize(
    ("changed", "effect"),
    [
        ({"Amount": -10}, -1_000), ({"Amount": -10, "Action": "Credit"}, -1_000), ({"Amount": 0}, 0),
        ({"Action": None}, 1_000), ({"Action": None, "Type": "Fee"}, -1_000),
        ({"Action": "Debit", "Type": "Fee"}, 1_000),
        ({"Type": "Reserve"}, 1_000), ({"Amount": 0.01}, 1),
    ],
)  # fmt: skip
def test_what_adds_and_what_takes(changed: dict[str, Any], effect: int) -> None:
    assert line(**changed).effect == effect


def test_a_moment_that_has_no_time_in_utc_is_not_known() -> None:
    for told in ("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "soon", "0001/01/01 00:00:00"):
        assert line(TransactionCompletedDate=told).completed_at is None


def test_amounts_are_exact_to_the_last_digit() -> None:
    raw = report(LINE).replace(b'"Amount": 10', b'"Amount": 92233720368.07')
    (entry,) = entries_answered(raw)
    assert entry.effect == 9_223_372_036_807
    (entry,) = entries_answered(report(LINE).replace(b'"Amount": 10', b'"Amount": 10.0000'))
    assert entry.effect == 1_000


@pytest.mark.parametrize(
    "changed",
    [
        {"Amount": None}, {"Amount": 10.005}, {"Amount": True}, {"Amount": "10"}, {"Amount": 1e30},
        {"CurrencyCode": ""},
        {"CurrencyCode": "KRONOR"}, {"CurrencyCode": None}, {"PspSettlementDate": None}, {"PspSettlementDate": "soon"},
        {"VatRate": -25}, {"VatRate": 2500}, {"Amount": []},
    ],
)  # fmt: skip
def test_money_that_makes_no_sense_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ProviderUnavailable):
        line(**changed)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"<html>", b'{"Settlements": [1]}', b'{"Settlements": [{"Amount": nan}]}',
        b'{"Settlements": [{"Amount": 1e99999999999999999999}]}',
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        list(entries_answered(raw))


def test_ids_are_numbers_or_digits_or_nothing() -> None:
    assert line(OrderId=0, PaymentTransactionId="3301101").transaction_id == 3301101
    assert line(OrderId=0).order_id is None
    assert line(OrderId=-1, PaymentTransactionId="x").transaction_id is None
    assert line(VatRate=0.25).vat_rate == 2_500
    assert line(BatchId="a\x00b\n" + "c" * 500).batch == "ab" + "c" * 196


@dataclass(slots=True)
class Qliro:
    settlements: QliroSettlements
    account: ProviderAccount
    upstream: Upstream

    @property
    def asked(self) -> list[dict[str, list[str]]]:
        return [parse_qs(urlsplit(r.target).query) for r in self.upstream.received]

    async def entries(self, period: Period, **options: Any) -> list[SettlementEntry]:
        return [entry async for entry in self.settlements.entries(self.account, period, **options)]


@pytest.fixture
async def qliro() -> AsyncIterator[Qliro]:
    async def sleep(_: float) -> None:
        return None

    guards = GuardSettings(failures_to_open=100, retry_reserve=100)
    async with (
        listening() as upstream,
        HttpTransport("qliro", guards=guards, sleep=sleep, explain=explain) as transport,
    ):
        account = ProviderAccount(Tenant("friluft", "se"), upstream.url, "KEY", SECRET)
        hosts = frozenset({upstream.url})
        yield Qliro(
            QliroSettlements(transport, allowed_hosts=hosts, most_bytes=1_000, most_at_worst=5_000), account, upstream
        )


async def test_a_long_period_is_asked_for_in_stretches(qliro: Qliro) -> None:
    for _ in range(3):
        qliro.upstream.script.append(answer(body=report(LINE)))
    found = await qliro.entries(
        Period(date(2026, 1, 1), date(2026, 5, 31)), currency="SEK", statuses={EntryStatus.PENDING}
    )
    assert len(found) == 3
    assert [(q["FromDate"], q["ToDate"]) for q in qliro.asked] == [
        (["2026/01/01"], ["2026/03/02"]), (["2026/03/03"], ["2026/05/02"]), (["2026/05/03"], ["2026/05/31"]),
    ]  # fmt: skip
    assert qliro.asked[0]["CurrencyCode"] == ["SEK"]
    assert qliro.asked[0]["SettlementStatuses"] == ["Pending"]
    first = qliro.upstream.received[0]
    assert first.target.startswith("/checkout/adminapi/v2/settlements?")
    assert first.headers["authorization"] == authorization(b"", SECRET)
    await qliro.settlements.pay_outs(qliro.account, Period(date(2026, 1, 1), date(2026, 3, 2)))
    assert [(q["FromBatchDate"], q["ToBatchDate"]) for q in qliro.asked[3:]] == [
        (["2026/01/01"], ["2026/03/01"]), (["2026/03/02"], ["2026/03/02"]),
    ]  # fmt: skip


async def test_what_is_too_much_at_once_is_asked_for_in_pieces(qliro: Qliro) -> None:
    too_much = answer(body=b" " * 2_000)
    qliro.upstream.script.extend([too_much, too_much, *[answer(body=report(LINE))] * 4])
    found = await qliro.entries(Period(DAY, DAY + timedelta(days=5)))
    days = [(q["FromDate"][0][-2:], q["ToDate"][0][-2:]) for q in qliro.asked]
    assert days == [("02", "07"), ("02", "04"), ("02", "02"), ("03", "03"), ("04", "04"), ("05", "05"), ("06", "06"),
                    ("07", "07")]  # fmt: skip
    assert len(found) == 4


async def test_a_day_that_is_too_much_is_asked_for_kind_by_kind(qliro: Qliro) -> None:
    too_much, large = answer(body=b" " * 6_000), report(*[LINE] * 20)
    assert 1_000 < len(large) < 5_000
    qliro.upstream.script.extend([too_much, answer(body=large), answer(body=report()), answer(body=report(LINE))])
    assert len(await qliro.entries(Period(DAY, DAY))) == 21
    assert [q["Types"] for q in qliro.asked[1:]] == [["Transaction"], ["Fee"], ["Chargeback"]]
    qliro.upstream.script.extend([too_much, too_much])
    with pytest.raises(ProviderUnavailable, match="too large"):
        await qliro.entries(Period(DAY, DAY))


async def test_reads_are_repeated_and_refusals_are_not(qliro: Qliro) -> None:
    qliro.upstream.script.extend([reset, answer(500, b""), answer(body=report(LINE))])
    assert len(await qliro.entries(Period(DAY, DAY))) == 1
    qliro.upstream.script.append(answer(401, b""))
    with pytest.raises(ProviderRefused):
        await qliro.entries(Period(DAY, DAY))
    assert len(qliro.upstream.received) == 4
    qliro.upstream.script.append(
        answer(400, b'{"ErrorCode":"PERIOD_NOT_SETTLED","ErrorMessage":"Evaluation, Too early"}')
    )
    with pytest.raises(PeriodNotSettled, match="Too early"):
        await qliro.entries(Period(DAY, DAY))


async def test_a_batch_is_read_whole_or_not_at_all(qliro: Qliro) -> None:
    pay_out = PayOut(number=812, batch="B", day=DAY, currency="SEK", total=1, fees=0)
    qliro.upstream.script.extend([answer(body=report(*[LINE] * 20)), answer(body=b" " * 6_000)])
    assert len([entry async for entry in qliro.settlements.entries_of(qliro.account, pay_out)]) == 20
    assert qliro.asked[0] == {"Id": ["812"]}
    with pytest.raises(ProviderUnavailable, match="Batch B"):
        _ = [entry async for entry in qliro.settlements.entries_of(qliro.account, pay_out)]


async def test_another_host_is_never_called(qliro: Qliro) -> None:
    elsewhere = ProviderAccount(Tenant("friluft", "se"), "https://elsewhere.example", "KEY", SECRET)
    with pytest.raises(ConfigurationInvalid):
        await qliro.settlements.pay_outs(elsewhere, Period(DAY, DAY))
    assert qliro.upstream.received == []
