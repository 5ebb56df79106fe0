"""A payment provider in memory: checkouts, asynchronous transactions, books, and scripted misbehaviour."""

import itertools
from collections import deque
from uuid import UUID

from application.ports.configurations import ProviderAccount
from application.ports.merchant_payments import MerchantPaymentDraft, PlacedPayment
from application.ports.provider import CheckoutDraft, PaymentProvider
from domain.checkout import Basket, CheckoutStatus, ProviderCheckout
from domain.errors import (
    ProviderFault,
    ProviderInvalid,
    ProviderOrderCompleted,
    ProviderOrderExpired,
    ProviderOrderMissing,
    ProviderUnavailable,
    RequestSeenBefore,
)
from domain.ledger import (
    ActionKind,
    ItemGroup,
    LedgerTotals,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.order import Address
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Outcome, Pending
from domain.planned_call import PlannedCall
from domain.rows import OrderItem
from domain.saved_card import SavedCard
from domain.upsell import UpsellAnswer
from tests.fakes.faults import Faults
from tests.fakes.provider_order import FakeOrder, beyond

BUSY = Declined("OPERATION_NOT_SUPPORTED", "Another transaction is already in process. Please retry shortly", True)


class FakeProvider:
    """Implements PaymentProvider. Money operations are received at once and decided by `settle`, `fail`, or by
    themselves before the next reading while `prompt` is true. `script` answers the next operations instead."""

    def __init__(self, *, prompt: bool = False) -> None:
        self.prompt = prompt
        self.orders: dict[int, FakeOrder] = {}
        self.script: deque[Outcome] = deque()
        self.requests: list[tuple[str, UUID]] = []
        """Money operations as they came: the act and its key."""
        self.faults = Faults()
        self.cards: set[str] = set()
        """Tokens of saved cards that may be charged."""
        self._seen: set[tuple[str, UUID]] = set()
        self.ships_charges = True
        """Whether rows of money that was taken at once can be marked as shipped."""
        self.swallows_charges = False
        """Whether a charge's key is remembered and nothing comes of it."""
        self._ids = itertools.count(4_000_001)
        self._transaction_ids = itertools.count(3_290_001)

    # What the customer, the bank and time do.

    def buy(
        self,
        order_id: int,
        *,
        on_hold: bool = False,
        kind: TransactionKind = TransactionKind.PREAUTHORIZATION,
        billing: Address | None = None,
        saved_card: SavedCard | None = None,
    ) -> Transaction:
        """The customer pays, and perhaps lets the card be kept."""
        order = self.orders[order_id]
        order.saved_card = saved_card
        order.status = CheckoutStatus.ON_HOLD if on_hold else CheckoutStatus.COMPLETED
        order.billing = billing or order.billing
        status = TransactionStatus.ON_HOLD if on_hold else TransactionStatus.SUCCESS
        made = order.begin(next(self._transaction_ids), kind, order.total, status=status)
        for line in order.all_lines():
            order.act(ActionKind.RESERVE, made.id, line)
        return made

    def resolve_hold(self, order_id: int, *, approve: bool) -> None:
        """The bank answers an order that is on hold."""
        order = self.orders[order_id]
        held = next(t for t in order.transactions if t.status is TransactionStatus.ON_HOLD)
        order.status = CheckoutStatus.COMPLETED if approve else CheckoutStatus.REFUSED
        order.decide(held, TransactionStatus.SUCCESS if approve else TransactionStatus.ERROR)

    def pay_link(self, order_id: int, upsell_id: str, *, approve: bool = True) -> int:
        """The customer tries to pay for more at the link; the transaction that makes."""
        order = self.orders[order_id]
        status = TransactionStatus.SUCCESS if approve else TransactionStatus.ERROR
        return order.sell_more(next(self._transaction_ids), order.upsold[upsell_id], status)

    def expire(self, order_id: int) -> None:
        """Too old to be changed."""
        self.orders[order_id].expired = True

    def forget(self, order_id: int) -> None:
        """Purged."""
        del self.orders[order_id]

    def settle(self, order_id: int | None = None) -> None:
        """Every open transaction succeeds."""
        for order in self._chosen(order_id):
            for transaction in [t for t in order.transactions if not t.status.final]:
                if transaction.status is not TransactionStatus.ON_HOLD:
                    order.decide(transaction, TransactionStatus.SUCCESS)

    def fail(self, order_id: int, *, error_code: str = "DECLINED") -> None:
        """Every open transaction ends in Error."""
        order = self.orders[order_id]
        for transaction in [t for t in order.transactions if not t.status.final]:
            order.decide(transaction, TransactionStatus.ERROR, error_code)

    def totals(self, order_id: int) -> LedgerTotals:
        """What really happened to the money."""
        return self.orders[order_id].ledger().totals()

    # The port.

    async def create_checkout(self, account: ProviderAccount, draft: CheckoutDraft) -> int:
        async with self.faults.around("create_checkout"):
            if not draft.basket.lines or draft.basket.total != sum(line.total_inc for line in draft.basket.lines):
                raise ProviderInvalid("Qliro refused: rows.", ProviderFault("INVALID_INPUT"))
            order = FakeOrder(next(self._ids), account, draft, draft.basket.lines)
            self.orders[order.id] = order
        return order.id

    async def find_checkout(
        self, account: ProviderAccount, merchant_reference: str, *, payment_id: str = ""
    ) -> ProviderCheckout | None:
        async with self.faults.around("find_checkout"):
            for order in self.orders.values():
                if (
                    not order.merchant_made
                    and order.owner == account
                    and order.draft.merchant_reference == merchant_reference
                ):
                    another = payment_id and order.draft.payment_id not in ("", payment_id)
                    return None if another else order.checkout()
            return None

    async def read_checkout(self, account: ProviderAccount, provider_order_id: int) -> ProviderCheckout:
        async with self.faults.around("read_checkout"):
            order = self._order(account, provider_order_id)
            if order.merchant_made:
                raise ProviderOrderMissing("Qliro refused: no checkout.", ProviderFault("ORDER_NOT_FOUND"))
            return order.checkout()

    async def update_checkout(
        self, account: ProviderAccount, provider_order_id: int, basket: Basket, *, version: str
    ) -> None:
        async with self.faults.around("update_checkout"):
            order = self._order(account, provider_order_id)
            if order.status is not CheckoutStatus.IN_PROCESS:
                raise ProviderOrderCompleted("Qliro refused: paid.", ProviderFault("ORDER_COMPLETED"))
            if order.expired:
                raise ProviderOrderExpired("Qliro refused: too old.", ProviderFault("ORDER_EXPIRED"))
            order.lines = basket.lines
            order.updates.append(version)

    async def read_ledger(self, account: ProviderAccount, provider_order_id: int) -> ProviderLedger:
        async with self.faults.around("read_ledger"):
            order = self._order(account, provider_order_id)
            if self.prompt:
                self.settle(order.id)
            return order.ledger()

    async def charge(self, account: ProviderAccount, draft: MerchantPaymentDraft, *, request_id: UUID) -> PlacedPayment:
        async with self.faults.around("charge"):
            self.requests.append(("charge", request_id))
            if (account.api_key, request_id) in self._seen:
                raise RequestSeenBefore("Qliro has received this request before.")
            self._seen.add((account.api_key, request_id))
            if self.swallows_charges:
                raise ProviderUnavailable("timeout")
            if not draft.by_invoice and draft.token not in self.cards:
                raise ProviderInvalid("Qliro refused: card.", ProviderFault("INVALID_INPUT"))
            order = FakeOrder.charged(next(self._ids), account, draft)
            self.orders[order.id] = order
            made = order.begin(next(self._transaction_ids), TransactionKind.PREAUTHORIZATION, order.total)
            for line in order.all_lines():
                order.act(ActionKind.RESERVE, made.id, line)
            return PlacedPayment(order.id)

    async def find_order(self, account: ProviderAccount, merchant_reference: str) -> int | None:
        async with self.faults.around("find_order"):
            orders = self.orders.values()
            found = (o for o in orders if o.owner == account and o.draft.merchant_reference == merchant_reference)
            return next((order.id for order in found), None)

    async def remove_saved_card(self, account: ProviderAccount, token: str) -> None:
        async with self.faults.around("remove_saved_card"):
            if token not in self.cards:
                raise ProviderInvalid("Qliro refused: card.", ProviderFault("INVALID_INPUT"))
            self.cards.remove(token)

    async def capture(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        shipments: tuple[ItemGroup, ...],
    ) -> Outcome:
        async with self.faults.around("capture"):
            refused = self._refused("capture", account, provider_order_id, request_id, currency)
            if refused is not None:
                return refused
            order = self.orders[provider_order_id]
            books = order.ledger()
            there = books.shippable() + (books.unshipped_charges() if self.ships_charges else ())
            wrong = beyond(shipments, there, gone="NO_ITEMS_LEFT_IN_RESERVATION")
            if wrong is not None:
                return wrong
            return Pending(
                tuple(order.move(next(self._transaction_ids), TransactionKind.CAPTURE, group) for group in shipments)
            )

    async def cancel(self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID) -> Outcome:
        async with self.faults.around("cancel"):
            order = self.orders.get(provider_order_id)
            if order is not None and order.cancelled and not self.script:
                self.requests.append(("cancel", request_id))
                return Accepted(())
            refused = self._refused("cancel", account, provider_order_id, request_id, None)
            if refused is not None or order is None:
                return refused or Declined("ORDER_NOT_FOUND", "Order not found")
            left = order.ledger().shippable()
            if not left:
                return Declined("NO_ITEMS_TO_CANCEL", "There is nothing left to cancel")
            return Pending(
                tuple(order.move(next(self._transaction_ids), TransactionKind.REVERSAL, group) for group in left)
            )

    async def reduce(
        self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID, currency: str, keep: ItemGroup
    ) -> Outcome:
        async with self.faults.around("reduce"):
            refused = self._refused("reduce", account, provider_order_id, request_id, currency)
            if refused is not None:
                return refused
            return self.orders[provider_order_id].replace_reservation(next(self._transaction_ids), keep)

    async def upsell(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        upsell_id: str,
        currency: str,
        rows: tuple[OrderItem, ...],
    ) -> UpsellAnswer:
        async with self.faults.around("upsell"):
            refused = self._refused("upsell", account, provider_order_id, request_id, currency)
            if refused is not None:
                return UpsellAnswer(refused)
            order = self.orders[provider_order_id]
            if not order.upsell.eligible or sum(row.total_inc for row in rows) <= 0:
                return UpsellAnswer(Declined("OPERATION_NOT_SUPPORTED", "Not eligible for upsell"))
            order.upsold[upsell_id] = rows
            if order.upsell_link:
                return UpsellAnswer(Pending(()), order.upsell_link)
            made = order.sell_more(next(self._transaction_ids), rows, TransactionStatus.CREATED)
            return UpsellAnswer(Pending((made,)))

    async def refund(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        call: PlannedCall,
    ) -> Outcome:
        async with self.faults.around("refund"):
            refused = self._refused("refund", account, provider_order_id, request_id, currency)
            if refused is not None:
                return refused
            order = self.orders[provider_order_id]
            parent = order.ledger().transaction(call.target)
            if parent is None or parent.kind not in {TransactionKind.CAPTURE, TransactionKind.DEBIT}:
                return Declined("INVALID_PAYMENT_TYPE", "Expected type 'Capture'")
            wrong = None if call.credit else beyond(call.groups, order.ledger().returnable(), gone="EXCEEDING_QUANTITY")
            if not 0 < call.amount <= order.ledger().left_of_captures().get(call.target, 0):
                wrong = wrong or Declined("INVALID_REQUEST_TOTAL_AMOUNT", "More than is left to refund")
            if call.credit and parent.kind is not TransactionKind.CAPTURE:
                wrong = Declined("INVALID_PAYMENT_TYPE", "Expected type 'Capture'")
            made = (next(self._transaction_ids), TransactionKind.REFUND, call.groups[0])
            return wrong or Pending((order.move(*made, amount=call.amount),))

    def _refused(
        self, act: str, account: ProviderAccount, order_id: int, request_id: UUID, currency: str | None
    ) -> Outcome | None:
        """The scripted answer, or why it cannot be done; None when it can."""
        self.requests.append((act, request_id))
        if self.script:
            return self.script.popleft()
        order = self.orders.get(order_id)
        if order is None or order.owner != account:
            return Declined("ORDER_NOT_FOUND", "Order not found")
        known = (account.api_key, request_id) in self._seen
        self._seen.add((account.api_key, request_id))
        checks: tuple[tuple[bool, Outcome], ...] = (
            (known, ALREADY_RECEIVED),
            (currency not in (None, order.draft.basket.currency), Declined("CURRENCY_MISMATCH", "Another currency")),
            (order.status is CheckoutStatus.ON_HOLD, Declined("PAYMENT_ONHOLD", "Payment is on hold", True)),
            (order.status is not CheckoutStatus.COMPLETED, Declined("OPERATION_NOT_SUPPORTED", "It was not paid")),
            (order.cancelled, Declined("ORDER_HAS_BEEN_CANCELLED", "It was cancelled")),
            (bool(order.ledger().undecided()) and not self.prompt, BUSY),
        )
        if self.prompt:
            self.settle(order_id)
        return next((answer for wrong, answer in checks if wrong), None)

    def _order(self, account: ProviderAccount, order_id: int) -> FakeOrder:
        order = self.orders.get(order_id)
        if order is None or order.owner != account:
            raise ProviderOrderMissing("Qliro refused: unknown.", ProviderFault("ORDER_NOT_FOUND"))
        return order

    def _chosen(self, order_id: int | None) -> list[FakeOrder]:
        return list(self.orders.values()) if order_id is None else [self.orders[order_id]]


def _(fake: FakeProvider) -> PaymentProvider:
    return fake
