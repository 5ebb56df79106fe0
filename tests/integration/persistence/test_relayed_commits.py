"""Commits that take the delivery with them, raced on one order by several stores with connections of their own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import asyncpg
import pytest

from adapters.persistence.store import Store, open_store
from application.ports.outbox import Bundle, Undelivered
from application.ports.payments import Work
from domain.errors import OrderBusy
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.payment import Payment
from tests.fakes.clock import SOME_TIME
from tests.integration.persistence.claimant import WallClock

ORDER = OrderKey("demo", "se", "raced")
MINUTE = timedelta(minutes=1)
SECONDS, AT_LEAST, AT_MOST_SECONDS = 2.0, 20, 20.0
MISCOUNTED = """
    SELECT outbox_open, outbox_due_at, letters FROM checkout_order o CROSS JOIN LATERAL (
        SELECT count(*) AS letters FROM outbox x WHERE delivered_at IS NULL AND parked_at IS NULL
            AND (x.merchant, x.channel, x.order_id) = (o.merchant, o.channel, o.order_id)
    ) counted WHERE outbox_open <> letters OR (letters = 0) <> (outbox_due_at IS NULL)
"""


class Race:
    """What is true of the order while everybody works on it. Nobody dies, and no lease runs out."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.leased = self.refused = 0
        self._began = time.monotonic()
        self._holders = 0
        self._failures: dict[int, int] = {}

    @property
    def on(self) -> bool:
        """Until both ways have been gone often."""
        passed = time.monotonic() - self._began
        return passed < SECONDS or (min(self.leased, self.refused) < AT_LEAST and passed < AT_MOST_SECONDS)

    async def commit(self, store: Store, payment: Payment, work: Work) -> None:
        """As any caller: what is leased to it is delivered by it."""
        payment.cover(payment.amount + 1, at=SOME_TIME)
        messages = tuple(Message(MessageKind.LOG_TRANSACTION, {"n": n}) for n in range(random.choice((0, 1, 3))))
        relay = random.choice((MINUTE, MINUTE, None))
        base = Work(ORDER, work.claim, work.release, payments=(payment,), messages=messages, relay=relay)
        bundle = await store.payments.commit(base)
        payment.stored()
        self.refused += relay is not None and bundle is None
        if bundle is not None and bundle.letters:
            assert [letter.message for letter in bundle.letters] == list(messages)
            self.leased += 1
            await self.deliver(store, bundle)

    async def deliver(self, store: Store, bundle: Bundle) -> None:
        """All of it, or what comes before a letter that is put off or left for later."""
        self._holders += 1
        assert self._holders == 1, "two relays hold the order"
        assert [x.attempts for x in bundle.letters] == [self._failures.get(x.id, 0) for x in bundle.letters]
        number = random.randint(0, 2 * len(bundle.letters))
        for letter in bundle.letters[:number]:
            self.told.append(letter.id)
            await asyncio.sleep(random.choice((0, 0.001, 0.003)))
        refused = next(iter(bundle.letters[number:]), None)
        failed = None
        if refused is not None and random.random() < 0.5:
            self._failures[refused.id] = self._failures.get(refused.id, 0) + 1
            failed = Undelivered(refused, WallClock().now() + timedelta(milliseconds=random.randint(0, 4)), "not now")
        self._holders -= 1
        await store.outbox.close(bundle, delivered=bundle.letters[:number], failed=failed)


def a_payment(number: int) -> Payment:
    key = ORDER.payment(f"p-{number}")
    return Payment.intend(key, Money(1, "SEK"), provider_order_id=number, merchant_reference="r", at=SOME_TIME)


async def now_and_then() -> None:
    """Often in one breath with others, and seldom enough for all letters to be told in between."""
    await asyncio.sleep(random.choice((0, 0, 0.2)))


async def with_claims(race: Race, store: Store, number: int) -> None:
    await race.commit(store, a_payment(number), Work(ORDER))
    while race.on:
        with suppress(OrderBusy):
            claim = await store.payments.claim(ORDER, wait=timedelta(seconds=1), lease=MINUTE)
            payment = claim.payment(f"p-{number}")
            assert payment is not None
            await race.commit(store, payment, Work(ORDER, claim=claim, release=True))
        await now_and_then()


async def without_claims(race: Race, store: Store, number: int) -> None:
    payment = a_payment(number)
    while race.on:
        await race.commit(store, payment, Work(ORDER))
        await now_and_then()


async def relays(race: Race, store: Store, order: OrderKey | None) -> None:
    while race.on:
        for bundle in await store.outbox.take(limit=9, lease=MINUTE, order=order):
            await race.deliver(store, bundle)
        await asyncio.sleep(random.choice((0, 0.005)))


async def counts(race: Race, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    while race.on:
        assert await connection.fetch(MISCOUNTED) == []
        await asyncio.sleep(0.01)


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[list[Store]]:
    async with AsyncExitStack() as stack:
        opened = [open_store(database_url, clock=WallClock(), pool_size=4) for _ in range(4)]
        for one in opened:
            stack.push_async_callback(one.close)
        yield opened


async def test_every_letter_is_told_once_and_in_order_by_one_at_a_time(stores: list[Store], database_url: str) -> None:
    race, connection = Race(), await asyncpg.connect(database_url)
    try:
        async with asyncio.TaskGroup() as group:
            for number, store in enumerate(stores):
                group.create_task(with_claims(race, store, 2 * number + 1))
                group.create_task(without_claims(race, store, 2 * number + 2))
                group.create_task(relays(race, store, ORDER if number % 2 else None))
            group.create_task(counts(race, connection))
        while await connection.fetchval("SELECT outbox_open FROM checkout_order") > 0:
            for bundle in await stores[0].outbox.take(limit=1, lease=MINUTE):
                await race.deliver(stores[0], bundle)
        written = [row["id"] for row in await connection.fetch("SELECT id FROM outbox ORDER BY id")]
        (order,) = await connection.fetch("SELECT * FROM checkout_order")
    finally:
        await connection.close()
    assert race.told == written
    assert min(race.leased, race.refused) >= AT_LEAST
    assert (order["relay_token"], order["claim_token"], order["outbox_due_at"]) == (None, None, None)
    assert not await stores[0].outbox.owed(ORDER)


async def somebody_waits(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Returns when a statement in this database waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(200):
        if await connection.fetchval(waiting):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_a_relay_that_closes_late_and_the_next_one_do_not_wait_for_each_other(
    stores: list[Store], database_url: str
) -> None:
    messages = (Message(MessageKind.REPORT_PAYMENT), Message(MessageKind.LOG_TRANSACTION))
    work = Work(ORDER, payments=(a_payment(1),), messages=messages, relay=timedelta(milliseconds=1))
    late = await stores[0].payments.commit(work)
    assert late is not None
    await asyncio.sleep(0.01)
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM outbox WHERE id = $1 FOR UPDATE", late.letters[-1].id)
            closing = asyncio.create_task(stores[0].outbox.close(late, delivered=late.letters))
            await somebody_waits(connection)
            taking = asyncio.create_task(stores[1].outbox.take(limit=1, lease=MINUTE))
            await asyncio.wait({taking}, timeout=0.2)
        await closing
        assert await taking == ()
    finally:
        await connection.close()
    assert not await stores[0].outbox.owed(ORDER)


async def test_a_lease_counts_from_before_whatever_the_commit_waits_for(stores: list[Store], database_url: str) -> None:
    payment = a_payment(1)
    await stores[0].payments.commit(Work(ORDER, payments=(payment,)))
    payment.stored()
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM checkout_order FOR UPDATE")
            work = Work(ORDER, payments=(payment,), messages=(Message(MessageKind.REPORT_PAYMENT),), relay=MINUTE)
            committing = asyncio.create_task(stores[0].payments.commit(work))
            await somebody_waits(connection)
            waited = time.monotonic()
        bundle = await committing
    finally:
        await connection.close()
    assert bundle is not None
    assert bundle.since < waited
