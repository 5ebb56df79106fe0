"""Qliro's settlement reports: what it paid out, will pay, and won't."""

from collections.abc import AsyncIterator, Collection
from typing import Protocol

from application.ports.configurations import ProviderAccount
from domain.settlement import EntryStatus, PayOut, Period, SettlementEntry

STRETCH = 61
"""Days that a report may cover at most."""


class PeriodNotSettled(Exception):
    """The period reaches into days that the provider has not settled yet; the latest possible one is its yesterday."""


class SettlementReports(Protocol):
    """Reads only, retried like all reads. Raises PeriodNotSettled, and ProviderErrors as PaymentProvider does.

    Periods may be of any length: they are asked for in the stretches that the provider allows, and in shorter ones
    when there is too much to tell at once. Amounts are exact; one that is none raises ProviderUnavailable.
    """

    async def pay_outs(self, account: ProviderAccount, period: Period, *, currency: str = "") -> tuple[PayOut, ...]:
        """The batches paid within the period, oldest first."""
        ...

    def entries(
        self,
        account: ProviderAccount,
        period: Period,
        *,
        currency: str = "",
        statuses: Collection[EntryStatus] = frozenset(EntryStatus),
    ) -> AsyncIterator[SettlementEntry]:
        """Lines of the period, as they come. Never more than one answer's are held at a time."""
        ...

    def entries_of(self, account: ProviderAccount, pay_out: PayOut) -> AsyncIterator[SettlementEntry]:
        """All accepted lines of one batch, wherever their days lie."""
        ...
