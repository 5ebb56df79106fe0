"""What Qliro's refusals mean (qliro.md 4): exceptions for reads and checkout writes, outcomes for money."""

import re
from collections.abc import Callable
from http import HTTPStatus

from adapters.http_call import Reply, advised_wait, code_alone
from adapters.qliro.wire import FAULT, UNREADABLE, Fault
from domain.discretion import without_credentials
from domain.errors import (
    ProviderBusy,
    ProviderError,
    ProviderFault,
    ProviderInvalid,
    ProviderOrderCompleted,
    ProviderOrderExpired,
    ProviderOrderMissing,
    ProviderRefused,
    ProviderRejected,
    ProviderUnavailable,
)
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Outcome, Unknown

_TEXTS = re.compile(r"(?:Evaluation,\s*|Message:\s*)(.*?)(?=(?:Evaluation,|Property:|$))", re.DOTALL)
_PROPERTY = re.compile(r"Property:\s*([^,]+),\s*Message:")
_RETRY_SHORTLY = re.compile(r"another transaction is already in process", re.IGNORECASE)
_RECEIVED_BEFORE = re.compile(r"request\s*id|duplicate request|already (?:been )?received", re.IGNORECASE)
_LONGEST = 2_000

Kind = Callable[[str, ProviderFault], ProviderError]
_WORDS: dict[Kind, str] = {
    ProviderOrderMissing: "Qliro does not know the order",
    ProviderOrderExpired: "Qliro's order is too old to be changed or paid",
}
_KINDS: dict[str, Kind] = {
    "INVALID_INPUT": ProviderInvalid,
    "INVALID_REQUEST": ProviderRejected,
    "ORDER_NOT_FOUND": ProviderOrderMissing,
    "MERCHANT_MISMATCH": ProviderOrderMissing,
    "ORDER_EXPIRED": ProviderOrderExpired,
    "ORDER_COMPLETED": ProviderOrderCompleted,
    "PAYMENT_ONHOLD": ProviderBusy,
    "SYSTEM_ERROR": ProviderUnavailable,
}


def fault_in(reply: Reply) -> ProviderFault:
    """What the answer says of the error; of a body that is no envelope, a piece of its text."""
    try:
        envelope = FAULT.decode(reply.body)
    except UNREADABLE:
        envelope = Fault()
    text = without_credentials(envelope.error_message or envelope.detailed_error_message or "")
    return ProviderFault(
        code=_line(envelope.error_code),
        messages=messages_in(text[:_LONGEST].replace("\0", "")) or _page_text(reply, envelope),
        reference=_line(envelope.error_reference),
    )


def _line(value: str | None) -> str:
    return "".join(character for character in (value or "")[:100] if character.isprintable())


def messages_in(text: str) -> tuple[str, ...]:
    """Several messages may be glued together in one text; a validation message keeps its property's name."""
    properties = _PROPERTY.findall(text)
    parts = [part.strip() for part in _TEXTS.findall(text) if part.strip()]
    if not parts:
        return (text.strip(),) if text.strip() else ()
    if len(properties) == len(parts):
        return tuple(f"{name.strip()}: {part}" for name, part in zip(properties, parts, strict=True))
    return tuple(parts)


def _page_text(reply: Reply, envelope: Fault) -> tuple[str, ...]:
    if envelope.error_code or not reply.body.strip():
        return ()
    words = re.sub(r"<[^>]*>|[^\x20-\x7e\xa0-\uffff]", " ", reply.body[:_LONGEST].decode(errors="replace"))
    return (without_credentials(" ".join(words.split()))[:300],)


def explain(reply: Reply) -> tuple[str, str]:
    """For the log: Qliro's code and trace reference."""
    fault = fault_in(reply)
    return code_alone(fault.code), fault.reference


def error_for(reply: Reply) -> ProviderError:
    """The exception that an unsuccessful answer stands for."""
    fault = fault_in(reply)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ProviderUnavailable(
            "Qliro takes no more calls for the moment.", fault, sent=False, retry_after=advised_wait(reply)
        )
    if _undecided(reply):
        return ProviderUnavailable(f"Qliro answered {reply.status}{_because(fault)}.", fault)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return ProviderRefused("Qliro does not accept the merchant's API key or secret.", fault)
    kind = _kind(reply.status, fault)
    return kind(_WORDS.get(kind, "Qliro refused") + _because(fault) + ".", fault)


def _undecided(reply: Reply) -> bool:
    """No answer to the question: an error of its own, or 408, which a proxy also sends when only the answer is late."""
    return reply.status >= 500 or reply.status < 400 or reply.status == HTTPStatus.REQUEST_TIMEOUT


def received_before(reply: Reply) -> bool:
    """Whether Qliro refuses a key that it has seen: the first request with it arrived."""
    fault = fault_in(reply)
    busy = _kind(reply.status, fault) is ProviderBusy
    return 400 <= reply.status < 500 and not busy and bool(_RECEIVED_BEFORE.search("; ".join(fault.messages)))


def _kind(status: int, fault: ProviderFault) -> Kind:
    if fault.code == "OPERATION_NOT_SUPPORTED" and _RETRY_SHORTLY.search(" ".join(fault.messages)):
        return ProviderBusy
    known = _KINDS.get(fault.code)
    if known is not None:
        return known
    if status == HTTPStatus.NOT_FOUND:
        return ProviderOrderMissing
    return ProviderRefused if fault.code else ProviderRejected


def outcome_for(reply: Reply, *, cancelling: bool = False) -> Outcome:
    """What an unsuccessful answer says of a money operation. Only what is certain is Declined."""
    fault = fault_in(reply)
    text = "; ".join(fault.messages)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Declined("TOO_MANY_REQUESTS", "Qliro takes no more calls for the moment", True, fault.reference)
    if _undecided(reply) or fault.code == "SYSTEM_ERROR":
        return Unknown(f"Qliro answered {reply.status}{_because(fault)}")
    if cancelling and fault.code == "ORDER_HAS_BEEN_CANCELLED":
        return Accepted(())
    retryable = _kind(reply.status, fault) is ProviderBusy
    if not retryable and _RECEIVED_BEFORE.search(text):
        return ALREADY_RECEIVED
    code = fault.code or _BARE_CODES.get(reply.status, f"HTTP_{reply.status}")
    return Declined(code, text or f"Qliro answered {reply.status}", retryable, fault.reference)


_BARE_CODES = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "ORDER_NOT_FOUND"}
"""For refusals that name no code."""


def _because(fault: ProviderFault) -> str:
    text = "; ".join(fault.messages)[:300].rstrip(". ")
    return f": {text or fault.code}" if text or fault.code else ""
