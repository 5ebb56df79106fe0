"""What is laid down in the spool comes back as it was, in order, from a file that is gone afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.settlement_spool import SqliteSpool, settlement_spool
from application.ports.settlement_spool import BatchSums, ExplainedLine
from domain.checkout import LineType
from domain.rows import OrderItem
from domain.settlement import EntryStatus, Exchange
from domain.settlement_books import Movement, MovementKind
from domain.settlement_explanation import Category, Explanation
from domain.settlement_matching import MatchedBy
from domain.settlement_term import rejected_stranger
from domain.settlement_totals import BatchKey
from domain.settlement_vat import VatShare
from tests.unit.domain.settlements import ACCOUNT, KEY, MONDAY, NOON, entry, fee


@pytest.fixture
def spool() -> Iterator[SqliteSpool]:
    with settlement_spool() as made:
        yield made


def test_entries_come_back_by_order(spool: SqliteSpool) -> None:
    full = entry(
        100, 1, completed_at=datetime(2026, 3, 1, 9, 8, 7, 654321, UTC), vat_rate=2_500, net=80, country="SE",
        exchange=Exchange("EUR", -9, Decimal("0.0945")), order_id=2**62,
    )  # fmt: skip
    others = [entry(n, n, order_id=n) for n in (5, 3, 5, 4)]
    spool.put("a", [full, *others, fee(-1, None, order_id=None), entry(1, 9, status=EntryStatus.PENDING, order_id=3)])
    spool.put("b", [entry(8, 8, order_id=3)])
    pages = list(spool.orders("a", at_once=2))
    assert [list(page) for page in pages] == [[3, 4], [5, 2**62]]
    assert pages[0][3] == (others[1],)
    assert pages[1][5] == (others[0], others[2])
    assert pages[1][2**62] == (full,)
    assert [len(found) for found in spool.without_order("a", at_once=1)] == [1]
    assert spool.of_orders("a", [4, 77]) == {4: (others[3],)}
    assert spool.of_orders("a", []) == {}


def test_batches_are_summed_turned_and_forgotten(spool: SqliteSpool) -> None:
    spool.put(
        "a", [entry(100, 1), fee(-3, 1, net=-2), entry(50, 2, batch="C"), entry(9, 9, status=EntryStatus.REJECTED)]
    )
    assert spool.sums("a") == {"B": BatchSums(100, -3), "C": BatchSums(50, 0)}
    spool.turn_fees("a", "B")
    assert spool.sums("a")["B"] == BatchSums(100, 3)
    turned = spool.of_orders("a", [7])[7][1]
    assert (turned.effect, turned.net) == (3, 2)
    spool.forget("a", "B")
    spool.put("a", [entry(70, 1)])
    assert spool.sums("a") == {"B": BatchSums(70, 0), "C": BatchSums(50, 0)}
    assert spool.sums("b") == {}


def test_rejected_counts_before_pending(spool: SqliteSpool) -> None:
    spool.put("a", [entry(1, 1, status=EntryStatus.PENDING), entry(1, 2, status=EntryStatus.REJECTED), entry(1, 3)])
    assert spool.standing("a", [1]) is EntryStatus.PENDING
    assert spool.standing("a", [1, 2]) is EntryStatus.REJECTED
    assert spool.standing("a", [3]) is None
    assert spool.standing("a", []) is None
    assert spool.standing("b", [1]) is None
    assert [e.transaction_id for e in spool.unpaid("a", EntryStatus.REJECTED)] == [2]


def test_lines_come_by_batch_in_their_order_and_discrepancies_by_kind(spool: SqliteSpool) -> None:
    item = OrderItem("r", LineType.SHIPPING, 2, 100, 80, "d")
    movement = Movement(kind=MovementKind.CAPTURE, amount=100, at=NOON, transactions=(1, 2), items=(item,))
    told = Explanation(
        entry=entry(100, 1), category=Category.CAPTURE, explained=90, payment=KEY, movement=movement, by=MatchedBy.ORDER
    )
    lines = [
        ExplainedLine(BatchKey(MONDAY, account, batch, "SEK"), told, (VatShare(None, 100, 100), VatShare(600, 0, 0)))
        for account, batch in (("b", "X"), ("a", "Y"), ("a", "X"), ("a", "X"))
    ]
    spool.explain(lines)
    assert list(spool.lines()) == [lines[2], lines[3], lines[1], lines[0]]
    found = [rejected_stranger(entry(n, n), ACCOUNT) for n in (2, 1)]
    spool.report(found)
    assert list(spool.discrepancies()) == found


def test_nothing_is_left_behind_however_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with settlement_spool() as made:
        made.put("a", [entry(n, n, order_id=n, reference="x" * 200) for n in range(1, 50_000)])
        assert list(tmp_path.iterdir()) == []
        assert sum(len(page) for page in made.orders("a", at_once=500)) == 49_999
    assert list(tmp_path.iterdir()) == []
