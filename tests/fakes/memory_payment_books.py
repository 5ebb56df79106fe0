"""The books of payments in memory, under the same contract as in the database."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime

from domain.identifiers import Tenant
from domain.lifecycle import PaymentStatus
from domain.payment import Payment
from domain.settlement_books import OrderBooks, Sums, movements
from tests.fakes.memory import MemoryStore

_DEAD = {PaymentStatus.REMOVED, PaymentStatus.DECLINED, PaymentStatus.CANCELLED}


class MemoryPaymentBooks:
    """See `application.ports.payment_books.PaymentBooks`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def tenants(self, *, merchant: str = "") -> tuple[Tenant, ...]:
        found = {order.tenant for order in self._store.desks} | {key.tenant for key in self._store.stored}
        return tuple(sorted(tenant for tenant in found if merchant in ("", tenant.merchant)))

    async def of_orders(
        self, tenants: Collection[Tenant], provider_order_ids: Collection[int]
    ) -> Mapping[int, OrderBooks]:
        found: dict[int, OrderBooks] = {}
        for payment in sorted(self._store.stored.values(), key=lambda p: p.status not in _DEAD):
            known = payment.provider_order_id in provider_order_ids and payment.key.tenant in tenants
            if known and (payment.status not in _DEAD or payment.totals.captured):
                found[payment.provider_order_id or 0] = self._books(payment)
        return found

    async def captured(self, tenant: Tenant, *, since: datetime) -> AsyncIterator[tuple[OrderBooks, ...]]:
        for key, payment in sorted(self._store.stored.items()):
            changed = payment.totals.captured > 0 and payment.updated_at >= since and payment.provider_order_id
            if key.tenant == tenant and changed:
                yield (self._books(payment),)

    def _books(self, payment: Payment) -> OrderBooks:
        lines = self._store.history[payment.key]
        history = [Sums(line.totals.captured, line.totals.refunded, line.at) for line in lines]
        return OrderBooks(
            key=payment.key,
            provider_order_id=payment.provider_order_id or 0,
            currency=payment.currency,
            movements=movements(payment.operations, history),
        )
