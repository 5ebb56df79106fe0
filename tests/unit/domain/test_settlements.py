"""Entries of pay-outs are matched, explained and summed; what does not fit is named."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.checkout import LineType
from domain.discrepancy import DiscrepancyKind as Kind
from domain.money import Money
from domain.rows import OrderItem
from domain.settlement import EntryKind, EntryStatus, PayOut, Period, SettlementEntry, Told, how_told
from domain.settlement_books import Movement, OrderBooks
from domain.settlement_explanation import Category, Explanation, Unpaid
from domain.settlement_matching import MatchedBy, match
from domain.settlement_shares import shares_of
from domain.settlement_term import Term, overdue
from domain.settlement_totals import BatchKey, SettlementTotals, batch_discrepancies
from domain.settlement_vat import Moved, VatShare
from domain.settlement_verdict import judge
from domain.tariff import Fee, Tariff, parse_tariff
from tests.unit.domain.settlements import ACCOUNT, KEY, MONDAY, NOON, books, capture, chargeback, entry, fee, refund

CARDS = Tariff({"CREDITCARDS": Fee(Decimal("1.45"), 150)})

MATCHES = [
    ("by its transaction", [capture(100, 1)], [entry(100, 1)], [MatchedBy.TRANSACTION], 0, 0),
    ("by its transaction though the amount differs", [capture(100, 1)], [entry(90, 1)], [MatchedBy.TRANSACTION], 0, 0),
    ("two entries of one transaction", [capture(100, 1)], [entry(60, 1), entry(40, 1)], [MatchedBy.TRANSACTION], 0, 0),
    ("two transactions of one", [capture(100, 1, 2)], [entry(60, 1), entry(40, 2)], [MatchedBy.TRANSACTION], 0, 0),
    ("a refund is no capture", [capture(100, 1)], [entry(-100, 1)], [], 1, 1),
    ("by amount without an id", [capture(100), capture(50)], [entry(50, 9)], [MatchedBy.AMOUNT], 0, 1),
    ("by amount with another id", [capture(100, 1)], [entry(100, 9)], [MatchedBy.AMOUNT], 0, 0),
    ("the one without ids goes first", [capture(100, 1), capture(100)], [entry(100, 9), entry(100, 1)],
     [MatchedBy.TRANSACTION, MatchedBy.AMOUNT], 0, 0),
    ("each entry once", [capture(100)], [entry(100), entry(100)], [MatchedBy.AMOUNT], 1, 0),
    ("another currency is no match by amount", [capture(100, 1)], [entry(100, 9, currency="EUR")], [], 1, 1),
    ("by what is left", [capture(100), capture(50)], [entry(120), entry(30)], [MatchedBy.TOTAL], 0, 0),
    ("by the order alone", [capture(100)], [entry(90, 9)], [MatchedBy.ORDER], 0, 0),
    ("by the order when the entry has no id", [capture(100, 1)], [entry(90)], [MatchedBy.ORDER], 0, 0),
    ("other ids do not belong together", [capture(100, 1)], [entry(90, 9)], [], 1, 1),
    ("refunds likewise", [capture(100, 1), refund(30, 2)], [entry(100, 1), entry(-30, 2)],
     [MatchedBy.TRANSACTION, MatchedBy.TRANSACTION], 0, 0),
    ("nothing for nothing", [], [], [], 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("movements", "entries", "by", "unmatched", "unpaid"), [m[1:] for m in MATCHES], ids=[m[0] for m in MATCHES]
)
def test_entries_find_their_movements(
    movements: list[Movement], entries: list[SettlementEntry], by: list[MatchedBy], unmatched: int, unpaid: int
) -> None:
    found = match(movements, entries, "SEK")
    assert [m.by for m in found.matches] == by
    assert (len(found.unmatched), len(found.unpaid)) == (unmatched, unpaid)


KNOWN = books(capture(1_000_00, 1), refund(200_00, 2))
VERDICTS = [
    ("all is well", KNOWN, [entry(100_000, 1), entry(-20_000, 2), fee(-1_600, 1)], [], 0),
    ("too little", KNOWN, [entry(99_900, 1)], [Kind.SETTLED_AMOUNT_DIFFERS], -100),
    ("too much", KNOWN, [entry(100_001, 1)], [Kind.SETTLED_AMOUNT_DIFFERS], 1),
    ("paid twice", KNOWN, [entry(100_000, 1), entry(100_000, 1)], [Kind.SETTLED_AMOUNT_DIFFERS], 100_000),
    ("too much was taken back", KNOWN, [entry(-20_050, 2)], [Kind.SETTLED_AMOUNT_DIFFERS], -50),
    ("another currency", KNOWN, [entry(100_000, 1, currency="EUR")], [Kind.SETTLED_CURRENCY_DIFFERS], 100_000),
    ("another currency, with its fee", KNOWN, [entry(9_000, 1, currency="EUR"), fee(-90, 1, currency="EUR")],
     [Kind.SETTLED_CURRENCY_DIFFERS], 8_910),
    ("no such capture", KNOWN, [entry(5_000, 9)], [Kind.SETTLEMENT_WITHOUT_CAPTURE], 5_000),
    ("no such payment", None, [entry(5_000, 9), fee(-50, 9)], [Kind.SETTLEMENT_WITHOUT_CAPTURE], 4_950),
    ("a fee for the account", None, [fee(-9_900, None, order_id=None)], [], 0),
    ("fee as agreed", KNOWN, [entry(100_000, 1), fee(-1_600, 1)], [], 0),
    ("fee too high", KNOWN, [entry(100_000, 1), fee(-1_700, 1)], [Kind.SETTLED_FEE_DIFFERS], -100),
    ("fee too low", KNOWN, [entry(100_000, 1), fee(-1_500, 1)], [Kind.SETTLED_FEE_DIFFERS], 100),
    ("fee by the captured amount, not by the settled one", KNOWN, [entry(99_000, 1), fee(-1_600, 1)],
     [Kind.SETTLED_AMOUNT_DIFFERS], -1_000),
    ("fee of another batch", KNOWN, [fee(-1_600, 1)], [], 0),
    ("fee of a method without agreement", KNOWN, [fee(-9, 1, method="SWISH")], [], 0),
    ("fee of a refund is nobody's agreement", KNOWN, [fee(-9, 2)], [], 0),
    ("a fee that comes back", KNOWN, [fee(1_600, 1)], [], 0),
    ("charged back", KNOWN, [chargeback(-100_000, 1)], [Kind.CHARGEBACK], 0),
    ("charged back by a stranger", None, [chargeback(-100, 9)], [Kind.CHARGEBACK], 0),
    ("something new", KNOWN, [entry(77, None, kind=EntryKind.UNKNOWN)], [Kind.SETTLEMENT_WITHOUT_CAPTURE], 77),
    ("nothing at all", KNOWN, [entry(0, 9)], [], 0),
    ("part of a capture that came in two", books(capture(100_000, 1, 2)), [entry(40_000, 1)], [], 0),
    ("another channel's", books(capture(5, 1), wanted=False), [entry(99, 1), chargeback(-3, 1)], [], 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "entries", "kinds", "unexplained"), [v[1:] for v in VERDICTS], ids=[v[0] for v in VERDICTS]
)
def test_what_is_wrong_is_named(
    known: OrderBooks | None, entries: list[SettlementEntry], kinds: list[Kind], unexplained: int
) -> None:
    verdict = judge(known, entries, account=ACCOUNT, tariff=CARDS)
    assert [d.kind for d in verdict.discrepancies] == kinds
    assert sum(x.unexplained for x in verdict.explanations) == unexplained
    assert [x.entry for x in verdict.explanations] == entries
    for discrepancy in verdict.discrepancies:
        assert discrepancy.remedy
        assert (discrepancy.order, discrepancy.payment_id) == ((KEY.order, "p-1") if known else (ACCOUNT, ""))


def test_what_a_discrepancy_tells() -> None:
    (found,) = judge(KNOWN, [entry(99_900, 1)], account=ACCOUNT).discrepancies
    assert found.provider is not None
    assert found.ours is not None
    assert (found.provider.amount, found.ours.amount, found.at_risk) == (99_900, 100_000, Money(100, "SEK"))
    assert (found.subject, found.detail) == ("transaction 1", "batch B, CREDITCARDS, Qliro order 7")


def test_a_chargeback_may_happen_again() -> None:
    again = [chargeback(-100, 1), chargeback(-100, 1, settled_on=MONDAY + timedelta(days=9))]
    assert len(judge(KNOWN, again, account=ACCOUNT).discrepancies) == 2


def test_without_a_tariff_fees_are_taken_as_told() -> None:
    assert judge(KNOWN, [entry(100_000, 1), fee(-99_999, 1)], account=ACCOUNT).discrepancies == ()


@pytest.mark.parametrize(
    ("text", "fee_of_1000"),
    [("1.45% + 1.50", 1_600), ("2 %", 2_000), ("3.00", 300), ("0%", 0), ("1.5%+0.5%+1", 2_100)],
)
def test_tariffs_are_read(text: str, fee_of_1000: int) -> None:
    assert parse_tariff({"swish": text}).fee("SWISH", 100_000) == fee_of_1000
    assert parse_tariff({"*": text}).fee("ANYTHING", 100_000) == fee_of_1000
    assert parse_tariff({"swish": text}).fee("CREDITCARDS", 1) is None


@pytest.mark.parametrize("text", ["", "cheap", "-1", "1.999", "101%", "1%%", "NaN", "Infinity"])
def test_what_is_no_tariff_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="swish"):
        parse_tariff({"swish": text})


def test_a_fee_is_rounded_half_up() -> None:
    assert Fee(Decimal("1.45"), 0).of(60_300) == 874
    assert Fee(Decimal("0.5"), 0).of(100) == 1


def test_windows_have_no_gap_and_no_overlap() -> None:
    period = Period(date(2026, 1, 1), date(2026, 5, 31))
    windows = list(period.windows(61))
    assert [w.days for w in windows] == [61, 61, 29]
    assert [day for w in windows for day in (w.first, w.last)] == [
        date(2026, 1, 1), date(2026, 3, 2), date(2026, 3, 3), date(2026, 5, 2), date(2026, 5, 3), date(2026, 5, 31),
    ]  # fmt: skip


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        Period(MONDAY, MONDAY - timedelta(days=1))


def test_a_batch_may_be_announced_before_or_after_fees() -> None:
    assert how_told(98_400, 100_000, -1_600) is Told.NET
    assert how_told(100_000, 100_000, -1_600) is Told.BEFORE_FEES
    assert how_told(98_400, 100_000, 1_600) is Told.FEES_TURNED
    assert how_told(98_401, 100_000, -1_600) is Told.OTHERWISE


TERM = Term(Period(MONDAY, MONDAY + timedelta(days=30)), days=14)


@pytest.mark.parametrize(
    ("day", "told", "due"),
    [(0, None, True), (16, None, True), (17, None, False), (-1, None, False), (0, EntryStatus.PENDING, True),
     (17, EntryStatus.REJECTED, True)],
)  # fmt: skip
def test_a_capture_is_overdue_after_its_term(day: int, told: EntryStatus | None, due: bool) -> None:
    unpaid = Unpaid(capture(500, 1, at=NOON + timedelta(days=day)), 500)
    found = overdue(KNOWN, unpaid, TERM, told)
    assert (found is not None) is due
    if found is not None:
        assert (found.kind, found.at_risk, found.subject) == (
            Kind.CAPTURE_WITHOUT_SETTLEMENT, Money(500, "SEK"), "transaction 1",
        )  # fmt: skip


def test_refunds_and_other_channels_are_never_overdue() -> None:
    assert overdue(KNOWN, Unpaid(refund(500, 1), 500), TERM) is None
    assert overdue(books(wanted=False), Unpaid(capture(500, 1), 500), TERM) is None
    assert Term(Period(MONDAY, MONDAY), days=14).judged is None


def test_what_a_capture_lacks_is_unpaid() -> None:
    verdict = judge(books(capture(100, 1, 2), capture(70, 3)), [entry(60, 1)], account=ACCOUNT)
    assert [u.amount for u in verdict.unpaid] == [70, 40]


def alone(found: SettlementEntry, *rows: OrderItem) -> tuple[VatShare, ...]:
    """Its shares when it is a chargeback of a capture of these rows, or something that nobody has booked."""
    category = Category.CHARGEBACK if found.kind is EntryKind.CHARGEBACK else Category.CAPTURE
    moved = {1: Moved(sum(row.total_inc for row in rows), rows)} if rows else {}
    (shares,) = shares_of([Explanation(entry=found, category=category, explained=found.effect)], moved)
    return shares


def test_an_entrys_own_vat_rate_counts() -> None:
    assert alone(entry(12_500, 1, vat_rate=2_500, net=10_000)) == (VatShare(2_500, 12_500, 10_000),)
    assert alone(entry(-10_600, 1, vat_rate=600)) == (VatShare(600, -10_600, -10_000),)
    assert alone(entry(100, 1)) == (VatShare(None, 100, 100),)


def test_a_chargeback_of_a_part_does_not_take_the_vat_of_the_whole_back() -> None:
    mug, book = (OrderItem(name, LineType.PRODUCT, 1, inc, 10_000) for name, inc in (("mug", 12_500), ("book", 10_600)))
    assert alone(chargeback(-12_500, 1), mug) == (VatShare(2_500, -12_500, -10_000),)
    assert alone(chargeback(-5_055, 1), mug) == (VatShare(2_500, -5_055, -4_044),)
    assert alone(chargeback(-5_055, 1), mug, book) == (VatShare(None, -5_055, -5_055),)
    assert alone(chargeback(5_055, 1), mug, book) == (VatShare(None, 5_055, 5_055),)
    assert alone(chargeback(-13_000, 1), mug)[1:] == (VatShare(None, -500, -500),)


def test_a_refund_that_goes_by_the_captures_number_does_not_take_the_vat_of_the_whole_back() -> None:
    mug, book = (OrderItem(name, LineType.PRODUCT, 1, inc, 10_000) for name, inc in (("mug", 12_500), ("book", 10_600)))
    verdict = judge(books(capture(23_100, 1), refund(10_600)), [entry(23_100, 1), entry(-10_600, 1)], account=ACCOUNT)
    paid, back = shares_of(verdict.explanations, {1: Moved(23_100, (mug, book))})
    assert {share.rate: share.net for share in paid} == {2_500: 10_000, 600: 10_000}
    assert back == (VatShare(None, -10_600, -10_600),)


def _announced(total: int, fees: int) -> SettlementTotals:
    totals = SettlementTotals()
    key = BatchKey(MONDAY, "demo", "B", "SEK")
    totals.announce(key, PayOut(number=1, batch="B", day=MONDAY, currency="SEK", total=total, fees=fees))
    verdict = judge(KNOWN, [entry(100_000, 1), fee(-1_600, 1)], account=ACCOUNT, tariff=CARDS)
    for x, shares in zip(verdict.explanations, shares_of(verdict.explanations), strict=True):
        totals.add(key, x, shares)
    return totals


@pytest.mark.parametrize(
    ("total", "fees", "kinds", "paid", "unexplained"),
    [
        (98_400, 1_600, [], 98_400, 0),
        (98_400, -1_600, [], 98_400, 0),
        (100_000, 1_600, [], 98_400, 0),
        (98_300, 1_600, [Kind.SETTLED_AMOUNT_DIFFERS], 98_300, -100),
        (98_400, 1_500, [Kind.SETTLED_FEE_DIFFERS], 98_400, 0),
    ],
)
def test_what_is_announced_must_be_what_the_entries_add_up_to(
    total: int, fees: int, kinds: list[Kind], paid: int, unexplained: int
) -> None:
    ((key, batch),) = _announced(total, fees).batches.items()
    assert [d.kind for d in batch_discrepancies(key, batch, ACCOUNT)] == kinds
    assert (batch.paid, batch.unexplained, batch.sums.explained) == (paid, unexplained, 98_400)


def test_sums_per_currency_method_and_vat_rate() -> None:
    totals = _announced(98_300, 1_600)
    (sums,) = totals.currencies().values()
    assert (sums.captured, sums.fees, sums.unexplained, sums.paid) == (100_000, -1_600, -100, 98_300)
    assert totals.methods[("SEK", "CREDITCARDS")].paid == 98_400
    assert {(c, r): s.gross for (_, c, r), s in totals.vat.items()} == {
        (Category.CAPTURE, None): 100_000, (Category.FEE, None): -1_600,
    }  # fmt: skip
