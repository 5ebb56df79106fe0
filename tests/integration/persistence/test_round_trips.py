"""Every method of the store is one statement: a request's cost is counted in these."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.persistence.store import Store, open_store
from application.ports.inbox import Notice, NoticeKind
from application.ports.outbox import Undelivered
from application.ports.payments import CheckoutSession, Work
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.payment import Payment
from tests.fakes.clock import SOME_TIME, FrozenClock

ORDER = OrderKey("demo", "se", "order-1")
LEASE = timedelta(minutes=1)
Counted = Callable[[Awaitable[object]], Awaitable[tuple[int, object]]]


@pytest.fixture
async def store(database_url: str, clock: FrozenClock) -> AsyncIterator[Store]:
    """With a single connection, whose every query can be heard."""
    opened = open_store(database_url, clock=clock, pool_size=1)
    yield opened
    await opened.close()


@pytest.fixture
async def counted(store: Store) -> Counted:
    heard: list[str] = []
    pool = await store.database._ready()
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: heard.append(record.query))

    async def run(act: Awaitable[object]) -> tuple[int, object]:
        heard.clear()
        result = await act
        return len(heard), result

    return run


async def test_each_method_is_one_round_trip(store: Store, counted: Counted) -> None:
    one, claim = await counted(store.payments.claim(ORDER, wait=timedelta(), lease=LEASE))
    assert one == 1
    payment = Payment.intend(
        ORDER.payment("p"), Money(1, "SEK"), provider_order_id=1, merchant_reference="r", at=SOME_TIME
    )
    work = Work(
        ORDER,
        claim=claim,  # type: ignore[arg-type]
        session=CheckoutSession("r", 1),
        payments=(payment,),
        messages=(Message(MessageKind.REPORT_PAYMENT),) * 2,
    )
    assert (await counted(store.payments.commit(work)))[0] == 1
    for act in (
        store.payments.renew(claim, lease=LEASE),  # type: ignore[arg-type]
        store.payments.read(payment.key),
        store.payments.read_session(ORDER),
        store.payments.due(limit=1, now=SOME_TIME, lease=LEASE),
        store.payments.look_again(payment.key, at=SOME_TIME),
        store.payments.looked(payment.key, leased_until=SOME_TIME),
        store.payments.release(claim),  # type: ignore[arg-type]
        store.inbox.accept(Notice(payment.key, NoticeKind.CHECKOUT, "n")),
        store.ping(),
    ):
        assert (await counted(act))[0] == 1


async def test_each_method_of_the_queues_is_one_round_trip(store: Store, counted: Counted) -> None:
    key = ORDER.payment("p")
    payment = Payment.intend(key, Money(1, "SEK"), provider_order_id=1, merchant_reference="r", at=SOME_TIME)
    letters = (Message(MessageKind.REPORT_PAYMENT),) * 3
    await store.payments.commit(Work(ORDER, payments=(payment,), messages=letters))
    await store.inbox.accept(Notice(key, NoticeKind.CHECKOUT, "n"))
    assert (await counted(store.inbox.take(limit=1, lease=timedelta())))[0] == 1
    (notice,) = await store.inbox.take(limit=1, lease=LEASE)
    assert (await counted(store.outbox.take(limit=1, lease=timedelta())))[0] == 1
    (bundle,) = await store.outbox.take(limit=1, lease=LEASE, order=ORDER)
    for act in (
        store.inbox.defer(notice, until=SOME_TIME, reason="later"),
        store.inbox.handled(notice),
        store.outbox.close(bundle, delivered=bundle.letters[:2], failed=Undelivered(bundle.letters[2], None, "never")),
    ):
        assert (await counted(act))[0] == 1
