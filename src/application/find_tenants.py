"""Whose payments to reconcile: those with anything stored, and those that only the settings or Norce can name."""

from collections.abc import Iterable

from application.ports.configurations import ConfiguredMerchants
from application.ports.reconciliation_work import ReconciliationWork
from domain.errors import AdapterError
from domain.identifiers import Tenant


class FindTenants:
    """`merchants` are those that the settings name. After a loss of the database nothing else tells who there is."""

    def __init__(
        self, work: ReconciliationWork, configurations: ConfiguredMerchants, merchants: Iterable[str] = ()
    ) -> None:
        self._work = work
        self._configurations = configurations
        self._merchants = frozenset(merchants)

    async def __call__(self, *, merchant: str = "", channel: str = "") -> tuple[Tenant, ...]:
        """Of this merchant and channel when given. Raises StoreUnavailable."""
        known = set(await self._work.tenants(merchant=merchant, channel=channel))
        if merchant and channel:
            known.add(Tenant(merchant, channel))
        else:
            stored = {tenant.merchant for tenant in known}
            for name in {merchant} if merchant else self._merchants - stored:
                known |= {tenant for tenant in await self._configured(name) if not channel or tenant.channel == channel}
        return tuple(sorted(known))

    async def _configured(self, merchant: str) -> set[Tenant]:
        """The merchant's channels that use this adapter; none while the configurations can't be read."""
        found: set[Tenant] = set()
        try:
            for channel in await self._configurations.channels(merchant):
                if await self._active(tenant := Tenant(merchant, channel)):
                    found.add(tenant)
        except AdapterError:
            return found
        return found

    async def _active(self, tenant: Tenant) -> bool:
        try:
            return (await self._configurations.read(tenant)).active
        except AdapterError:
            return False
