"""What every payment provider must do when more is sold with a paid order: for the fake and for the real client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from domain.checkout import LineType
from domain.ledger import LedgerTotals, OrderItem, TransactionStatus
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Pending
from domain.upsell import UpsellAnswer
from tests.contracts.provider import DRAFT

GLOVES = OrderItem("SKU-3", LineType.PRODUCT, 1, 9_900, 7_920, "Handskar")
HALF_OFF = OrderItem("RABATT", LineType.DISCOUNT, 1, -4_950, -3_960, "Rabatt")
BOUGHT = 55_400


@dataclass(frozen=True, slots=True)
class UpsellScene:
    """A provider, and ways to play the customer. `prepare` says how it sells more: at a link, replacing or beside."""

    provider: PaymentProvider
    account: ProviderAccount
    buy: Callable[[int], Awaitable[None]]
    settle: Callable[[], Awaitable[None]]
    prepare: Callable[[int, bool, bool], Awaitable[None]]
    pay: Callable[[int, str, bool], Awaitable[None]]
    """At the link: order, upsell id, whether the bank says yes."""

    async def paid(self, *, link: bool = False, replaces: bool = False) -> int:
        draft = replace(DRAFT, merchant_reference=f"u-{uuid4().hex[:20]}")
        order_id = await self.provider.create_checkout(self.account, draft)
        await self.prepare(order_id, link, replaces)
        await self.buy(order_id)
        return order_id

    async def sell(
        self,
        order_id: int,
        *rows: OrderItem,
        request_id: UUID | None = None,
        upsell_id: str = "",
        currency: str = "SEK",
    ) -> UpsellAnswer:
        return await self.provider.upsell(
            self.account,
            order_id,
            request_id=request_id or uuid4(),
            upsell_id=upsell_id or str(uuid4()),
            currency=currency,
            rows=rows or (GLOVES,),
        )

    async def totals(self, order_id: int) -> LedgerTotals:
        return (await self.provider.read_ledger(self.account, order_id)).totals()


def declined(answer: UpsellAnswer) -> Declined:
    assert isinstance(answer.outcome, Declined)
    assert answer.link == ""
    return answer.outcome


class UpsellContract:
    """Subclasses offer the fixture `scene`."""

    async def test_only_a_paid_order_may_be_sold_more_with(self, scene: UpsellScene) -> None:
        draft = replace(DRAFT, merchant_reference=f"u-{uuid4().hex[:20]}")
        order_id = await scene.provider.create_checkout(scene.account, draft)
        assert not (await scene.provider.read_checkout(scene.account, order_id)).upsell.eligible
        declined(await scene.sell(order_id))
        paid = await scene.paid()
        told = (await scene.provider.read_checkout(scene.account, paid)).upsell
        assert told.eligible
        assert told.until is not None

    async def test_more_is_reserved_beside_the_purchase(self, scene: UpsellScene) -> None:
        order_id = await scene.paid()
        answer = await scene.sell(order_id, GLOVES, HALF_OFF)
        assert isinstance(answer.outcome, Pending | Accepted)
        assert answer.outcome.transactions
        assert answer.link == ""
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT + 4_950)
        first, second = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        assert (first.total_inc, second.total_inc) == (BOUGHT, 4_950)
        assert second.transaction_id == answer.outcome.transactions[0]

    async def test_one_reservation_of_all_takes_the_place_of_the_first(self, scene: UpsellScene) -> None:
        order_id = await scene.paid(replaces=True)
        await scene.sell(order_id)
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT + 9_900)
        (group,) = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        assert group.total_inc == BOUGHT + 9_900

    async def test_at_a_link_nothing_is_reserved_before_it_is_paid(self, scene: UpsellScene) -> None:
        order_id, upsell_id = await scene.paid(link=True), str(uuid4())
        answer = await scene.sell(order_id, upsell_id=upsell_id)
        assert answer.link.startswith("http")
        assert answer.outcome == Pending(())
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT)
        await scene.pay(order_id, upsell_id, False)
        ledger = await scene.provider.read_ledger(scene.account, order_id)
        assert ledger.transactions[-1].status is TransactionStatus.ERROR
        assert ledger.totals() == LedgerTotals(BOUGHT)
        await scene.pay(order_id, upsell_id, True)
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT + 9_900)

    async def test_the_same_request_is_received_once(self, scene: UpsellScene) -> None:
        order_id, request_id, upsell_id = await scene.paid(), uuid4(), str(uuid4())
        first = await scene.sell(order_id, request_id=request_id, upsell_id=upsell_id)
        assert isinstance(first.outcome, Pending | Accepted)
        await scene.settle()
        again = await scene.sell(order_id, request_id=request_id, upsell_id=upsell_id)
        assert again.outcome == ALREADY_RECEIVED
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT + 9_900)

    async def test_two_are_captured_in_one_request_and_refunded_capture_by_capture(self, scene: UpsellScene) -> None:
        order_id = await scene.paid()
        await scene.sell(order_id)
        await scene.settle()
        groups = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        outcome = await scene.provider.capture(
            scene.account, order_id, request_id=uuid4(), currency="SEK", shipments=groups
        )
        assert isinstance(outcome, Pending | Accepted)
        assert len(outcome.transactions) == 2
        await scene.settle()
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT + 9_900, BOUGHT + 9_900)
        left = (await scene.provider.read_ledger(scene.account, order_id)).left_of_captures()
        assert sorted(left.values()) == [9_900, BOUGHT]

    @pytest.mark.parametrize("why", ["currency", "nothing to pay", "unknown order"])
    async def test_what_cannot_be_is_declined_and_nothing_happens(self, scene: UpsellScene, why: str) -> None:
        order_id = await scene.paid()
        match why:
            case "currency":
                declined(await scene.sell(order_id, currency="NOK"))
            case "nothing to pay":
                declined(await scene.sell(order_id, replace(GLOVES, price_inc=0, price_ex=0)))
            case _:
                declined(await scene.sell(1))
        assert await scene.totals(order_id) == LedgerTotals(BOUGHT)

    async def test_while_another_transaction_is_under_way_it_has_to_wait(self, scene: UpsellScene) -> None:
        order_id = await scene.paid()
        groups = (await scene.provider.read_ledger(scene.account, order_id)).shippable()
        await scene.provider.capture(scene.account, order_id, request_id=uuid4(), currency="SEK", shipments=groups)
        assert declined(await scene.sell(order_id)).retryable
        await scene.settle()
