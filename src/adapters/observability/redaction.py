"""Keeps secrets and personal data out of log lines, whoever put them there."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

LONGEST_VALUE = 500
LONGEST_TRACE = 8_000
_MOST_ENTRIES = 50
_DEEPEST = 4
HIDDEN = "***"

_SECRET_NAMES = re.compile(
    r"authorization|secret|token|password|passwd|api_?key|^key$|cookie|snippet|html|signature|credential"
    r"|personal_?number|national_?identification|date_?of_?birth|e_?mail|phone|mobile|street|postal_?code"
    r"|given_?name|family_?name|first_?name|last_?name|care_?of|address|^customer$|^body$|card|maskednumber"
    r"|last4|database_?url",
    re.IGNORECASE,
)
_IDS = frozenset(
    {
        *("correlation", "level", "timestamp", "logger", "route", "method", "upstream", "operation"),
        *("order_id", "payment_id", "provider_order_id", "providerOrderId", "transaction_id", "request_id"),
    }
)
_SUSPICIOUS = re.compile(
    r"[@<\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\d[\d \-]{5}|bearer|basic|qliro |=|key|secret|token|://|\+\d"
    r"|row |[\ud800-\udfff]",
    re.IGNORECASE,
)
_HTML = re.compile(r"<\s*[!/a-zA-Z]")
_SCHEMES = re.compile(r"\b(Bearer|Basic)\s+[\w+/=.~-]+|\b(Qliro)\s+[A-Za-z0-9+/]{40,}={0,2}", re.IGNORECASE)
_NAMED = re.compile(
    r"""(["']?\b[\w-]*(?:token|secret|password|api[_-]?key|personalnumber|personal_number)\b["']?\s*[=:]\s*)"""
    r"""("[^"]*"|'[^']*'|[^\s&,;}\])]+)""",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(://)[^/\s@]+@")
_MAIL = re.compile(r"[^\s@<>\"'(),;:=/*]{1,64}@[^\s@<>\"'(),;:=/*]+")
_UUID = r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
_TIME = r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*"
_NUMBERS = re.compile(
    rf"({_UUID}|{_TIME})"
    r"|(?<![\w])(?:\d{6}|\d{8})[-+A][0-9]{3}[0-9A-Z](?![\w])"  # personal number with its sign
    r"|(?<![\w])\d(?:[ -]?\d){11,18}(?![\w])"  # card
    r"|(?<![\w.])\d{10,12}(?!\w|\.\d)"  # personal number without
    r"|(?<![\w])(?:\+|00)\d[\d -]{6,14}\d(?![\w])|(?<![\w])0\d{1,3}[ -]\d[\d -]{4,10}\d(?![\w])"  # phone
)
_PARAMETERS = re.compile(r"\[(?:parameters|SQL): .*?\](?=\n|$|\s\()", re.DOTALL)
_ROWS = re.compile(r"(Failing row contains )\(.*?\)(?=\.?(?:\n|$))", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LINES = re.compile(r"[\n\t]")


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor: every value of the line, however deep. Never raises for a value of any type."""
    for name, value in event.items():
        kind = type(value)
        if kind is int or kind is float or kind is bool or value is None:
            if _SECRET_NAMES.search(name) and value is not None and kind is not bool:
                event[name] = HIDDEN
            continue
        event[name] = _clean(name, value, 0)
    return event


def redacted(text: str, *, longest: int = LONGEST_VALUE, lines: bool = False) -> str:
    """The text without what must not be in a log, and not longer than `longest`."""
    if len(text) > 4 * longest:
        text = _shortened(text, 4 * longest)
    if _SUSPICIOUS.search(text):
        text = _without_secrets(text)
        text = _CONTROLS.sub("\N{MIDDLE DOT}", text)
        if not lines:
            text = _LINES.sub(" ", text)
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else _shortened(text, longest)


def _without_secrets(text: str) -> str:
    if _HTML.search(text) and "Traceback" not in text:
        return "[markup]"
    text = _ROWS.sub(r"\1[row]", _PARAMETERS.sub("[parameters]", text))
    text = _SCHEMES.sub(lambda found: f"{found[1] or found[2]} {HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    text = _MAIL.sub("[e-mail]", text)
    return _NUMBERS.sub(lambda found: found[1] or "[number]", text)


def _clean(name: str, value: object, depth: int) -> object:
    if name in _IDS:
        return _identifier(value)
    if _SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        trace = name in {"exception", "stack"}
        return redacted(value, longest=LONGEST_TRACE if trace else LONGEST_VALUE, lines=trace)
    if isinstance(value, (int, float)) or value is None:
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    return _inside(name, value, depth)


def _inside(name: str, value: object, depth: int) -> object:
    if depth >= _DEEPEST:
        return "[deeper]"
    if isinstance(value, Mapping):
        entries = list(value.items())[:_MOST_ENTRIES]
        return {redacted(str(key)): _clean(str(key), inner, depth + 1) for key, inner in entries}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(name, inner, depth + 1) for inner in list(value)[:_MOST_ENTRIES]]
    return redacted(_shown(value))


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a value that cannot be shown must not cost the line
        return f"[{type(value).__name__}]"


def _identifier(value: object) -> object:
    """Ids are kept as they are, however many digits they have, when they look like ids."""
    if isinstance(value, str) and not re.fullmatch(r"[\w.:/{}+-]{0,200}", value, re.ASCII):
        return redacted(value)
    return value if isinstance(value, (str, int, float)) or value is None else redacted(_shown(value))


def _shortened(text: str, longest: int) -> str:
    """Head and tail: the end of a trace says what happened."""
    tail = longest // 3
    return f"{text[: longest - tail - 3]} … {text[-tail:]}"
