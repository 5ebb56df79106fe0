"""Which accounts of Qliro's pay out to whom: channels often share one, and its reports hold them all together."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from application.ports.configurations import MerchantConfigurations, ProviderAccount
from application.ports.payment_books import PaymentBooks
from domain.errors import AdapterError
from domain.identifiers import OrderKey, Tenant

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Payee:
    """An account with the channels that use it; `wanted` are those that were asked about, at least one."""

    name: str
    account: ProviderAccount
    tenants: tuple[Tenant, ...]
    wanted: tuple[Tenant, ...]

    @property
    def key(self) -> OrderKey:
        """Under which the account's own discrepancies are told."""
        return OrderKey(self.wanted[0].merchant, self.wanted[0].channel, "")


@dataclass(frozen=True, slots=True)
class Payees:
    """`failed` are channels that were asked about and whose account could not be learnt, with the reason."""

    found: tuple[Payee, ...]
    failed: tuple[tuple[Tenant, str], ...] = field(default=())


class FindPayees:
    """Reads the configuration of every channel of the merchants asked about."""

    def __init__(self, books: PaymentBooks, configurations: MerchantConfigurations) -> None:
        self._books = books
        self._configurations = configurations

    async def __call__(self, *, merchant: str = "", channel: str = "") -> Payees:
        """The accounts of the channels that have orders here; a channel named in full need not have any."""
        known = set(await self._books.tenants(merchant=merchant))
        if merchant and channel:
            known.add(Tenant(merchant, channel))
        gate = asyncio.Semaphore(_AT_ONCE)
        read = await asyncio.gather(*(self._read(tenant, gate) for tenant in sorted(known)))
        accounts: dict[tuple[str, str, str], list[tuple[Tenant, ProviderAccount]]] = {}
        failed = []
        for tenant, answer in read:
            if isinstance(answer, ProviderAccount):
                secret = answer.api_secret.reveal()
                accounts.setdefault((answer.api_url, answer.api_key, secret), []).append((tenant, answer))
            elif _asked(tenant, channel):
                failed.append((tenant, answer))
        payees = [_payee(members, channel) for members in accounts.values()]
        return Payees(_named([payee for payee in payees if payee.wanted]), tuple(failed))

    async def _read(self, tenant: Tenant, gate: asyncio.Semaphore) -> tuple[Tenant, ProviderAccount | str]:
        async with gate:
            try:
                return tenant, (await self._configurations.read(tenant)).account
            except AdapterError as failure:
                return tenant, failure.message


def _asked(tenant: Tenant, channel: str) -> bool:
    return channel in ("", tenant.channel)


def _payee(members: list[tuple[Tenant, ProviderAccount]], channel: str) -> Payee:
    tenants = tuple(tenant for tenant, _ in members)
    wanted = tuple(tenant for tenant in tenants if _asked(tenant, channel))
    account = next((account for tenant, account in members if tenant in wanted), members[0][1])
    return Payee("", account, tenants, wanted)


def _named(payees: Iterable[Payee]) -> tuple[Payee, ...]:
    """The merchant's name where it has one account, else with the first channel of each."""
    payees = sorted(payees, key=lambda payee: payee.wanted)
    merchants = [payee.wanted[0].merchant for payee in payees]
    named = []
    for payee in payees:
        first = payee.wanted[0]
        alone = merchants.count(first.merchant) == 1
        name = first.merchant if alone else f"{first.merchant}/{first.channel}"
        named.append(Payee(name, payee.account, payee.tenants, payee.wanted))
    return tuple(named)
