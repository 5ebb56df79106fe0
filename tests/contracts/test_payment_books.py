"""The payment books' contract, for memory and for PostgreSQL."""

from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.persistence.payment_books import PostgresPaymentBooks
from adapters.persistence.store import Store
from application.ports.payment_books import PaymentBooks
from domain.checkout import CheckoutStatus
from domain.evidence import Evidence
from domain.identifiers import OrderKey, Tenant
from domain.ledger import LedgerTotals
from domain.operation import OperationKind
from domain.outcomes import Accepted
from domain.payment import Payment
from domain.settlement_books import MovementKind
from tests.contracts.persistence import StoreScene
from tests.fakes.clock import FrozenClock
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_payment_books import MemoryPaymentBooks

SE, NO = Tenant("demo", "se"), Tenant("demo", "no")


class PaymentBooksContract:
    """Subclasses offer the fixtures `scene` and `books`."""

    async def captured(
        self, scene: StoreScene, number: int, *, tenant: Tenant = SE, refunded: int = 0, seen: int = 0
    ) -> Payment:
        """A payment of 548.00: by an operation of ours, or (`seen`) by a look at Qliro's books."""
        payment = scene.a_payment(
            OrderKey(tenant.merchant, tenant.channel, f"order-{number:03}").payment("p-1"), provider_order_id=number
        )
        scene.authorize(payment)
        at = scene.clock.now()
        for kind, amount in ((OperationKind.CAPTURE, 54_800 - seen), (OperationKind.REFUND, refunded)):
            if amount:
                operation = payment.request(kind, operation_id=uuid4(), request_id=uuid4(), at=at)
                totals = LedgerTotals(54_800, 54_800, 0, refunded if kind is OperationKind.REFUND else 0)
                payment.decide(operation.id, Accepted((number * 10 + (kind is OperationKind.REFUND),)), at=at)
                payment.observe(Evidence(CheckoutStatus.COMPLETED, totals, 3, "SEK"), at=at)
        if seen:
            totals = LedgerTotals(54_800, 54_800)
            payment.observe(Evidence(CheckoutStatus.COMPLETED, totals, 2, "SEK"), at=at)
        return await scene.stored(payment)

    async def test_a_capture_and_a_refund_are_known_by_their_transactions(
        self, scene: StoreScene, books: PaymentBooks
    ) -> None:
        payment = await self.captured(scene, 7, refunded=54_800)
        found = await books.of_orders([SE], [7, 8])
        assert list(found) == [7]
        assert (found[7].key, found[7].provider_order_id, found[7].currency) == (payment.key, 7, "SEK")
        assert [(m.kind, m.amount, m.transactions, m.at) for m in found[7].movements] == [
            (MovementKind.CAPTURE, 54_800, (70,), scene.clock.now()),
            (MovementKind.REFUND, 54_800, (71,), scene.clock.now()),
        ]

    async def test_what_was_captured_elsewhere_is_known_by_its_amount(
        self, scene: StoreScene, books: PaymentBooks
    ) -> None:
        await self.captured(scene, 7, seen=54_800)
        (movement,) = (await books.of_orders([SE], [7]))[7].movements
        assert (movement.amount, movement.transactions) == (54_800, ())

    async def test_a_payment_without_captures_has_empty_books(self, scene: StoreScene, books: PaymentBooks) -> None:
        await scene.stored(scene.a_payment(provider_order_id=7))
        assert (await books.of_orders([SE], [7]))[7].movements == ()

    async def test_of_several_payments_the_living_one_counts_else_the_one_with_money(
        self, scene: StoreScene, books: PaymentBooks
    ) -> None:
        withdrawn = scene.a_payment(provider_order_id=7)
        withdrawn.remove(at=scene.clock.now())
        await scene.stored(withdrawn)
        assert await books.of_orders([SE], [7]) == {}
        scene.authorize(withdrawn)
        totals = LedgerTotals(54_800, 54_800)
        withdrawn.observe(Evidence(CheckoutStatus.COMPLETED, totals, 2, "SEK"), at=scene.clock.now())
        await scene.stored(withdrawn)
        assert (await books.of_orders([SE], [7]))[7].key == withdrawn.key
        living = await self.captured(scene, 7)
        assert (await books.of_orders([SE], [7]))[7].key == living.key

    async def test_only_the_tenants_that_are_named_are_looked_at(self, scene: StoreScene, books: PaymentBooks) -> None:
        await self.captured(scene, 7)
        await self.captured(scene, 8, tenant=NO)
        assert set(await books.of_orders([NO], [7, 8])) == {8}
        assert set(await books.of_orders([NO, SE], [7, 8])) == {7, 8}
        assert await books.of_orders([], [7]) == {}
        assert await books.tenants() == (NO, SE)
        assert await books.tenants(merchant="demo") == (NO, SE)
        assert await books.tenants(merchant="other") == ()
        await self.captured(scene, 9, tenant=Tenant("zoo", "a"))
        await self.captured(scene, 10, tenant=Tenant("aha", "z"))
        assert await books.tenants() == (Tenant("aha", "z"), NO, SE, Tenant("zoo", "a"))
        assert await books.tenants(merchant="demo") == (NO, SE)
        assert await books.tenants(merchant="zoo") == (Tenant("zoo", "a"),)

    async def test_captured_payments_come_page_by_page_each_once(self, scene: StoreScene, books: PaymentBooks) -> None:
        for number in range(1, 8):
            await self.captured(scene, number)
        await self.captured(scene, 9, tenant=NO)
        await scene.stored(scene.a_payment(SE_UNPAID, provider_order_id=10))
        found = [one async for page in books.captured(SE, since=scene.clock.now()) for one in page]
        assert sorted(one.provider_order_id for one in found) == list(range(1, 8))
        assert all(len(one.movements) == 1 for one in found)
        later = scene.clock.now() + timedelta(seconds=1)
        assert [page async for page in books.captured(SE, since=later)] == []
        assert [page async for page in books.captured(Tenant("none", "x"), since=later)] == []


SE_UNPAID = OrderKey("demo", "se", "order-999").payment("p-9")


async def _outlast(_: object) -> None:
    return None


class TestInMemory(PaymentBooksContract):
    @pytest.fixture
    def memory(self, clock: FrozenClock) -> MemoryStore:
        return MemoryStore(clock)

    @pytest.fixture
    def scene(self, memory: MemoryStore, clock: FrozenClock) -> StoreScene:
        return StoreScene(memory.payments, memory.inbox, memory.outbox, clock, _outlast)

    @pytest.fixture
    def books(self, memory: MemoryStore) -> PaymentBooks:
        return MemoryPaymentBooks(memory)


class TestOnPostgres(PaymentBooksContract):
    @pytest.fixture
    def scene(self, store: Store, clock: FrozenClock) -> StoreScene:
        return StoreScene(store.payments, store.inbox, store.outbox, clock, _outlast)

    @pytest.fixture(params=[(5_000, 200), (3, 2), (1, 1)], ids=["one page", "several", "one by one"])
    def books(self, store: Store, request: pytest.FixtureRequest) -> PaymentBooks:
        looked_at, page = request.param
        return PostgresPaymentBooks(store.database, looked_at=looked_at, page=page)
