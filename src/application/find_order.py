"""Whose an order is that somebody has named: ours, else Norce's, else Qliro's, else nobody's."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from application.ports.configurations import MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.ports.reconciliation_work import ReconciliationWork, StoredOrder
from application.read_at_qliro import ReadAtQliro
from application.reconcile_order import not_compared
from application.tempo import Tempo
from domain.discrepancy import Discrepancy, DiscrepancyKind, Side
from domain.errors import AdapterError, ConfigurationNotFound, OrderNotFound
from domain.identifiers import OrderKey, Tenant
from domain.money import Money
from domain.readings import Held
from domain.sides import held_side


class UnknownOrder(Exception):
    """Neither Norce nor Qliro nor we know an order of that name."""


@dataclass(slots=True)
class Found:
    """`orders` are to be compared. `alone` is what only Qliro knows, or who could not be asked (`failed` of them)."""

    orders: list[StoredOrder] = field(default_factory=list)
    alone: list[Discrepancy] = field(default_factory=list)
    failed: int = 0

    @property
    def nothing(self) -> bool:
        return not self.orders and not self.alone


class FindOrder:
    """What is stored answers for free; only an order that is not costs a request per tenant and upstream."""

    def __init__(
        self,
        work: ReconciliationWork,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        tempo: Tempo,
    ) -> None:
        self._work = work
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._tempo = tempo

    async def __call__(self, order_id: str, tenants: Sequence[Tenant], counted: Counter[str]) -> Found:
        """Raises UnknownOrder when everybody was asked and nobody knows it, and StoreUnavailable."""
        keys = [OrderKey(tenant.merchant, tenant.channel, order_id) for tenant in tenants]
        stored = [await self._work.order(key) for key in keys]
        found = Found([one for one in stored if one.payments or one.session])
        for look in (self._in_norce, self._at_qliro):
            if not found.nothing:
                return found
            await asyncio.gather(*(look(one, found, counted) for one in stored))
        if found.nothing:
            raise UnknownOrder(f"No order {order_id} is known, neither to Norce nor to Qliro nor here.")
        return found

    async def _in_norce(self, stored: StoredOrder, found: Found, counted: Counter[str]) -> None:
        key = stored.key
        try:
            await self._tempo.read("norce", key.merchant, lambda: self._platform.read_outline(key), counted)
        except OrderNotFound:
            return
        except AdapterError as failure:
            _failed(key, failure, found)
            return
        found.orders.append(stored)

    async def _at_qliro(self, stored: StoredOrder, found: Found, counted: Counter[str]) -> None:
        key = stored.key
        try:
            configuration = await self._configurations.read(key.tenant)
            if configuration.active:
                reader = ReadAtQliro(self._provider, self._tempo, configuration.account, counted)
                held = (await reader.by_reference(key.order_id)).held
                found.alone += [_only_qliros(key, held)] if held else []
        except ConfigurationNotFound:
            return
        except AdapterError as failure:
            _failed(key, failure, found)


def _failed(key: OrderKey, failure: AdapterError, found: Found) -> None:
    found.alone.append(not_compared(key, failure))
    found.failed += 1


def _only_qliros(key: OrderKey, held: Held) -> Discrepancy:
    """An order at Qliro that goes by the name of one that Norce does not have."""
    money = held.totals.remaining + held.totals.refundable
    return Discrepancy(
        kind=DiscrepancyKind.MISSING_IN_NORCE,
        order=key,
        subject=f"Qliro order {held.provider_order_id}",
        norce=Side(state="missing"),
        provider=held_side(held),
        ours=Side(state="missing"),
        at_risk=Money(money, held.currency) if money else None,
        remedy="Left: neither Norce nor we know its order",
        detail=f"only Qliro knows {key.order_id}, as order {held.provider_order_id}",
    )
