"""Exclusive work on an order: claimed, kept alive while it lasts, given back whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from application.deadline import within_deadline
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.outbox import Bundle
from application.ports.payments import Claim, Payments, Work
from domain.errors import AdapterError, ClaimLost, StoreUnavailable
from domain.identifiers import OrderKey
from domain.payment import Payment


class Held:
    """A claim in use. Commits made through it are fenced: they fail once somebody else holds the order."""

    def __init__(self, claim: Claim, payments: Payments) -> None:
        self.claim = claim
        self.released = False
        self._payments = payments

    async def commit(self, *payments: Payment, release: bool = False, work: Work | None = None) -> Bundle | None:
        """Store `payments` and what `work` adds, atomically; with `release` the claim ends with it.

        Returns what `Payments.commit` does.
        """
        base = work or Work(self.claim.order)
        bundle = await self._payments.commit(replace(base, claim=self.claim, release=release, payments=payments))
        self.released = release
        for payment in payments:
            payment.stored()
        return bundle

    async def release(self) -> None:
        """End the claim without writing anything else. Repeating it is harmless."""
        if not self.released:
            self.released = True
            await self._payments.release(self.claim)


class Exclusion:
    """Hands out exclusive work per order, across processes (no lock, transaction or connection is kept)."""

    def __init__(self, payments: Payments, clock: Clock, patience: Patience) -> None:
        self._payments = payments
        self._clock = clock
        self._patience = patience

    @asynccontextmanager
    async def hold(self, order: OrderKey, *, wait: timedelta | None = None) -> AsyncIterator[Held]:
        """Raises OrderBusy when the order stays taken for longer than `wait`, or than the caller's deadline allows."""
        lease = self._patience.lease
        longest = self._patience.claim if wait is None else wait
        claim = await self._payments.claim(order, wait=within_deadline(longest), lease=lease)
        held = Held(claim, self._payments)
        heartbeat = asyncio.create_task(self._keep_alive(held, lease))
        try:
            yield held
        finally:
            heartbeat.cancel()
            if not held.released:
                with suppress(AdapterError):  # a claim that can't be given back runs out by itself
                    await asyncio.shield(held.release())

    async def _keep_alive(self, held: Held, lease: timedelta) -> None:
        with suppress(ClaimLost):  # the next fenced commit tells the worker
            while not held.released:
                await self._clock.sleep(lease.total_seconds() / 3)
                with suppress(StoreUnavailable):
                    await self._payments.renew(held.claim, lease=lease)
