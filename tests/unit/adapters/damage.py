"""Every way to damage a document at every place of it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Place = tuple[str | int, ...]
ABSENT = object()
RAW: dict[str, str] = {
    "null": "null",
    "true": "true",
    "number": "7",
    "negative": "-7",
    "minus zero": "-0",
    "decimals": "1.005",
    "huge": "1e400",
    "tiny": "1e-400",
    "beyond int64": "9223372036854775808",
    "empty text": '""',
    "blank text": '"  "',
    "long text": '"' + "x" * 10_000 + '"',
    "NUL": '"a\\u0000b"',
    "lone surrogate": '"\\ud800"',
    "bidi and emoji": '"\u202eab\U0001f469\u200d\U0001f680"',
    "NaN": '"NaN"',
    "infinity": '"-Infinity"',
    "unknown name": '"Teleported"',
    "empty list": "[]",
    "empty object": "{}",
    "list of nulls": "[null,null]",
    "nested": "[[{}]]",
}
_MARK = "\ue000"


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Every member and element, outermost first."""
    entries: Any = ()
    if isinstance(document, dict):
        entries = document.items()
    elif isinstance(document, list):
        entries = enumerate(document)
    for name, value in entries:
        yield (*at, name)
        yield from places(value, (*at, name))


def damaged(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The document with one place replaced by each kind of damage, or taken away; with what was done."""
    document = json.loads(raw)
    for place in places(document):
        for name, text in RAW.items():
            marked = json.dumps(_with(document, place, _MARK), ensure_ascii=False)
            yield f"{name} at {place}", marked.replace(f'"{_MARK}"', text).encode(errors="surrogatepass")
        yield f"absent at {place}", json.dumps(_with(document, place, ABSENT)).encode()


def _with(document: Any, place: Place, value: object) -> Any:
    copied = deepcopy(document)
    parent = copied
    for step in place[:-1]:
        parent = parent[step]
    if value is ABSENT:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return copied
