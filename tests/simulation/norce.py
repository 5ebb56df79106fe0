"""Norce in the simulation: one change of an order at a time, hooks asked before it, illegal states refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from application.change_cart import Patch
from application.ports.platform import PaymentChanges
from domain.errors import AdapterError, OrderConflict, OrderRefused
from domain.identifiers import OrderKey, Tenant
from domain.order import Generation, Hook, OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from tests.fakes.platform import FakePlatform

if TYPE_CHECKING:
    from tests.simulation.world import World

_PATIENCE = 2.0
_HOOK_PATIENCE = 10.0
_ROUNDS = 10
_PARTS: dict[str, Callable[[PurchaseOrder], object]] = {
    "/state": lambda order: order.status,
    "/cart": lambda order: order.items,
    "/shippings": lambda order: order.shippings,
    "/payments": lambda order: order.payments,
}
_MOVES = {
    OrderStatus.CHECKOUT: {OrderStatus.PROCESSING, OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.REMOVED},
    OrderStatus.PROCESSING: {
        OrderStatus.CHECKOUT,
        OrderStatus.ACCEPTED,
        OrderStatus.COMPLETED,
        OrderStatus.DECLINED,
        OrderStatus.REMOVED,
    },
    OrderStatus.ACCEPTED: {OrderStatus.COMPLETED, OrderStatus.DECLINED, OrderStatus.REMOVED},
}


class Norce(FakePlatform):
    """`echoing` merchants live on the older platform, where our own writes call our own hooks."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self.world = world
        self.echoing: set[Tenant] = set()
        self._locks: dict[OrderKey, asyncio.Lock] = {}

    def put(self, order: PurchaseOrder) -> None:
        """An order lives on its merchant's generation of the platform."""
        older = order.key.tenant in self.echoing
        super().put(replace(order, generation=Generation.OLDER if older else Generation.NEWER))

    async def change(self, key: OrderKey, **members: Any) -> bool:
        """Somebody else changes the order; False when a hook of ours kept it from happening."""
        try:
            async with self._alone(key):
                self._legal(key, members.get("status"))
                await self._asked(key, members)
        except AdapterError as refused:
            self.world.note(f"norce drops {sorted(members)} of {key.order_id}: {refused}")
            return False
        return True

    async def set_status(self, order: OrderKey, status: OrderStatus) -> None:
        async with self._alone(order):
            self._legal(order, status)
            if order.tenant in self.echoing:
                await self._asked(order, {"status": status})
            else:
                await super().set_status(order, status)
        self.world.note(f"norce order {order.order_id} is {status}")

    async def replace_payment(self, order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        async with self._alone(order):
            before = self._order(order)
            written = await super().replace_payment(order, current, changes)
            if order.tenant in self.echoing:
                payments = self.orders[order].payments
                self.orders[order] = before
                await self._asked(order, {"payments": payments})
                written = self._payment(order, current.id)
        self.world.note(f"norce payment {current.id} is {written.state} {written.amount}")
        return written

    @asynccontextmanager
    async def _alone(self, key: OrderKey) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), _PATIENCE)
        except TimeoutError:
            raise OrderConflict("The order is being changed.") from None
        try:
            yield
        finally:
            lock.release()

    def _legal(self, key: OrderKey, wanted: OrderStatus | None) -> None:
        status = self._order(key).status
        if wanted not in (None, status) and wanted not in _MOVES.get(status, ()):
            raise OrderRefused(f"An order that is {status} cannot become {wanted}.")

    async def _asked(self, key: OrderKey, members: dict[str, Any]) -> None:
        """Commit the change with what the hooks add to it. Raises OrderRefused when one of them says no."""
        before = self._order(key)
        if "status" in members and members["status"] is not before.status:
            members = {**members, "status_since": self._moment()}
        shown: dict[str, PurchaseOrder] = {}
        proposed = self.edit(key, **members)
        self.orders[key] = before
        for _ in range(_ROUNDS):
            hook = self._next_hook(before, proposed, shown)
            if hook is None:
                self.orders[key] = proposed
                return
            shown[hook.id] = proposed
            proposed = _patched(proposed, await self._call(key, hook, proposed))
        raise OrderRefused("Hooks go round in circles.")

    def _next_hook(
        self, before: PurchaseOrder, proposed: PurchaseOrder, shown: dict[str, PurchaseOrder]
    ) -> Hook | None:
        for part, read in _PARTS.items():
            for hook in (h for h in proposed.hooks if h.subscribe_to == part):
                if read(shown.get(hook.id, before)) != read(proposed):
                    return hook
        return None

    async def _call(self, key: OrderKey, hook: Hook, proposed: PurchaseOrder) -> tuple[Patch, ...]:
        payment = key.payment(hook.invoke.split("/payments/")[1].split("/")[0])
        case = "change_state" if hook.invoke.endswith("state-changed") else "change_cart"
        try:
            answer: tuple[Patch, ...] = await self.world.ask(case, payment, proposed, patience=_HOOK_PATIENCE)
        except (AdapterError, ConnectionError, TimeoutError) as denied:
            raise OrderRefused(f"Hook {case} denied the change: {type(denied).__name__} {denied}") from None
        return answer

    def _moment(self) -> datetime:
        return self.world.clock.now()


def _patched(order: PurchaseOrder, patches: tuple[Patch, ...]) -> PurchaseOrder:
    payments = list(order.payments)
    for patch in patches:
        _, _, place, member = patch.path.split("/")
        value: Any = PaymentState(str(patch.value)) if member == "state" else patch.value
        payments[int(place)] = replace(payments[int(place)], **{member: value})
    return replace(order, payments=tuple(payments))
