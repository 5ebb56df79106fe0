"""Claims over an order, by real processes."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from adapters.persistence.store import Store
from application.ports.payments import Work
from domain.errors import OrderBusy, StalePayment
from domain.identifiers import OrderKey
from domain.money import Money
from domain.payment import Payment
from tests.fakes.clock import FrozenClock
from tests.integration.persistence.claimant import ORDER, PAYMENT, WallClock
from tests.integration.persistence.processes import claimant

NOW = timedelta()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


async def a_stored_payment(store: Store, amount: int = 0) -> Payment:
    payment = Payment.intend(
        PAYMENT, Money(amount, "SEK"), provider_order_id=1, merchant_reference="r", at=FrozenClock().now()
    )
    await store.payments.commit(Work(ORDER, payments=(payment,)))
    payment.stored()
    return payment


async def test_two_processes_never_work_on_one_order_at_once(store: Store, database_url: str) -> None:
    await a_stored_payment(store)
    workers = await asyncio.gather(*(claimant(database_url, "count", 25) for _ in range(2)))
    assert [await worker.wait() for worker in workers] == [0, 0]
    stored = await store.payments.read(PAYMENT)
    assert stored is not None
    assert (stored.amount, stored.version) == (50, 51)


async def test_a_killed_holders_claim_runs_out(store: Store, database_url: str) -> None:
    holder = await claimant(database_url, "hold", 1.0)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(OrderBusy):
        await store.payments.claim(ORDER, wait=NOW, lease=MINUTE)
    holder.kill()
    await holder.wait()
    claim = await store.payments.claim(ORDER, wait=timedelta(seconds=5), lease=MINUTE)
    assert claim.order == ORDER


async def test_of_two_writers_with_one_version_one_wins(store: Store) -> None:
    payment = await a_stored_payment(store)
    writers = []
    for amount in range(1, 9):
        mine = await store.payments.read(payment.key)
        assert mine is not None
        mine.cover(amount, at=FrozenClock().now())
        writers.append(store.payments.commit(Work(ORDER, payments=(mine,))))
    outcomes = await asyncio.gather(*writers, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType"] + ["StalePayment"] * 7
    assert any(isinstance(outcome, StalePayment) for outcome in outcomes)


async def test_a_claim_always_sees_what_the_one_before_it_committed(store: Store) -> None:
    """However close the commit and the next claim come: a claim that read an older state would go stale here."""
    await a_stored_payment(store)

    async def work(times: int) -> None:
        for _ in range(times):
            claim = await store.payments.claim(ORDER, wait=MINUTE, lease=MINUTE)
            (payment,) = claim.payments
            payment.cover(payment.amount + 1, at=FrozenClock().now())
            await store.payments.commit(Work(ORDER, claim=claim, payments=(payment,), release=True))

    await asyncio.gather(*(work(15) for _ in range(8)))
    stored = await store.payments.read(PAYMENT)
    assert stored is not None
    assert stored.amount == 120


async def test_a_first_claim_by_many_at_once_is_had_by_one(store: Store) -> None:
    claims = [store.payments.claim(ORDER, wait=NOW, lease=MINUTE) for _ in range(8)]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OrderBusy) for outcome in outcomes) == 7


async def test_an_interrupted_claim_holds_nobody_up(store: Store) -> None:
    await store.ping()
    for step in range(30):
        order = OrderKey("demo", "se", f"interrupted-{step}")
        task = asyncio.create_task(store.payments.claim(order, wait=NOW, lease=MINUTE))
        await asyncio.sleep(step / 20_000)
        interrupted = task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if interrupted:
            assert await store.payments.claim(order, wait=timedelta(seconds=1), lease=MINUTE)


async def test_a_commit_without_a_claim_and_one_with_never_wait_for_each_other(store: Store, database_url: str) -> None:
    """A bystander makes both wait, the one with the claim first; were their locks taken crosswise, one would die."""
    await a_stored_payment(store)
    claim = await store.payments.claim(ORDER, wait=NOW, lease=MINUTE)
    (mine,) = claim.payments
    theirs = await store.payments.read(PAYMENT)
    assert theirs is not None
    mine.cover(5, at=FrozenClock().now())
    bystander = await asyncpg.connect(database_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        async with bystander.transaction():
            await bystander.execute("SELECT 1 FROM checkout_order FOR UPDATE")
            work = Work(ORDER, claim=claim, payments=(mine,), release=True)
            claimed = asyncio.create_task(store.payments.commit(work))
            await asyncio.sleep(0.3)
            loose = asyncio.create_task(store.payments.commit(Work(ORDER, payments=(theirs,))))
            await asyncio.sleep(0.3)
    finally:
        await bystander.close()
    held, other = await asyncio.gather(claimed, loose, return_exceptions=True)
    assert held is None
    assert isinstance(other, StalePayment)
