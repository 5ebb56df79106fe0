"""Inbox and outbox with many workers at once."""

import asyncio
from datetime import timedelta

import asyncpg

from adapters.persistence.store import Store
from application.ports.inbox import Notice, NoticeKind
from application.ports.payments import Work
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.payment import Payment
from tests.fakes.clock import SOME_TIME

MINUTE = timedelta(minutes=1)
REPORT = Message(MessageKind.REPORT_PAYMENT)
LOG = Message(MessageKind.LOG_TRANSACTION, {"event": "open"})


def an_order(number: int) -> OrderKey:
    return OrderKey(f"merchant-{number % 3}", "se", f"order-{number}")


def a_notice(number: int) -> Notice:
    return Notice(an_order(number).payment("p"), NoticeKind.CHECKOUT, f"n-{number}")


async def owe(store: Store, number: int, *messages: Message) -> Payment:
    key = an_order(number).payment("p")
    payment = Payment.intend(key, Money(1, "SEK"), provider_order_id=number, merchant_reference="r", at=SOME_TIME)
    await store.payments.commit(Work(key.order, payments=(payment,), messages=messages))
    payment.stored()
    return payment


async def test_the_same_notice_eight_times_at_once_is_stored_once(store: Store) -> None:
    accepted = await asyncio.gather(*(store.inbox.accept(a_notice(1)) for _ in range(8)))
    assert sorted(accepted) == [False] * 7 + [True]
    assert len(await store.inbox.take(limit=9, lease=MINUTE)) == 1


async def test_no_notice_is_taken_by_two_workers(store: Store) -> None:
    await asyncio.gather(*(store.inbox.accept(a_notice(number)) for number in range(40)))

    async def drain() -> list[str]:
        keys: list[str] = []
        while batch := await store.inbox.take(limit=5, lease=MINUTE):
            keys += [notice.notice.dedupe_key for notice in batch]
        return keys

    taken = [key for keys in await asyncio.gather(*(drain() for _ in range(6))) for key in keys]
    taken += await drain()
    assert sorted(taken) == sorted(f"n-{number}" for number in range(40))


async def test_letters_are_delivered_once_and_in_order_while_more_are_written(store: Store) -> None:
    told: dict[OrderKey, list[int]] = {}
    payments = [await owe(store, number, REPORT, LOG) for number in range(6)]

    async def relay() -> None:
        for _ in range(40):
            for bundle in await store.outbox.take(limit=2, lease=MINUTE):
                told.setdefault(bundle.order, []).extend(letter.id for letter in bundle.letters)
                await store.outbox.close(bundle, delivered=bundle.letters)
            await asyncio.sleep(0)

    async def write() -> None:
        for payment in payments * 3:
            await store.payments.commit(Work(payment.key.order, payments=(payment,), messages=(REPORT,)))

    await asyncio.gather(write(), relay(), relay(), relay())
    await relay()
    assert {order: len(ids) for order, ids in told.items()} == {payment.key.order: 5 for payment in payments}
    assert all(ids == sorted(set(ids)) for ids in told.values())


async def test_a_letter_of_an_unknown_kind_waits_for_a_newer_version(store: Store, database_url: str) -> None:
    await owe(store, 1, REPORT, LOG)
    await owe(store, 2, REPORT)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE outbox SET kind = 'from-the-future' WHERE kind = 'log-transaction'")
    finally:
        await connection.close()
    bundles = await store.outbox.take(limit=9, lease=MINUTE)
    assert [[letter.message for letter in bundle.letters] for bundle in bundles] == [[REPORT], [REPORT]]
