"""Qliro in the simulation: decides money movements in its own time, and tells of them as badly as it can."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from application.ports.configurations import ProviderAccount
from application.ports.inbox import Notice, NoticeKind
from application.ports.provider import CheckoutDraft
from domain.checkout import Basket, CheckoutStatus, ProviderCheckout
from domain.errors import AdapterError, ProviderBusy, ProviderFault, ProviderOrderMissing
from domain.identifiers import PaymentKey, Tenant
from domain.ledger import ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.outcomes import Outcome
from tests.fakes.provider import FakeProvider
from tests.fakes.provider_order import FakeOrder

if TYPE_CHECKING:
    from tests.simulation.world import World

_LIFETIME = 24 * 3600.0
_RETRIES = (10.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0, 24 * 3600.0)


class Qliro(FakeProvider):
    """The judge of what happened to the money; `ours` are the movements that the adapter asked for, by key."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self.world = world
        self.paying: set[int] = set()
        self.ours: dict[UUID, tuple[str, int, tuple[int, ...]]] = {}
        self.by_hand: set[int] = set()
        """Orders that somebody has touched in the portal."""
        self._past: dict[int, list[tuple[float, ProviderLedger, ProviderCheckout]]] = {}

    def key_of(self, order: FakeOrder) -> PaymentKey:
        """The payment whose callbacks this order was created with."""
        order_id, payment_id = order.draft.callbacks.push.split("/")[-3:-1]
        tenant: Tenant = order.owner.tenant
        return PaymentKey(tenant.merchant, tenant.channel, order_id, payment_id)

    # The port, where it differs.

    async def create_checkout(self, account: ProviderAccount, draft: CheckoutDraft) -> int:
        made = await super().create_checkout(account, draft)
        self._touch(made)
        self.world.background(self._grow_old(made))
        return made

    async def update_checkout(
        self, account: ProviderAccount, provider_order_id: int, basket: Basket, *, version: str
    ) -> None:
        if provider_order_id in self.paying:
            raise ProviderBusy("The customer is paying.", ProviderFault("ORDER_LOCKED"))
        await super().update_checkout(account, provider_order_id, basket, version=version)
        self._touch(provider_order_id)

    async def capture(self, *args: Any, **kwargs: Any) -> Outcome:
        return self._asked("capture", args[1], kwargs["request_id"], await super().capture(*args, **kwargs))

    async def cancel(self, *args: Any, **kwargs: Any) -> Outcome:
        return self._asked("cancel", args[1], kwargs["request_id"], await super().cancel(*args, **kwargs))

    async def refund(self, *args: Any, **kwargs: Any) -> Outcome:
        return self._asked("refund", args[1], kwargs["request_id"], await super().refund(*args, **kwargs))

    def as_it_was(self, name: str, args: tuple[Any, ...]) -> ProviderLedger | ProviderCheckout:
        """A reading that is up to half a minute old."""
        past = self._past.get(args[1], [])
        if not past or args[1] not in self.orders:
            raise ProviderOrderMissing("Qliro refused: unknown.")
        moment = self.world.time() - self.world.chance.uniform(0, 30)
        _, ledger, checkout = next((then for then in reversed(past) if then[0] <= moment), past[0])
        return ledger if name == "read_ledger" else checkout

    # What happens without us.

    def pays(self, order_id: int, kind: TransactionKind, *, on_hold: bool) -> None:
        """The customer's purchase goes through, or is held back by a bank."""
        made = self.buy(order_id, kind=kind, on_hold=on_hold)
        self._touch(order_id)
        self.tell(order_id, CheckoutStatus.ON_HOLD if on_hold else CheckoutStatus.COMPLETED)
        self.tell_transaction(order_id, made.id)
        self.tell_booking(order_id)
        if on_hold:
            delay = self.world.chance.choice((5.0, 600.0, 6 * 3600.0, 3 * 86400.0))
            self.world.background(self._decide_hold(order_id, made.id, delay))

    def portal(self, order_id: int, act: str) -> None:
        """Somebody presses a button in the provider's own portal."""
        order, chance = self.orders[order_id], self.world.chance
        if order.status is not CheckoutStatus.COMPLETED or order.cancelled or order.ledger().undecided():
            return
        groups = order.ledger().returnable() if act == "refund" else order.ledger().shippable()
        if not groups:
            return
        group = groups[0]
        plain = len(group.items) > 1 and all(row.price_inc > 0 for row in group.items)
        if act == "capture" and plain and chance.random() < 0.5:
            group = replace(group, items=group.items[:1])
        kind = {
            "capture": TransactionKind.CAPTURE,
            "cancel": TransactionKind.REVERSAL,
            "refund": TransactionKind.REFUND,
        }[act]
        made = order.move(next(self._transaction_ids), kind, group)
        self.world.note(f"portal {act} of {order_id}: {group.total_inc}")
        self.by_hand.add(order_id)
        self._begun(order, (made,))

    def tell(self, order_id: int, status: CheckoutStatus) -> None:
        """Push the checkout's status."""
        identity = f"checkout:{order_id}:{status}:{self.world.time():.3f}"
        self._push(order_id, NoticeKind.CHECKOUT, identity)

    def tell_transaction(self, order_id: int, transaction_id: int) -> None:
        """Push a transaction's status."""
        found = self.orders[order_id].ledger().transaction(transaction_id)
        status = found.status if found else "Unknown"
        self._push(order_id, NoticeKind.ORDER_MANAGEMENT, f"status:{order_id}:{transaction_id}:{status}")

    def tell_booking(self, order_id: int) -> None:
        """A delivery platform integrated here books, or fails and then books after all; one of both may come first."""
        if not self.orders[order_id].added:
            return
        moment = self.world.clock.now().isoformat(timespec="milliseconds")
        told: dict[str, str | int | None] = {"provider": "Ingrid", "at": moment, "providerOrderId": order_id}
        if self.world.chance.random() < 0.3:
            facts = told | {"success": 0, "at": "2000-01-01T00:00:00.000+00:00", "error": "No slot"}
            self._push(order_id, NoticeKind.NOTIFICATION, f"booking failed:{order_id}", facts)
        facts = told | {"success": 1, "booking": f"T-{order_id}", "carrier": "DHL"}
        self._push(order_id, NoticeKind.NOTIFICATION, f"booked:{order_id}", facts)

    def resolve_all(self) -> None:
        """Banks decide everything that they still hold."""
        for order in self.orders.values():
            if order.status is CheckoutStatus.ON_HOLD:
                self._resolve(order.id)
            for transaction in [t for t in order.transactions if not t.status.final]:
                self._end(order, transaction, TransactionStatus.SUCCESS)

    # Inside.

    def _asked(self, act: str, order_id: int, key: UUID, outcome: Outcome) -> Outcome:
        made: tuple[int, ...] = getattr(outcome, "transactions", ())
        if made and key not in self.ours:
            self.ours[key] = (act, order_id, made)
            self._begun(self.orders[order_id], made)
        self.world.note(f"qliro {act} of {order_id} key {key.int}: {outcome}")
        return outcome

    def _begun(self, order: FakeOrder, made: tuple[int, ...]) -> None:
        now = self.world.clock.now()
        order.transactions = [replace(t, at=now) if t.id in made else t for t in order.transactions]
        self._touch(order.id)
        for transaction_id in made:
            self.world.background(self._decide_later(order, transaction_id))

    async def _decide_later(self, order: FakeOrder, transaction_id: int) -> None:
        chance = self.world.chance
        luck = chance.random()
        await asyncio.sleep(chance.uniform(0.02, 2) if luck < 0.8 else chance.uniform(2, 60 if luck < 0.95 else 20_000))
        found = order.ledger().transaction(transaction_id)
        if found is None or found.status.final:
            return
        fails = chance.random() < (0.06 if self.world.weather.rate else 0)
        self._end(order, found, TransactionStatus.ERROR if fails else TransactionStatus.SUCCESS)

    def _end(self, order: FakeOrder, transaction: Transaction, status: TransactionStatus) -> None:
        order.decide(transaction, status, "DECLINED" if status is TransactionStatus.ERROR else "")
        self.world.note(f"qliro {transaction.kind} {transaction.id} of {order.id}: {status}")
        self._touch(order.id)
        self.tell_transaction(order.id, transaction.id)

    async def _decide_hold(self, order_id: int, transaction_id: int, delay: float) -> None:
        await asyncio.sleep(delay * self.world.chance.uniform(0.2, 1))
        if self.orders[order_id].status is CheckoutStatus.ON_HOLD:
            self._resolve(order_id)
            self.tell_transaction(order_id, transaction_id)

    def _resolve(self, order_id: int) -> None:
        self.resolve_hold(order_id, approve=self.world.chance.random() < 0.7)
        status = self.orders[order_id].status
        self.world.note(f"qliro {order_id} is {status}")
        self._touch(order_id)
        self.tell(order_id, status)

    async def _grow_old(self, order_id: int) -> None:
        await asyncio.sleep(_LIFETIME)
        if self.orders[order_id].status is not CheckoutStatus.IN_PROCESS:
            return
        self.expire(order_id)
        await asyncio.sleep(_LIFETIME)
        if self.orders[order_id].status is CheckoutStatus.IN_PROCESS and self.world.chance.random() < 0.3:
            self.forget(order_id)

    def _touch(self, order_id: int) -> None:
        order = self.orders[order_id]
        self._past.setdefault(order_id, []).append((self.world.time(), order.ledger(), order.checkout()))
        self.world.judge.books(order)

    def _push(
        self, order_id: int, kind: NoticeKind, identity: str, facts: dict[str, str | int | None] | None = None
    ) -> None:
        order, chance = self.orders[order_id], self.world.chance
        if self.world.weather.rate and chance.random() < 0.08:
            self.world.note(f"push {identity} is lost for ever")
            return
        notice = Notice(self.key_of(order), kind, identity, facts or {})
        for _ in range(2 if chance.random() < 0.15 else 1):
            late = chance.uniform(3600, 2 * 86400) if chance.random() < 0.05 else chance.uniform(0, 3)
            self.world.background(self._deliver(notice, late))

    async def _deliver(self, notice: Notice, late: float) -> None:
        await asyncio.sleep(late)
        for pause in (*_RETRIES, None):
            try:
                await self.world.ask("receive", notice, patience=10.0)
                return
            except (AdapterError, ConnectionError, TimeoutError):
                if pause is None:
                    return
                await asyncio.sleep(pause)
