"""What this adapter remembers of money that was taken and given back, order by order of the provider's."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Protocol

from domain.identifiers import Tenant
from domain.settlement_books import OrderBooks


class PaymentBooks(Protocol):
    """Read only. Every method raises StoreUnavailable when the database does not answer."""

    async def tenants(self, *, merchant: str = "") -> tuple[Tenant, ...]:
        """Every channel that has orders here, in order; of one merchant, or of all."""
        ...

    async def of_orders(
        self, tenants: Collection[Tenant], provider_order_ids: Collection[int]
    ) -> Mapping[int, OrderBooks]:
        """The books of these orders as far as payments of these tenants stand for them.

        Where several do (one was withdrawn), the one that is alive, else the one with money.
        """
        ...

    def captured(self, tenant: Tenant, *, since: datetime) -> AsyncIterator[tuple[OrderBooks, ...]]:
        """Payments of the tenant with captured money that changed since then, page by page."""
        ...
