"""Calls that Norce makes to adapters: hooks, validations, notifications, payment actions."""

import re
from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.simulators.norce.ledger import Stopwatch
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, decode, encode

Json = dict[str, Any]
_LOST = "answer lost"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an adapter answered; `status` 0 when nothing came, with the reason in `error`."""

    status: int
    body: Any = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to make. `invoke` may contain placeholders."""

    kind: str
    adapter_id: str | None
    invoke: str
    body: Any
    order: Json
    timeout: float
    correlation_id: str | None = None
    about: Json


class Outbound:
    """Makes calls and records each in the ledger."""

    def __init__(self, state: NorceState) -> None:
        self._state = state

    async def post(self, call: Call) -> Answer:
        """POST; never raises but for cancellation. Faults of the outgoing kinds act here."""
        url = self.resolve(call.invoke, call.order, call.adapter_id)
        headers = self._headers(call)
        fault = self._state.faults.take_outgoing("POST", url, headers=headers.items())
        kind = fault.kind if fault else None
        watch = Stopwatch()
        raw = b"" if call.body is None else encode(call.body)
        answer = await self._attempt(url, raw, headers, call.timeout, kind)
        if kind == "call_twice":
            answer = await self._attempt(url, raw, headers, call.timeout, None)
        self._record(call, url, answer, watch.ms)
        return answer

    def resolve(self, url: str, order: Json, adapter_id: str | None) -> str:
        """The URL with its placeholders filled from the order and the adapter's configuration."""
        document = self._state.configurations.get((order["merchant"], order["channel"]), {}).get(adapter_id or "")
        adapter = (document or {}).get("adapter") or {}
        public = adapter.get("publicUrl") or self._state.adapter_base_url
        values = {
            "order_id": order["id"],
            "order.id": order["id"],
            "orderId": order["id"],
            "publicUrl": public,
            "internalUrl": adapter.get("internalUrl") or public,
        }
        pattern = r"\{(?:(?:config|configuration)\.adapter\.)?(order_id|order\.id|orderId|publicUrl|internalUrl)\}"
        return re.sub(pattern, lambda found: str(values[found.group(1)]), url)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._state.config.inbound_key}",
            "x-merchant": call.order["merchant"],
            "x-channel": call.order["channel"],
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.correlation_id:
            headers["x-correlation-id"] = call.correlation_id
        return headers

    async def _attempt(
        self, url: str, body: bytes, headers: dict[str, str], timeout: float, fault: str | None
    ) -> Answer:
        session = self._state.session
        if fault == "hook_unreachable" or session is None:
            return Answer(status=0, error="unreachable")
        try:
            limit = aiohttp.ClientTimeout(total=timeout)
            async with session.post(url, data=body, headers=headers, timeout=limit) as response:
                raw = await response.read()
        except TimeoutError:
            return Answer(status=0, error="timeout")
        except (aiohttp.ClientError, OSError, ValueError) as wrong:
            return Answer(status=0, error=f"{type(wrong).__name__}: {wrong}")
        if fault == "call_answer_lost":
            return Answer(status=0, error=_LOST)
        return Answer(status=response.status, body=_body(raw))

    def _record(self, call: Call, url: str, answer: Answer, ms: float) -> None:
        ledger = self._state.ledger
        ledger.note(
            ledger.calls,
            kind=call.kind,
            orderId=call.order["id"],
            merchant=call.order["merchant"],
            channel=call.order["channel"],
            adapterId=call.adapter_id,
            url=url,
            request=call.body,
            status=answer.status,
            response=answer.body,
            error=answer.error,
            durationMs=ms,
            correlationId=call.correlation_id,
            **call.about,
        )


def _body(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return decode(raw)
    except ApiError:
        return raw.decode("utf-8", "replace")
