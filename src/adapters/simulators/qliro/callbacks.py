"""Pushes to the merchant: at least once, unordered, with Qliro's retry schedule (section 7.1)."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from adapters.simulators.qliro.clock import SimClock
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.deliveries import (
    PUSHES,
    CallbackKind,
    CallbackRule,
    Delivery,
    DeliveryState,
    Treatment,
    Try,
)
from adapters.simulators.qliro.money import encode

__all__ = ["CallbackBox", "CallbackKind", "CallbackRule", "Delivery", "DeliveryState", "Treatment", "Try"]
MOST_REPLY = 500
HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}


class CallbackBox:
    """All messages of this simulator and the rules that disturb their delivery."""

    def __init__(
        self,
        config: QliroSimConfig,
        clock: SimClock,
        spawn: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"],
        http: Callable[[], aiohttp.ClientSession],
    ) -> None:
        self._config = config
        self._clock = clock
        self._spawn = spawn
        self._http = http
        self._ids = itertools.count(1)
        self._first_tries = 0
        self.deliveries: list[Delivery] = []
        self.rules: list[CallbackRule] = []

    @property
    def busy(self) -> bool:
        """A first attempt is under way."""
        return self._first_tries > 0

    def of(self, order_id: int, kind: CallbackKind | None = None) -> list[Delivery]:
        """The messages about an order, oldest first."""
        return [d for d in self.deliveries if d.order_id == order_id and kind in (None, d.kind)]

    def get(self, delivery_id: int) -> Delivery | None:
        return next((d for d in self.deliveries if d.id == delivery_id), None)

    def push(
        self, order_id: int, kind: CallbackKind, url: str | None, body: dict[str, Any]
    ) -> "asyncio.Task[None] | None":
        """Queue a message; the task returned ends after the first attempt. No URL, no message."""
        if url is None:
            return None
        delivery = Delivery(next(self._ids), order_id, kind, url, encode(body), self._clock.now())
        self.deliveries.append(delivery)
        rule = self._rule_for(delivery, body.get("Status"))
        if rule is not None and rule.treatment is Treatment.HOLD:
            delivery.state = DeliveryState.HELD
            return None
        if rule is not None and rule.treatment is Treatment.DROP:
            delivery.state = DeliveryState.DROPPED
            return None
        if rule is not None and rule.treatment is Treatment.DUPLICATE:
            for _ in range(rule.copies):
                self._start(delivery)
        delay = rule.seconds if rule is not None and rule.treatment is Treatment.DELAY else 0.0
        return self._start(delivery, delay=delay)

    def note(self, order_id: int, kind: CallbackKind, url: str, body: bytes, attempt: Try) -> None:
        """Record a call that is answered at once and never repeated (validate, shipping methods)."""
        delivery = Delivery(next(self._ids), order_id, kind, url, body, self._clock.now())
        delivery.tries.append(attempt)
        delivery.state = DeliveryState.DELIVERED if attempt.status is not None else DeliveryState.GIVEN_UP
        self.deliveries.append(delivery)

    def _rule_for(self, delivery: Delivery, status: Any) -> CallbackRule | None:
        for rule in self.rules:
            fits = (
                rule.times != 0
                and rule.kind in (None, delivery.kind)
                and rule.order_id in (None, delivery.order_id)
                and rule.status in (None, status)
            )
            if fits:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    def _start(self, delivery: Delivery, *, delay: float = 0.0) -> "asyncio.Task[None]":
        """First attempt in one task, the retries in another that follows it."""
        self._first_tries += 1
        return self._spawn(self._first(delivery, delay))

    async def _first(self, delivery: Delivery, delay: float) -> None:
        try:
            if delay > 0:
                await self._clock.sleep(delay)
            accepted = await self._try(delivery)
        finally:
            self._first_tries -= 1
        if not accepted and delivery.kind in PUSHES:
            self._spawn(self._retry(delivery))

    async def _retry(self, delivery: Delivery) -> None:
        for wait in self._config.retry_schedule[1:]:
            pause = wait * self._config.retry_time_scale
            delivery.next_at = self._after(pause)
            await self._clock.sleep(pause)
            delivery.next_at = None
            if delivery.state is not DeliveryState.WAITING or await self._try(delivery):
                return
        if delivery.state is DeliveryState.WAITING:
            delivery.state = DeliveryState.GIVEN_UP

    def _after(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)

    async def _try(self, delivery: Delivery) -> bool:
        status, reply = await self._send(delivery)
        accepted = status == 200 and is_received(reply)
        text = reply[:MOST_REPLY].decode("utf-8", "replace")
        delivery.tries.append(Try(self._clock.now(), status, text, accepted))
        if accepted:
            delivery.state = DeliveryState.DELIVERED
        return accepted

    async def _send(self, delivery: Delivery) -> tuple[int | None, bytes]:
        timeout = aiohttp.ClientTimeout(total=self._config.push_timeout)
        try:
            async with self._http().post(
                delivery.url, data=delivery.body, headers=HEADERS, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return None, type(error).__name__.encode()

    def send_again(self, delivery_id: int, *, times: int = 1, parallel: bool = True) -> bool:
        """Deliver a recorded message once more (or several times); False when unknown."""
        delivery = self.get(delivery_id)
        if delivery is None:
            return False
        if parallel:
            for _ in range(times):
                self._start(delivery)
        else:
            self._first_tries += 1
            self._spawn(self._in_turn([delivery] * times))
        return True

    def release(self, *, reverse: bool = False, parallel: bool = False) -> int:
        """Let go of everything held, oldest first, newest first or all at once; how many."""
        held = [d for d in self.deliveries if d.state is DeliveryState.HELD]
        if reverse:
            held.reverse()
        for delivery in held:
            delivery.state = DeliveryState.WAITING
        if parallel:
            for delivery in held:
                self._start(delivery)
        elif held:
            self._first_tries += 1
            self._spawn(self._in_turn(held))
        return len(held)

    async def _in_turn(self, deliveries: list[Delivery]) -> None:
        try:
            for delivery in deliveries:
                if not await self._try(delivery) and delivery.kind in PUSHES:
                    self._spawn(self._retry(delivery))
        finally:
            self._first_tries -= 1


def is_received(reply: bytes) -> bool:
    """Whether a reply is {"CallbackResponse": "received"}, the key in any letter case."""
    try:
        body = msgspec.json.decode(reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if not isinstance(body, dict):
        return False
    return any(key.casefold() == "callbackresponse" and value == "received" for key, value in body.items())
