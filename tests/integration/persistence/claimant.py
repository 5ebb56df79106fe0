"""A worker in a process of its own: `python -m tests.integration.persistence.claimant URL hold|count …`."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from adapters.persistence.store import Store, open_store
from application.ports.payments import Work
from domain.identifiers import OrderKey

ORDER = OrderKey("demo", "se", "contended")
PAYMENT = ORDER.payment("p-1")


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def hold(store: Store, seconds: float) -> None:
    """Claim the order for that long, say so, and never come back."""
    await store.payments.claim(ORDER, wait=timedelta(seconds=5), lease=timedelta(seconds=seconds))
    print("held", flush=True)  # noqa: T201 - told to the parent
    await asyncio.sleep(60)


async def count(store: Store, times: int) -> None:
    """Add one to the payment's amount that many times."""
    for _ in range(times):
        claim = await store.payments.claim(ORDER, wait=timedelta(seconds=30), lease=timedelta(seconds=30))
        (payment,) = claim.payments
        await asyncio.sleep(0.001)
        payment.cover(payment.amount + 1, at=datetime.now(UTC))
        await store.payments.commit(Work(ORDER, claim=claim, payments=(payment,), release=True))


async def main(url: str, act: str, number: str) -> None:
    store = open_store(url, clock=WallClock(), pool_size=2)
    try:
        await (hold(store, float(number)) if act == "hold" else count(store, int(number)))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
