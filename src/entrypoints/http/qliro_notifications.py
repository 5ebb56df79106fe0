"""A notification of Qliro's as a notice: what Norce is to be shown of it, and nothing else of its payload.

Payloads belong to whoever made them, and may hold anything: whatever is not where it is expected is not known.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from application.correlation import correlation_id
from application.ports.inbox import Notice, NoticeKind
from domain.discretion import discreet
from domain.identifiers import PaymentKey
from entrypoints.http.wire import ProviderNotification

_LONGEST = 200
_NSHIFT = {"unifaun", "nshift"}


def notification_notice(key: PaymentKey, body: ProviderNotification, raw: bytes) -> Notice:
    """The notice; the same bytes always make the same one."""
    provider = _text(body.provider)
    facts: dict[str, str | int | None] = {
        "providerOrderId": body.order_id,
        "event": _text(body.event_type),
        "provider": provider,
        "success": int(_succeeded(body)),
        "at": _moment(body.timestamp),
        "correlation": correlation_id.get(),
    }
    match (provider or "").casefold():
        case "ingrid":
            facts |= {"error": _error(body), **_ingrid(body.payload)}
        case name if name in _NSHIFT:
            facts |= {"error": _error(body), **_nshift(body.payload)}
    identity = "\0".join((NoticeKind.NOTIFICATION, key.order_id, key.payment_id, hashlib.sha256(raw).hexdigest()))
    return Notice(key, NoticeKind.NOTIFICATION, hashlib.sha256(identity.encode()).hexdigest(), facts)


def _succeeded(body: ProviderNotification) -> bool:
    """Yes or no in any spelling; when neither is said, whether an error is told."""
    if body.is_success is None:
        return not body.error_message
    return str(body.is_success).casefold() in {"true", "1"}


def _error(body: ProviderNotification) -> str | None:
    """A carrier's complaint may quote the customer; Norce's log is no place for that."""
    error = _text(body.error_message)
    return error and discreet(error)


def _ingrid(payload: Any) -> dict[str, str | int | None]:
    """The first delivery group of the session, which names the booking, its carrier and its product."""
    groups = _member(_member(payload, "session"), "delivery_groups")
    group = groups[0] if isinstance(groups, list) and groups else None
    shipping = _member(group, "shipping")
    return {
        "booking": _text(_member(group, "tos_id")),
        "carrier": _text(_member(shipping, "carrier")),
        "product": _text(_member(shipping, "carrier_product_id")),
    }


def _nshift(payload: Any) -> dict[str, str | int | None]:
    """The service that nShift booked; its id is all there is to refer to the booking by."""
    service = _member(payload, "service")
    ident = _text(_member(service, "id"))
    return {"booking": ident, "product": ident, "service": _text(_member(service, "name"))}


def _member(value: Any, name: str) -> Any:
    """A member under this name, in any case."""
    if not isinstance(value, Mapping):
        return None
    return next((inner for key, inner in value.items() if isinstance(key, str) and key.casefold() == name), None)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = "".join(c if c.isprintable() else " " for c in str(value)[:_LONGEST]).strip()
    return text or None


def _moment(value: str | None) -> str | None:
    """Comparable as text: UTC with milliseconds. A time without an offset is UTC; one that can't be read is none."""
    try:
        moment = datetime.fromisoformat(value or "")
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds")
