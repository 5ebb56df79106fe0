"""One change to an order, from lock to commit (contract section c.6)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any, TypeVar

from adapters.simulators.norce import totals
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.hooks import HookEngine
from adapters.simulators.norce.notifications import Notifier
from adapters.simulators.norce.state import NorceState, OrderRecord
from adapters.simulators.norce.wire import ApiError, timestamp

Json = dict[str, Any]
Result = TypeVar("Result")


class Changes:
    """Applies changes one at a time per order; readers never wait."""

    def __init__(self, state: NorceState, hooks: HookEngine, notifier: Notifier) -> None:
        self._state = state
        self._hooks = hooks
        self._notifier = notifier

    async def apply(self, record: OrderRecord, change: Callable[[Json], Result], caller: Caller) -> Result:
        """Run `change` on a copy of the order, ask the hooks, commit, publish; returns what `change` did.

        Raises ApiError and leaves the order as it was: 409 when the order stays busy, 400 when the change
        or a hook says no.
        """
        async with self.locked(record):
            before = record.doc
            proposed = deepcopy(before)
            result = change(proposed)
            totals.recompute(proposed, reading=record.reading)
            approved = await self._hooks.approve(before, proposed, caller, reading=record.reading)
            approved["lastModified"] = timestamp()
            record.commit(approved)
            self._note_states(before, approved, caller)
        self._notifier.publish(before, approved, caller)
        return result

    @asynccontextmanager
    async def locked(self, record: OrderRecord) -> AsyncIterator[None]:
        """The order to oneself. Raises ApiError 409 when somebody else keeps it too long."""
        try:
            async with asyncio.timeout(self._state.scaled(self._state.config.lock_wait_seconds)):
                await record.lock.acquire()
        except TimeoutError:
            raise ApiError(409, "order-conflict", f"Order {record.id} is being modified.") from None
        try:
            if record.id not in self._state.orders:
                raise ApiError(404, "order-not-found", f"Order with id:{record.id} not found.")
            yield
        finally:
            record.lock.release()

    def _note_states(self, before: Json, after: Json, caller: Caller) -> None:
        ledger = self._state.ledger
        old, new = before["state"]["currentStatus"], after["state"]["currentStatus"]
        moves: list[tuple[str | None, str | None, str]] = [(None, old, new)] if old != new else []
        earlier = {each["id"]: each["state"] for each in before["payments"]}
        for payment in after["payments"]:
            was = earlier.get(payment["id"])
            if was != payment["state"]:
                moves.append((payment["id"], was, payment["state"]))
        for payment_id, was, now in moves:
            about = {"from": was, "to": now, "by": caller.adapter_id}
            ledger.note(ledger.states, orderId=after["id"], paymentId=payment_id, **about)
