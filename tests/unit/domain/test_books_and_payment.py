"""Random lives of an order at the provider, read in any order, against a clerk who counts for himself."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.checkout import CheckoutStatus, LineType
from domain.evidence import Evidence
from domain.ledger import LedgerTotals, ProviderLedger, TransactionKind, TransactionStatus
from domain.lifecycle import PaymentStatus, move, status_told_by
from domain.payment_record import Transition
from tests.unit.domain.books import Books, Row, left, worth
from tests.unit.domain.payments import NOON, intended

Rows = dict[str, Row]
GOODS = st.lists(st.tuples(st.integers(1, 3), st.integers(100, 900)), min_size=1, max_size=3)
MOVEMENTS = (TransactionKind.CAPTURE, TransactionKind.REFUND, TransactionKind.REVERSAL)
WITHOUT_EFFECT = (TransactionStatus.ERROR, TransactionStatus.CANCELLED, TransactionStatus.ON_HOLD)


def evidence(ledger: ProviderLedger) -> Evidence:
    return Evidence(CheckoutStatus.COMPLETED, ledger.totals(), ledger.mark, ledger.currency)


class Life(RuleBasedStateMachine):
    """`held` and `taken` are the clerk's own books: rows left per live reservation and per capture."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.held: dict[int, Rows] = {}
        self.taken: dict[int, Rows] = {}
        self.captured = self.released = self.refunded = 0
        self.names = 0
        self.direct: set[int] = set()
        self.payment = intended()
        self.lines: list[Transition] = list(self.payment.history)
        self.payment.stored()
        self.readings: list[Evidence] = []
        self.seconds = 0

    # What happens at the provider

    def _goods(self, drawn: list[tuple[int, int]], coupon: int) -> tuple[Row, ...]:
        rows = []
        for quantity, price in drawn:
            self.names += 1
            rows.append((f"R{self.names}", quantity, price, LineType.PRODUCT))
        if 0 < coupon < worth(*rows):
            rows.append(("COUPON", 1, -coupon, LineType.DISCOUNT))
        return tuple(rows)

    @initialize(drawn=GOODS, coupon=st.integers(0, 150), at_once=st.booleans())
    def purchase(self, drawn: list[tuple[int, int]], coupon: int, at_once: bool) -> None:
        rows = self._goods(drawn, coupon)
        if at_once:
            charge = self.books.charge(*rows)
            self.taken[charge] = {row[0]: row for row in rows}
            self.captured += worth(*rows)
        else:
            self.held[self.books.reserve(*rows)] = {row[0]: row for row in rows}
        self._written()

    @precondition(lambda self: not status_told_by(self.totals).terminal)
    @rule(drawn=GOODS)
    def upsell(self, drawn: list[tuple[int, int]]) -> None:
        rows = self._goods(drawn, 0)
        self.held[self.books.reserve(*rows)] = {row[0]: row for row in rows}
        self._written()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def capture_some(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from(sorted(self.held)))
        if rows := self._portion(self.held[which], data):
            shipped = self.books.ship(data.draw(st.sampled_from(self._named(which))), *rows)
            self.taken[shipped] = {row[0]: row for row in rows}
            self.captured += worth(*rows)
            self._remove(self.held, which, rows)
            self._written()

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def refund_some(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from(sorted(self.taken)))
        if rows := self._portion(self.taken[which], data):
            self.books.give_back(which, *rows)
            self.refunded += worth(*rows)
            self._remove(self.taken, which, rows)
            self._written()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def reduce(self, data: st.DataObject) -> None:
        """UpdateItems: the rows that stay move to a new reservation."""
        which = data.draw(st.sampled_from(sorted(self.held)))
        if rows := self._portion(self.held[which], data):
            new = self.books.reserve(*rows, parent=which)
            self.books.override(which)
            del self.held[which]
            self.held[new] = {row[0]: row for row in rows}
            self._written()

    @precondition(lambda self: self.held)
    @rule()
    def cancel_the_rest(self) -> None:
        for which, rows in self.held.items():
            self.books.release(which, *rows.values())
            self.released += worth(*rows.values())
        self.held.clear()
        self._written()

    @rule(kind=st.sampled_from(MOVEMENTS), status=st.sampled_from(WITHOUT_EFFECT))
    def something_fails_or_waits(self, kind: TransactionKind, status: TransactionStatus) -> None:
        self.books.enter(kind, 12345, status=status)
        self._written()

    # What the payment gets to read

    @rule()
    def read_now(self) -> None:
        self._observe(evidence(self.books.read()))
        assert self.payment.totals == self.totals
        assert self.payment.status is status_told_by(self.totals)
        assert not self.payment.observe(evidence(self.books.read()), at=NOON)

    @precondition(lambda self: self.readings)
    @rule(data=st.data())
    def read_what_was_once_true(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.readings))
        status, totals = self.payment.status, self.payment.totals
        seen = self.payment.ledger_mark
        self._observe(old)
        if old.mark < seen:
            assert (self.payment.status, self.payment.totals) == (status, totals)
        else:
            assert self.payment.totals == old.totals

    def _observe(self, reading: Evidence) -> None:
        self.seconds += 1
        version = self.payment.version
        changed = self.payment.observe(reading, at=NOON + timedelta(seconds=self.seconds))
        assert changed == (self.payment.version > version)
        self.lines += self.payment.history
        self.payment.stored()

    # The clerk

    @property
    def totals(self) -> LedgerTotals:
        remaining = sum(worth(*rows.values()) for rows in self.held.values())
        return LedgerTotals(remaining + self.captured + self.released, self.captured, self.released, self.refunded)

    def _named(self, reservation: int) -> list[int | None]:
        """How the provider may name the parent: it may leave out the only one."""
        live = [t for t in self.books.transactions.values() if t.status is TransactionStatus.SUCCESS]
        authorizing = [t for t in live if t.kind in {TransactionKind.PREAUTHORIZATION, TransactionKind.DEBIT}]
        return [reservation, None] if len(authorizing) == 1 else [reservation]

    def _portion(self, rows: Rows, data: st.DataObject) -> tuple[Row, ...]:
        """Part of the rows that is worth something and leaves nothing that is worth less than nothing."""
        drawn = [(row, data.draw(st.integers(0, row[1]))) for row in rows.values()]
        portion = tuple((row[0], n, row[2], row[3]) for row, n in drawn if n)
        rest = worth(*rows.values()) - worth(*portion)
        return portion if worth(*portion) > 0 and rest >= 0 else ()

    def _remove(self, shelf: dict[int, Rows], which: int, rows: tuple[Row, ...]) -> None:
        for name, quantity, price, type_ in rows:
            rest = shelf[which][name][1] - quantity
            shelf[which][name] = (name, rest, price, type_)
            if not rest:
                del shelf[which][name]
        if not shelf[which]:
            del shelf[which]

    def _written(self) -> None:
        self.readings.append(evidence(self.books.read()))

    @staticmethod
    def _counted(shelf: dict[int, Rows]) -> dict[int, dict[str, int]]:
        return {i: {r[0]: r[1] for r in rows.values()} for i, rows in shelf.items()}

    @invariant()
    def the_books_add_up_as_the_clerk_counts(self) -> None:
        ledger = self.books.read()
        assert ledger.totals() == self.totals
        assert ledger.totals().consistent
        held = {i: rows for i, rows in self.held.items() if worth(*rows.values()) > 0}
        assert left(ledger.shippable()) == self._counted(held)
        assert left(ledger.returnable()) == self._counted(self.taken)
        assert sum(g.total_inc for g in ledger.shippable()) == ledger.totals().remaining
        assert sum(g.total_inc for g in ledger.returnable()) == ledger.totals().refundable

    @invariant()
    def the_history_tells_how_the_payment_got_here(self) -> None:
        status, totals = PaymentStatus.INTENT, LedgerTotals()
        for number, line in enumerate(self.lines, start=1):
            assert line.version == number
            if line.event not in {"intend", "restate"}:
                assert move(status, line.event, line.totals) is line.status
                assert line.status is status_told_by(line.totals)
            assert line.totals.captured >= totals.captured
            assert line.totals.refunded >= totals.refunded
            status, totals = line.status, line.totals
        assert (self.payment.status, self.payment.totals) == (status, totals)
        assert self.payment.totals.consistent
        assert self.payment.version == len(self.lines)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
