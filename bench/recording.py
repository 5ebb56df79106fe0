"""What the adapter does for each request: its upstream calls and its statements, whole, in order, with their times.

Everything is told apart by the correlation id that the request came with.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adapters.http_call import Call, Reply
from adapters.http_transport import HttpTransport
from adapters.persistence.database import Database
from adapters.persistence.statement import Statement
from application.correlation import correlation_id
from entrypoints.running import Adapter


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCall:
    """One call to Norce or Qliro with its answer. `target` is path and query."""

    upstream: str
    operation: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int
    reply_headers: dict[str, str]
    reply: bytes
    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement: one round trip and one transaction. `many`: all rows were asked for, not the first."""

    name: str
    sql: str
    arguments: tuple[object, ...]
    many: bool
    found: int
    started: float
    ended: float


Step = UpstreamCall | Query


@dataclass(slots=True)
class Recorder:
    """Collects the steps of every adapter it listens to, by correlation id."""

    steps: dict[str, list[Step]] = field(default_factory=dict)

    def listen(self, adapter: Adapter) -> None:
        """Take down what this adapter does from now on."""
        database = adapter.store.database
        setattr(database, "row", self._query(database, many=False))  # noqa: B010 - mypy forbids it otherwise
        setattr(database, "rows", self._query(database, many=True))  # noqa: B010
        container = adapter.container
        transports = {
            "norce": container.norce_transport(),
            "norce configuration": container.configuration_transport(),
            "qliro": container.qliro_transport(),
        }
        for upstream, transport in transports.items():
            setattr(transport, "send", self._call(upstream, transport))  # noqa: B010

    def of(self, correlation: str) -> list[Step]:
        """The steps done under this id, by their beginning."""
        return sorted(self.steps.get(correlation, ()), key=lambda step: step.started)

    def clear(self) -> None:
        self.steps.clear()

    def _take_down(self, step: Step) -> None:
        self.steps.setdefault(correlation_id.get(), []).append(step)

    def _query(self, database: Database, *, many: bool) -> Callable[..., Awaitable[Any]]:
        run: Callable[..., Awaitable[Any]] = database.rows if many else database.row

        async def recorded(statement: Statement, **values: object) -> Any:
            started = time.perf_counter()
            result = await run(statement, **values)
            self._take_down(
                Query(
                    name=statement.name,
                    sql=statement.sql,
                    arguments=tuple(statement.arguments(values)),
                    many=many,
                    found=len(result) if many else int(result is not None),
                    started=started,
                    ended=time.perf_counter(),
                )
            )
            return result

        return recorded

    def _call(self, upstream: str, transport: HttpTransport) -> Callable[[Call], Awaitable[Reply]]:
        send = transport.send

        async def recorded(call: Call) -> Reply:
            started = time.perf_counter()
            reply = await send(call)
            url = urlsplit(call.url)
            self._take_down(
                UpstreamCall(
                    upstream=upstream,
                    operation=call.operation,
                    method=call.method,
                    target=url.path + (f"?{url.query}" if url.query else ""),
                    headers=dict(call.headers),
                    body=call.body,
                    status=reply.status,
                    reply_headers=dict(reply.headers),
                    reply=reply.body,
                    started=started,
                    ended=time.perf_counter(),
                )
            )
            return reply

        return recorded


def side_by_side(steps: list[Step]) -> list[list[Step]]:
    """The steps in groups: those of one group ran at the same time, groups one after the other."""
    groups: list[list[Step]] = []
    for step in sorted(steps, key=lambda each: each.started):
        if groups and step.started < min(each.ended for each in groups[-1]):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups
