"""The rows behind settled transactions, for the VAT in them: on record here, else in the provider's books."""

import asyncio
from collections.abc import Mapping, Sequence

from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from domain.errors import AdapterError
from domain.settlement_books import OrderBooks
from domain.settlement_explanation import Explanation
from domain.settlement_vat import Moved, moved_by, needs_rows

_AT_ONCE = 8


class SettledRows:
    """At most one question to the provider per order, and none where the report or our records tell the VAT."""

    def __init__(self, provider: PaymentProvider, *, ask: bool = True) -> None:
        self._provider = provider
        self._ask = ask
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def of(
        self, account: ProviderAccount, books: OrderBooks | None, explanations: Sequence[Explanation]
    ) -> Mapping[int, Moved]:
        """What each transaction moved, as far as anybody tells: a question that fails leaves the rate unknown."""
        if books is None or not books.wanted:
            return {}
        known = _on_record(books)
        missing = {t for x in explanations if (t := _asked_for(x)) is not None} - known.keys()
        if not missing or not self._ask:
            return known
        try:
            async with self._gate:
                ledger = await self._provider.read_ledger(account, books.provider_order_id)
        except AdapterError:
            return known
        return known | moved_by(ledger, missing)


def _on_record(books: OrderBooks) -> dict[int, Moved]:
    return {
        m.transactions[0]: Moved(m.kind.sign * m.amount, m.items)
        for m in books.movements
        if m.items and len(m.transactions) == 1
    }


def _asked_for(x: Explanation) -> int | None:
    """The transaction whose rows must be asked for."""
    if not needs_rows(x.entry) or (x.movement is not None and x.movement.items):
        return None
    return x.entry.transaction_id or None
