"""HTML that is escaped by construction: whatever is not markup already becomes text."""

from collections.abc import Iterable
from html import escape

from adapters.reports.texts import shown

_VOID = frozenset({"meta", "br", "hr"})


class Html(str):
    """Finished markup."""

    __slots__ = ()


NOTHING = Html("")


def tag(name: str, *children: str, **attributes: object) -> Html:
    """An element. Attributes: `class_`, `aria_label` and so on; those that are None are left out."""
    given = "".join(f' {_name(key)}="{text(str(value))}"' for key, value in attributes.items() if value is not None)
    end = "" if name in _VOID else f"</{name}>"
    return Html(f"<{name}{given}>{joined(children)}{end}")


def joined(parts: Iterable[str]) -> Html:
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def text(foreign: str) -> Html:
    """Text on one line, fit for content and quoted attributes."""
    return Html(escape(shown(foreign), quote=True))


def link(label: str, url: str, **attributes: object) -> Html:
    """To another site: nothing is told to it."""
    return tag("a", label, href=url, rel="noopener noreferrer", target="_blank", **attributes) if url else text(label)


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
