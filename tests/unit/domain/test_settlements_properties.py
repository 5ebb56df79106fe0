"""Whatever the provider tells, explained and unexplained together are what it paid, in every breakdown."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import LineType
from domain.rows import OrderItem
from domain.settlement import EntryKind, PayOut, SettlementEntry
from domain.settlement_books import Movement, MovementKind, OrderBooks
from domain.settlement_explanation import Category
from domain.settlement_matching import match
from domain.settlement_shares import shares_of
from domain.settlement_totals import BatchKey, SettlementTotals
from domain.settlement_vat import RATES, Moved
from domain.settlement_verdict import judge
from domain.tariff import NO_TARIFF, Tariff, parse_tariff
from domain.vat import net
from tests.unit.domain.settlements import ACCOUNT, MONDAY, NOON, books, entry

TUESDAY = MONDAY + timedelta(days=1)
ids = st.integers(1, 5)
amounts = st.integers(1, 300)
moves = st.builds(
    lambda kind, amount, known: Movement(kind=kind, amount=amount, at=NOON, transactions=tuple(known)),
    st.sampled_from(MovementKind),
    amounts,
    st.lists(ids, max_size=2, unique=True),
)
entries = st.builds(
    lambda effect, transaction, kind, currency, rate, method, batch: entry(
        effect, transaction, kind=kind, currency=currency, vat_rate=rate, method=method, batch=batch
    ),
    st.integers(-300, 300),
    st.none() | ids,
    st.sampled_from(EntryKind),
    st.sampled_from(["SEK", "EUR"]),
    st.sampled_from([None, 0, 600, 2_500]),
    st.sampled_from(["CREDITCARDS", "SWISH"]),
    st.sampled_from(["A", "B"]),
)
rows = st.lists(
    st.builds(
        lambda inc, ex, quantity: OrderItem("r", LineType.PRODUCT, quantity, inc, ex),
        st.integers(-50, 200), st.integers(-50, 200), st.integers(1, 3),
    ),
    max_size=3,
)  # fmt: skip
known_books = st.none() | st.builds(
    lambda found, wanted: books(*found, wanted=wanted), st.lists(moves, max_size=4), st.booleans()
)
tariffs = st.sampled_from([NO_TARIFF, parse_tariff({"*": "1% + 0.01"})])


@given(st.lists(moves, max_size=5), st.lists(entries, max_size=6))
def test_nothing_is_matched_twice_or_lost(movements: list[Movement], found: list[SettlementEntry]) -> None:
    result = match(movements, found, "SEK")
    matched = [e for m in result.matches for e in m.entries]
    assert sorted(map(id, [*matched, *result.unmatched])) == sorted(map(id, found))
    moved = [m for each in result.matches for m in each.movements]
    assert sorted(map(id, [*moved, *result.unpaid])) == sorted(map(id, movements))


@given(known_books, st.lists(entries, max_size=8), tariffs, rows, st.none() | st.integers(-500, 500))
def test_every_krona_is_explained_or_named(
    known: OrderBooks | None,
    found: list[SettlementEntry],
    tariff: Tariff,
    items: list[OrderItem],
    announced: int | None,
) -> None:
    verdict = judge(known, found, account=ACCOUNT, tariff=tariff)
    assert list(map(id, (x.entry for x in verdict.explanations))) == list(map(id, found))
    totals = SettlementTotals()
    moved = {number: Moved(worth * 100, tuple(items)) for number, worth in ((1, 1), (2, -1), (3, 2)) if items}
    for x, shares in zip(verdict.explanations, shares_of(verdict.explanations, moved), strict=True):
        assert x.explained + x.unexplained == x.entry.effect
        assert sum(s.gross for s in shares) == x.explained
        totals.add(BatchKey(MONDAY, "a", x.entry.batch, x.entry.currency), x, shares)
    key = BatchKey(MONDAY, "a", "A", "SEK")
    if announced is not None:
        totals.announce(key, PayOut(number=1, batch="A", day=MONDAY, currency="SEK", total=announced, fees=0))
    _adds_up(totals, found)


def _adds_up(totals: SettlementTotals, found: list[SettlementEntry]) -> None:
    for currency, sums in totals.currencies().items():
        batches = [b for k, b in totals.batches.items() if k.currency == currency]
        told = sum(e.effect for e in found if e.currency == currency)
        assert sum(b.sums.paid for b in batches) == told
        assert sums.explained + sums.unexplained == sums.paid == sum(b.paid for b in batches)
        assert sum(s.paid for (c, _), s in totals.methods.items() if c == currency) == told
        assert sum(s.gross for (c, _, _), s in totals.vat.items() if c == currency) == told
    for batch in totals.batches.values():
        assert sum(s.gross for s in batch.shares.values()) == batch.sums.paid


@given(known_books, st.lists(entries, max_size=8))
def test_what_is_unexplained_has_a_name_and_without_discrepancy_nothing_is(
    known: OrderBooks | None, found: list[SettlementEntry]
) -> None:
    verdict = judge(known, found, account=ACCOUNT)
    if not verdict.discrepancies:
        assert all(x.unexplained == 0 for x in verdict.explanations)
    for x in verdict.explanations:
        assert x.unexplained == 0 or x.kind is not None


prices = st.tuples(st.integers(1, 60_000), st.sampled_from(RATES), st.integers(1, 3)).map(
    lambda told: OrderItem(f"row {told[1]}", LineType.PRODUCT, told[2], told[0], net(told[0], told[1]))
)
baskets = st.lists(prices, min_size=1, max_size=4).map(tuple)


@st.composite
def stretches(draw: st.DrawFn, total: int) -> list[int]:
    """Parts of a sum, none of them nothing, in any order."""
    cuts = draw(st.sets(st.integers(1, total - 1), max_size=5)) if total > 1 else set()
    edges = [0, *sorted(cuts), total]
    return draw(st.permutations([end - start for start, end in pairwise(edges)]))


@st.composite
def lives(draw: st.DrawFn) -> tuple[Movement, Movement, list[SettlementEntry]]:
    """A capture, a refund of some of its rows less a return fee, and the whole charged back: each in parts.

    Parts may lie in two pay-outs, and come in any order.
    """
    rows = draw(baskets)
    total = sum(row.total_inc for row in rows)
    taken = Movement(kind=MovementKind.CAPTURE, amount=total, at=NOON, transactions=(1,), items=rows)
    returned = rows[: draw(st.integers(1, len(rows)))]
    worth = sum(row.total_inc for row in returned)
    fee = draw(st.integers(0, worth - 1))
    back = Movement(kind=MovementKind.REFUND, amount=worth - fee, at=NOON, transactions=(2,), items=returned)
    lines = [entry(part, 1) for part in draw(stretches(total))]
    lines += [entry(-part, 2) for part in draw(stretches(back.amount))]
    lines += [entry(-part, 1, kind=EntryKind.CHARGEBACK) for part in draw(stretches(total))]
    days = st.tuples(st.sampled_from("AB"), st.sampled_from([MONDAY, TUESDAY]))
    placed = [replace(line, batch=batch, settled_on=day) for line in lines for batch, day in (draw(days),)]
    return taken, back, draw(st.permutations(placed))


@given(lives(), st.booleans())
def test_money_in_parts_has_its_vat_once_whatever_the_parts(
    life: tuple[Movement, Movement, list[SettlementEntry]], by_ledger: bool
) -> None:
    taken, back, lines = life
    known = books(*(replace(m, items=()) for m in (taken, back))) if by_ledger else books(taken, back)
    verdict = judge(known, lines, account=ACCOUNT)
    moved = {1: Moved(taken.amount, taken.items), 2: Moved(-back.amount, back.items)}
    sums: dict[tuple[Category, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for x, shares in zip(verdict.explanations, shares_of(verdict.explanations, moved), strict=True):
        assert sum(share.gross for share in shares) == x.explained == x.entry.effect
        for share in shares:
            if len(taken.items) == 1:
                assert abs(share.net) <= abs(share.gross)
            sums[x.category, share.rate][0] += share.gross
            sums[x.category, share.rate][1] += share.net
    fee = sum(row.total_inc for row in back.items) - back.amount
    expected: dict[tuple[Category, int | None], list[int]]
    expected = {(Category.CAPTURE, rate): [gross, without] for rate, gross, without in moved[1].rates()}
    expected |= {(Category.CHARGEBACK, rate): [-gross, -without] for rate, gross, without in moved[1].rates()}
    expected |= {(Category.REFUND, rate): [-gross, -without] for rate, gross, without in moved[2].rates()}
    expected |= {(Category.REFUND, None): [fee, fee]} if fee else {}
    assert {key: told for key, told in sums.items() if told != [0, 0]} == expected
