"""Notifications: told after the commit, in the background, at least once (contract sections b.4 and c.5)."""

import asyncio
from collections.abc import Coroutine
from copy import deepcopy
from typing import Any, Final

from adapters.simulators.norce import render
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.ids import EVENT, new_id
from adapters.simulators.norce.json_schema import accepts
from adapters.simulators.norce.outbound import Call, Outbound
from adapters.simulators.norce.patch import tokens
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import timestamp

Json = dict[str, Any]
LONG_SECONDS: Final = 5.0
"""Who waits until nothing is under way does not wait for what begins later than this."""
BACKOFF_SECONDS: Final = (1.0, 2.0, 4.0, 8.0)


class Notifier:
    """Finds the notifications that a change is due to and delivers them."""

    def __init__(self, state: NorceState, outbound: Outbound) -> None:
        self._state = state
        self._outbound = outbound

    def publish(self, before: Json, after: Json, caller: Caller) -> None:
        """Start a delivery for every notification whose scope changed to a value its schema accepts."""
        for notification in after["notifications"]:
            value = _at(after, notification["scope"])
            if value == _at(before, notification["scope"]) or not accepts(notification.get("schema"), value):
                continue
            event = {
                "id": new_id(EVENT),
                "merchant": after["merchant"],
                "channel": after["channel"],
                "created": timestamp(),
                "notification": notification,
                "order": deepcopy(after),
                "delivered": False,
                "attempts": [],
            }
            self._state.events.append(event)
            self.deliver(event, caller.correlation_id)

    def deliver(self, event: Json, correlation_id: str | None = None) -> None:
        """Deliver in the background, with retries. One that has a long delay is under way when that is over."""
        delay = self._state.scaled(event["notification"].get("delay") or 0)
        tasks = self._state.delayed if delay > LONG_SECONDS else self._state.tasks
        self._keep(tasks, self._later(delay, event, correlation_id))

    def _keep(self, tasks: "set[asyncio.Task[None]]", work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _later(self, delay: float, event: Json, correlation_id: str | None) -> None:
        await asyncio.sleep(delay)
        self._keep(self._state.tasks, self._deliver(event, correlation_id))

    async def _deliver(self, event: Json, correlation_id: str | None) -> None:
        for pause in (*BACKOFF_SECONDS, None):
            if await self._attempt(event, correlation_id) or pause is None:
                return
            await asyncio.sleep(self._state.scaled(pause))

    async def _attempt(self, event: Json, correlation_id: str | None) -> bool:
        notification, order = event["notification"], event["order"]
        modes = self._state.modes_of(order["merchant"])
        answer = await self._outbound.post(
            Call(
                kind="notification",
                adapter_id=notification.get("adapterId"),
                invoke=notification["invoke"],
                body=render.order(order, notification.get("version") or "v0", modes),
                order=order,
                timeout=self._state.scaled(self._state.config.hook_timeout_seconds),
                correlation_id=correlation_id,
                about={"notificationId": notification["id"], "eventId": event["id"]},
            ),
        )
        event["attempts"].append({"at": timestamp(), "status": answer.status, "error": answer.error})
        event["delivered"] = event["delivered"] or answer.ok
        return answer.ok


def _at(order: Json, pointer: str) -> Any:
    value: Any = order
    for token in tokens(pointer):
        value = value.get(token) if isinstance(value, dict) else None
    return value
