"""Everything one running simulator holds; the other modules act on it."""

import asyncio
import itertools
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.simulators.fault_rules import FaultRules
from adapters.simulators.qliro.callbacks import CallbackBox
from adapters.simulators.qliro.clock import SimClock
from adapters.simulators.qliro.config import QliroSimConfig, SimMerchant
from adapters.simulators.qliro.errors import order_not_found
from adapters.simulators.qliro.ledger import Ledger
from adapters.simulators.qliro.model import UNFINISHED, KeptCard, Order, Transaction, TxType
from adapters.simulators.qliro.requests import RequestLog, RequestMemory
from adapters.simulators.qliro.settlement_book import SettlementBook

FIRST_TRANSACTION = 3_290_000


@dataclass(slots=True)
class OutcomeRule:
    """How coming transactions end: `code` None approves, anything else is their ErrorCode.

    With `hold` they stay OnHold until the control plane decides them.
    """

    code: str | None
    text: str = "Declined by provider"
    kind: TxType | None = None
    order_id: int | None = None
    times: int = 1
    skip: int = 0
    hold: bool = False


class SimState:
    """One Qliro: merchants, orders, money, callbacks, time."""

    def __init__(self, config: QliroSimConfig) -> None:
        self.config = config
        self.clock = SimClock()
        self.faults = FaultRules()
        self.requests = RequestLog()
        self.jwt_key = secrets.token_bytes(32)
        self.url = config.public_url or ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        self._order_ids = itertools.count(config.orders_before + 1)
        self._transaction_ids = itertools.count(FIRST_TRANSACTION + 1)
        self._action_ids = itertools.count(1)
        self._clear()

    def _clear(self) -> None:
        self.orders: dict[int, Order] = {}
        self.owners: dict[int, int] = {}
        self.ledger = Ledger()
        self.settlements = SettlementBook()
        self.memory = RequestMemory()
        self.outcomes: list[OutcomeRule] = []
        self.undecided: dict[int, tuple[Order, Any]] = {}
        self.cards: dict[str, KeptCard] = {}
        self.callbacks = CallbackBox(self.config, self.clock, self.spawn, lambda: self.http)

    def order(self, order_id: int) -> Order:
        """The order with this id, for tests; KeyError when there is none."""
        return self.orders[order_id]

    def find(self, order_id: int) -> Order:
        """The order for an API call; 404 when unknown or purged."""
        order = self.orders.get(order_id)
        if order is None or order.purged:
            raise order_not_found()
        return order

    def by_reference(self, reference: str) -> Order:
        """The newest order with this merchant reference."""
        for order in reversed(self.orders.values()):
            if order.reference == reference and not order.purged:
                return order
        raise order_not_found()

    def transaction(self, transaction_id: int) -> tuple[Order, Transaction] | None:
        """A transaction with its order, or None."""
        order = self.orders.get(self.owners.get(transaction_id, 0))
        found = order.transaction(transaction_id) if order is not None else None
        return None if order is None or found is None else (order, found)

    def keep_card(self, order: Order) -> None:
        """The card saved with an order may be charged by its merchant from now on."""
        if order.saved_card is not None:
            self.cards[order.saved_card.id] = KeptCard(order.merchant_key, order.saved_card, self.clock.now())

    def merchant(self, key: str) -> SimMerchant:
        return next(m for m in self.config.merchants if m.key == key)

    def next_order_id(self) -> int:
        return next(self._order_ids)

    def next_transaction_id(self) -> int:
        return next(self._transaction_ids)

    def next_action_id(self) -> int:
        return next(self._action_ids)

    @property
    def http(self) -> aiohttp.ClientSession:
        """The session for calls to the merchant."""
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run in the background until done or the simulator stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def reset(self) -> None:
        """Forget orders, money, callbacks and faults; ids go on counting."""
        await self._stop_tasks()
        self._clear()
        self.faults.clear()
        self.requests = RequestLog()

    async def close(self) -> None:
        """Stop background work and the HTTP session."""
        self.faults.closing.set()
        await self._stop_tasks()
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _stop_tasks(self) -> None:
        mine = asyncio.current_task()
        tasks = [t for t in self._tasks if t is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self, *, timeout: float = 5.0) -> None:
        """Wait until no transaction is under way and no callback is about to be tried for the first time."""
        async with asyncio.timeout(timeout):
            while self._transactions_under_way() or self.callbacks.busy:  # noqa: ASYNC110  tests only
                await asyncio.sleep(0.005)

    def _transactions_under_way(self) -> bool:
        return any(t.status in UNFINISHED for o in self.orders.values() for t in o.transactions)
