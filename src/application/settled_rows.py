"""The rows behind settled transactions, for the VAT in them: on record here, else in the provider's books."""

import asyncio
from collections.abc import Mapping, Sequence

from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from domain.errors import AdapterError
from domain.rows import OrderItem
from domain.settlement_books import OrderBooks
from domain.settlement_explanation import Explanation
from domain.settlement_vat import needs_rows, rows_in

_AT_ONCE = 8


class SettledRows:
    """At most one question to the provider per order, and none where the report or our records tell the VAT."""

    def __init__(self, provider: PaymentProvider, *, ask: bool = True) -> None:
        self._provider = provider
        self._ask = ask
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def of(
        self, account: ProviderAccount, books: OrderBooks | None, explanations: Sequence[Explanation]
    ) -> Mapping[int, tuple[OrderItem, ...]]:
        """Rows by transaction, as far as anybody tells: a question that fails leaves the rate unknown."""
        if books is None or not books.wanted:
            return {}
        wanted = [x for x in explanations if needs_rows(x.entry) and x.entry.transaction_id]
        known = {x.entry.transaction_id or 0: x.movement.items for x in wanted if x.movement and x.movement.items}
        missing = {x.entry.transaction_id for x in wanted} - known.keys()
        if not missing or not self._ask:
            return known
        try:
            async with self._gate:
                ledger = await self._provider.read_ledger(account, books.provider_order_id)
        except AdapterError:
            return known
        return known | {t: rows_in(ledger, t) for t in missing if t is not None}
