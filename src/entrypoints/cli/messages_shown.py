"""Messages on a terminal or as JSON, without secrets and personal data."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.observability.redaction import redact
from application.ports.post_office import OpenMessage, Standing

_WIDE = 250
_COLOURS = {Standing.PARKED: "bold red", Standing.FAILING: "yellow", Standing.WAITING: "green"}
_COLUMNS = ("id", "what", "merchant", "channel", "order", "payment", "age", "attempts", "next try", "last error")


def show_messages(messages: Sequence[OpenMessage], *, as_json: bool, full: bool) -> None:
    """A table, or a JSON array. Without `full` there may be more than these."""
    if as_json:
        _print_json([_document(message) for message in messages])
        return
    if not messages:
        print("Nothing waits.")
        return
    now = datetime.now(UTC)
    table = Table(*_COLUMNS, box=None, header_style="bold", pad_edge=False)
    for message in messages:
        table.add_row(*_row(message, now))
    _console().print(table)
    if not full:
        print(f"These are the oldest {len(messages)}; there may be more (--limit).")


def show_message(message: OpenMessage, *, as_json: bool) -> None:
    """All that is known of one."""
    document = _document(message)
    if as_json:
        _print_json(document)
        return
    table = Table("", "", box=None, show_header=False, pad_edge=False)
    facts: dict[str, Any] = document.pop("facts")
    for name, value in [*document.items(), *((f"fact: {name}", value) for name, value in facts.items())]:
        table.add_row(name, Text("" if value is None else str(value)))
    _console().print(table)


def _row(message: OpenMessage, now: datetime) -> list[Text]:
    key = message.key
    plain = (
        message.id,
        f"{message.direction} {message.kind}",
        key.merchant,
        key.channel,
        key.order_id,
        key.payment_id,
        _span(now - message.since),
        str(message.attempts),
    )
    return [
        *(Text(cell) for cell in plain),
        Text(_next(message, now), style=_COLOURS[message.standing]),
        Text(str(_document(message)["last_error"])),
    ]


def _next(message: OpenMessage, now: datetime) -> str:
    if message.next_try is None:
        return "parked"
    return "now" if message.next_try <= now else f"in {_span(message.next_try - now)}"


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _document(message: OpenMessage) -> dict[str, Any]:
    key = message.key
    document: dict[str, Any] = {
        "id": message.id,
        "direction": str(message.direction),
        "kind": message.kind,
        "merchant": key.merchant,
        "channel": key.channel,
        "order_id": key.order_id,
        "payment_id": key.payment_id,
        "state": str(message.standing),
        "since": message.since,
        "attempts": message.attempts,
        "next_try": message.next_try,
    }
    told = redact(None, "", {"last_error": message.last_error, "facts": dict(message.facts)})
    return document | dict(told)


def _print_json(document: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _console() -> Console:
    """As wide as the terminal; elsewhere so wide that no row breaks."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDE, no_color=True)
