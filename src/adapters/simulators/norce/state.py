"""Everything a simulator remembers, and the handle that tests in the same process use."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from adapters.simulators.fault_rules import FaultRule, FaultRules
from adapters.simulators.norce import totals
from adapters.simulators.norce.config import Modes, NorceSimConfig
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.ids import ORDER, new_id
from adapters.simulators.norce.ledger import Ledger
from adapters.simulators.norce.new_order import build_order
from adapters.simulators.norce.wire import ApiError, not_found

Json = dict[str, Any]
HANDLED_KINDS = ("superseded", "stale_read")
OUTGOING_KINDS = ("hook_unreachable", "call_answer_lost", "call_twice")


@dataclass
class OrderRecord:
    """One order with what hangs on it. `doc` is replaced, never changed in place, by every commit."""

    doc: Json
    reading: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    transactions: dict[str, list[Json]] = field(default_factory=dict)
    basis: dict[str, Json] = field(default_factory=dict)
    """Items as they first were, by id: what a changed quantity is in proportion to."""
    versions: list[Json] = field(default_factory=list)
    """Earlier states of the order, oldest first, the last fifty."""

    @property
    def id(self) -> str:
        """The order's identifier."""
        return str(self.doc["id"])

    @property
    def tenant(self) -> tuple[str, str]:
        """(merchant, channel)."""
        return self.doc["merchant"], self.doc["channel"]

    def commit(self, doc: Json) -> None:
        """Make `doc` the order."""
        self.versions = [*self.versions[-49:], self.doc]
        self.doc = doc

    def as_of_before(self) -> Json:
        """The order before its last change: what a stale replica would serve."""
        return self.versions[-1] if self.versions else self.doc


class NorceState:
    """The simulated platform. Methods here are the in-process control plane; they change data at once,
    without hooks, while the HTTP APIs and `control` go the platform's way."""

    def __init__(self, config: NorceSimConfig) -> None:
        self.config = config
        self.public_url = config.public_url.rstrip("/")
        self.adapter_base_url = config.adapter_base_url.rstrip("/")
        self.merchant_tokens: dict[str, tuple[str, ...]] = dict(config.merchant_tokens)
        self.modes = Modes()
        self.generations: dict[str, str] = {}
        self.faults = FaultRules(handled=HANDLED_KINDS, outgoing=OUTGOING_KINDS)
        self.ledger = Ledger()
        self.orders: dict[str, OrderRecord] = {}
        self.configurations: dict[tuple[str, str], dict[str, Json]] = {}
        self.events: list[Json] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.delayed: set[asyncio.Task[None]] = set()
        """Notifications whose time has not come."""
        self.session: aiohttp.ClientSession | None = None

    @property
    def hook_calls(self) -> list[Json]:
        """Calls made to hooks, oldest first."""
        return [call for call in self.ledger.calls if call["kind"] == "hook"]

    def set_faults(self, *rules: FaultRule | Json) -> None:
        """Replace all fault rules by these."""
        self.faults.clear()
        for rule in rules:
            self.faults.add(rule)

    def set_configuration(self, merchant: str, channel: str, document: Json) -> None:
        """Store a configuration document under its `id`."""
        self.configurations.setdefault((merchant, channel), {})[document["id"]] = document

    def create_order(
        self,
        source: str | Json,
        *,
        merchant: str = "sandbox",
        channel: str = "se",
        cart_total: str | None = None,
    ) -> OrderRecord:
        """A new order from an example's name or from order JSON; `cart_total` overrides the mode."""
        if isinstance(source, str) and source not in EXAMPLES:
            raise ApiError(404, "order-not-found", f"No example {source!r}; known: {', '.join(EXAMPLES)}")
        body = EXAMPLES[source].order() if isinstance(source, str) else source
        reading = cart_total or self.modes.cart_total
        doc = build_order(body, ident=new_id(ORDER), merchant=merchant, channel=channel)
        self._add_static_notifications(doc)
        totals.recompute(doc, reading=reading)
        record = OrderRecord(doc, reading)
        self.orders[record.id] = record
        self.ledger.note(
            self.ledger.states, orderId=record.id, paymentId=None, **{"from": None, "to": "checkout", "by": None}
        )
        return record

    def order(self, order_id: str) -> OrderRecord:
        """The order with this id, whoever's it is. Raises ApiError 404."""
        if order_id not in self.orders:
            raise not_found("order", order_id)
        return self.orders[order_id]

    def order_of(self, merchant: str, channel: str, order_id: str) -> OrderRecord:
        """The tenant's order; another tenant's does not exist. Raises ApiError 404."""
        record = self.orders.get(order_id)
        if record is None or record.tenant != (merchant, channel):
            raise not_found("order", order_id)
        return record

    def payment(self, order_id: str, payment_id: str) -> Json:
        """One payment as it is now. Raises ApiError 404."""
        for payment in self.order(order_id).doc["payments"]:
            if payment["id"] == payment_id:
                found: Json = payment
                return found
        raise not_found("payment", payment_id)

    def transactions(self, order_id: str, payment_id: str) -> list[Json]:
        """The payment's transaction log."""
        return self.order(order_id).transactions.get(payment_id, [])

    def edit(self, order_id: str, **members: Any) -> Json:
        """Overwrite top-level members without hooks, for setting a scene; returns the new order."""
        record = self.order(order_id)
        doc = deepcopy(record.doc) | members
        totals.recompute(doc, reading=record.reading)
        record.commit(doc)
        return doc

    def tokens_for(self, merchant: str | None) -> tuple[str, ...]:
        """The keys that open this merchant's data."""
        general = (self.config.primary_token, self.config.secondary_token)
        return self.merchant_tokens.get(merchant or "", general)

    def scaled(self, seconds: float) -> float:
        """A duration of the contract in this simulator's time."""
        return seconds * self.config.time_scale

    def set_modes(self, **switches: Any) -> Modes:
        """Turn some of the switches."""
        self.modes = _with(self.modes, switches)
        return self.modes

    def modes_of(self, merchant: str) -> Modes:
        """The switches as they are for a merchant: each lives on a generation of the platform."""
        return _with(self.modes, {"generation": self.generations.get(merchant, self.modes.generation)})

    def set_generation(self, merchant: str, generation: str) -> None:
        """Move a merchant to another generation of the platform. Raises ValueError for one that does not exist."""
        _with(self.modes, {"generation": generation})
        self.generations[merchant] = generation

    def reset(self) -> None:
        """Forget orders, configurations, faults, modes and the ledger."""
        for task in (*self.tasks, *self.delayed):
            task.cancel()
        self.orders.clear()
        self.configurations.clear()
        self.events.clear()
        self.faults.clear()
        self.ledger.clear()
        self.modes = Modes()
        self.generations.clear()
        self.merchant_tokens = dict(self.config.merchant_tokens)

    async def settled(self) -> None:
        """Wait until no notification is under way."""
        while self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def _add_static_notifications(self, doc: Json) -> None:
        configured = self.configurations.get((doc["merchant"], doc["channel"]), {}).get("static_notifications")
        order = (configured or {}).get("order") or {}
        doc["notifications"] = [{"id": new_id("oc"), **each} for each in order.get("notifications") or []]


def _with(modes: Modes, switches: Json) -> Modes:
    return msgspec.convert(msgspec.to_builtins(modes) | switches, Modes)
