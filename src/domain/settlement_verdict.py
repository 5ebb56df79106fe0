"""Every entry of a report explained, or named for what it is: the judgement over one order's entries."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side
from domain.identifiers import OrderKey, PaymentKey
from domain.money import Money
from domain.settlement import EntryKind, SettlementEntry
from domain.settlement_books import MovementKind, OrderBooks
from domain.settlement_explanation import Category, Explanation, Unpaid, Verdict
from domain.settlement_matching import Match, Matching, match
from domain.settlement_remedies import REMEDIES
from domain.tariff import NO_TARIFF, Tariff


def judge(
    books: OrderBooks | None, entries: Sequence[SettlementEntry], *, account: OrderKey, tariff: Tariff = NO_TARIFF
) -> Verdict:
    """Judge the accepted entries of one order. `account` names who is told of entries that belong to no payment."""
    if books is not None and not books.wanted:
        told = [_plain(entry, Category.ELSEWHERE, books.key) for entry in entries]
        return Verdict(tuple(told), ())
    judge_order = _Judge(books, account, tariff)
    money = [entry for entry in entries if entry.kind is EntryKind.TRANSACTION]
    matching = _matched(books, money)
    explained = [x for found in matching.matches for x in judge_order.money(found)]
    explained += [judge_order.stranger(entry) for entry in matching.unmatched]
    explained += [judge_order.other(entry, matching) for entry in entries if entry.kind is not EntryKind.TRANSACTION]
    places = {id(entry): place for place, entry in enumerate(entries)}
    explained.sort(key=lambda x: places[id(x.entry)])
    return Verdict(tuple(explained), tuple(_once(judge_order.found)), tuple(_unpaid(matching)))


def _unpaid(matching: Matching) -> Iterator[Unpaid]:
    yield from (Unpaid(movement, movement.amount) for movement in matching.unpaid)
    for found in matching.matches:
        if found.awaits_more and found.settled < found.expected:
            yield Unpaid(found.movements[0], found.expected - found.settled)


def _matched(books: OrderBooks | None, money: Sequence[SettlementEntry]) -> Matching:
    if books is None:
        return Matching((), tuple(money), ())
    return match(books.movements, money, books.currency)


class _Judge:
    """Explains entries of one order and collects what is wrong with them."""

    def __init__(self, books: OrderBooks | None, account: OrderKey, tariff: Tariff) -> None:
        self._books = books
        self._account = account
        self._tariff = tariff
        self.found: list[Discrepancy] = []

    def money(self, found: Match) -> Iterator[Explanation]:
        """Entries that pay for movements: the last one bears the difference, if there is any."""
        assert self._books is not None
        category = Category.CAPTURE if found.kind is MovementKind.CAPTURE else Category.REFUND
        foreign = [e for e in found.entries if e.currency != self._books.currency]
        difference = 0
        if foreign:
            self._report(DiscrepancyKind.SETTLED_CURRENCY_DIFFERS, found.entries[-1], found.expected)
        else:
            difference = self._difference(found)
        if difference:
            self._report(DiscrepancyKind.SETTLED_AMOUNT_DIFFERS, found.entries[-1], found.expected, found.settled)
        for entry in found.entries:
            last = entry is found.entries[-1]
            wrong = entry.currency != self._books.currency
            unexplained = entry.effect if wrong else found.kind.sign * difference * last
            kind = DiscrepancyKind.SETTLED_CURRENCY_DIFFERS if wrong else DiscrepancyKind.SETTLED_AMOUNT_DIFFERS
            yield Explanation(
                entry=entry,
                category=category,
                explained=entry.effect - unexplained,
                payment=self._books.key,
                movement=found.movements[0] if len(found.movements) == 1 else None,
                by=found.by,
                kind=kind if wrong or (difference and last) else None,
            )

    def _difference(self, found: Match) -> int:
        """Settled less expected; 0 while transactions of it may still be paid."""
        difference = found.settled - found.expected
        return 0 if difference < 0 and found.awaits_more else difference

    def stranger(self, entry: SettlementEntry) -> Explanation:
        """Money that stands for nothing we know."""
        if entry.effect == 0:
            return _plain(entry, Category.NOTHING, self._payment)
        self._report(DiscrepancyKind.SETTLEMENT_WITHOUT_CAPTURE, entry)
        return self._unexplained(entry, DiscrepancyKind.SETTLEMENT_WITHOUT_CAPTURE)

    def other(self, entry: SettlementEntry, matching: Matching) -> Explanation:
        """Fees, chargebacks, and what the provider may come up with later."""
        if entry.kind is EntryKind.CHARGEBACK:
            self._report(DiscrepancyKind.CHARGEBACK, entry)
            told = _plain(entry, Category.CHARGEBACK, self._payment)
            return Explanation(
                entry=entry, category=told.category, explained=told.explained, payment=told.payment,
                kind=DiscrepancyKind.CHARGEBACK,
            )  # fmt: skip
        if entry.kind is EntryKind.FEE:
            return self._fee(entry, matching)
        return self.stranger(entry)

    def _fee(self, entry: SettlementEntry, matching: Matching) -> Explanation:
        if self._books is None and entry.order_id:
            return self.stranger(entry)
        if self._books is not None and entry.currency != self._books.currency:
            self._report(DiscrepancyKind.SETTLED_CURRENCY_DIFFERS, entry)
            return self._unexplained(entry, DiscrepancyKind.SETTLED_CURRENCY_DIFFERS, Category.FEE)
        agreed = self._agreed(entry, matching)
        if agreed is None or entry.effect == -agreed:
            return _plain(entry, Category.FEE, self._payment)
        self._report(DiscrepancyKind.SETTLED_FEE_DIFFERS, entry, agreed, -entry.effect)
        return Explanation(
            entry=entry, category=Category.FEE, explained=-agreed, payment=self._payment,
            kind=DiscrepancyKind.SETTLED_FEE_DIFFERS,
        )  # fmt: skip

    def _agreed(self, entry: SettlementEntry, matching: Matching) -> int | None:
        """The agreed fee for the capture that the entry names; None when nobody can tell."""
        if self._books is None or entry.transaction_id is None or entry.effect > 0:
            return None
        for movement in self._books.movements:
            if movement.transactions == (entry.transaction_id,):
                is_capture = movement.kind is MovementKind.CAPTURE
                return self._tariff.fee(entry.method, movement.amount) if is_capture else None
        for found in matching.matches:
            paid = [e for e in found.entries if e.transaction_id == entry.transaction_id and e.effect > 0]
            if paid:
                whole = found.expected if len(found.entries) == len(found.movements) == 1 else paid[0].effect
                return self._tariff.fee(entry.method, whole)
        return None

    @property
    def _payment(self) -> PaymentKey | None:
        return self._books.key if self._books is not None else None

    def _unexplained(
        self, entry: SettlementEntry, kind: DiscrepancyKind, category: Category = Category.NOTHING
    ) -> Explanation:
        return Explanation(entry=entry, category=category, explained=0, payment=self._payment, kind=kind)

    def _report(
        self, kind: DiscrepancyKind, entry: SettlementEntry, expected: int | None = None, settled: int | None = None
    ) -> None:
        books = self._books
        told = entry.effect if settled is None else settled
        self.found.append(
            Discrepancy(
                kind=kind,
                order=books.key.order if books else self._account,
                payment_id=books.key.payment_id if books else "",
                subject=_subject(kind, entry),
                provider=Side(
                    state=f"settled, {entry.kind.lower()}",
                    amount=told,
                    currency=entry.currency,
                    reference=str(entry.order_id or entry.reference or ""),
                ),
                ours=Side(state=_state(books), amount=expected, currency=books.currency if books else ""),
                at_risk=_at_risk(kind, entry, expected, settled),
                since=datetime.combine(entry.settled_on, time(), UTC),
                remedy=REMEDIES[kind],
                detail=_detail(entry),
            )
        )


def _plain(entry: SettlementEntry, category: Category, payment: PaymentKey | None) -> Explanation:
    return Explanation(entry=entry, category=category, explained=entry.effect, payment=payment)


def _once(found: Iterable[Discrepancy]) -> list[Discrepancy]:
    """A transaction and its fee in the wrong currency are one discrepancy; the first stands for it."""
    kept: dict[object, Discrepancy] = {}
    for discrepancy in found:
        kept.setdefault(discrepancy.identity, discrepancy)
    return list(kept.values())


def _subject(kind: DiscrepancyKind, entry: SettlementEntry) -> str:
    """A transaction may be charged back, returned, and charged back again."""
    return f"{entry.subject}, {entry.settled_on}" if kind is DiscrepancyKind.CHARGEBACK else entry.subject


def _state(books: OrderBooks | None) -> str:
    return "known" if books is not None else "unknown here"


def _detail(entry: SettlementEntry) -> str:
    parts = [entry.batch and f"batch {entry.batch}", entry.method, entry.order_id and f"Qliro order {entry.order_id}"]
    return ", ".join(str(part) for part in parts if part)


def _at_risk(kind: DiscrepancyKind, entry: SettlementEntry, expected: int | None, settled: int | None) -> Money | None:
    match kind:
        case DiscrepancyKind.CHARGEBACK:
            lost = -entry.effect
        case DiscrepancyKind.SETTLED_AMOUNT_DIFFERS if expected is not None and settled is not None:
            lost = abs(expected - settled)
        case DiscrepancyKind.SETTLED_FEE_DIFFERS if expected is not None and settled is not None:
            lost = settled - expected
        case _:
            lost = abs(entry.effect)
    return Money(lost, entry.currency) if lost > 0 else None
