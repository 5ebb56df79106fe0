"""YAML for people, from JSON values. Whatever could be misread is quoted as JSON, which is YAML too."""

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/$_][\w/{}.$-]*( [\w/{}.$'()-]+)*")
_MISREAD = re.compile(r"(?i)true|false|null|yes|no|on|off|y|n|~|\d.*|0x.*|inf|nan")


def yaml_text(document: Any) -> str:
    """The document as YAML 1.2 that 1.1 readers understand as well."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    """Lines of a non-empty mapping or sequence."""
    entries = value.items() if isinstance(value, dict) else ((None, entry) for entry in value)
    for name, inner in entries:
        head = indent + ("-" if name is None else f"{_scalar(name)}:")
        if isinstance(inner, (dict, list)) and inner:
            nested = _lines(inner, indent + "  ")
            if name is None:
                yield f"{head} {next(nested).lstrip()}"
            else:
                yield head
            yield from nested
        elif isinstance(inner, str) and _block(inner):
            yield f"{head} |" + ("" if inner.endswith("\n") else "-")
            yield from (f"{indent}  {line}" if line else "" for line in inner.rstrip("\n").split("\n"))
        else:
            yield f"{head} {_scalar(inner)}"


def _block(text: str) -> bool:
    """Whether a text is several lines that a literal block keeps exactly."""
    lines = text.split("\n")
    exact = not text.endswith("\n\n") and not lines[0].startswith(" ") and bool(lines[0])
    return len(lines) > 1 and exact and all(line.isprintable() and line == line.rstrip() for line in lines)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _MISREAD.fullmatch(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in quoted)
