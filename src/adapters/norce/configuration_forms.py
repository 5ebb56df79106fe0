"""What the fields of a configuration look like, as regular expressions that Python and JSON Schema read alike."""

import re
from urllib.parse import urlsplit

LONGEST_TEXT, LONGEST_URL, LONGEST_ROW_TEXT = 4_000, 1_000, 200
LONGEST_NEWSLETTER_TEXT = 50
_PORT = "(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_LOOPBACK = r"[Hh][Tt][Tt][Pp]://(localhost|127\.0\.0\.1|\[::1\])"
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\\\[\]]+)"
_SITE = rf"([Hh][Tt][Tt][Pp][Ss]://{_HOST}|{_LOOPBACK}){_PORT}"

URL = rf"{_SITE}([/?#]\S*)?"
"""Absolute, https (http only to this machine), without credentials or spaces."""
ORIGIN = rf"{_SITE}/*"
"""The address of a host and nothing more."""
COLOUR = "#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})"
CULTURE = "[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"
ONE_LINE = r"[^\x00-\x1f\x7f-\x9f]*"
"""No line ends, tabs or other control characters."""

_URL, _ORIGIN, _CULTURE, _ONE_LINE = re.compile(URL), re.compile(ORIGIN), re.compile(CULTURE), re.compile(ONE_LINE)
_COLOUR = re.compile(COLOUR)
_NEWSLETTER_SIGNS = frozenset(" ,.?!'\"0123456789")


def usable_url(url: str) -> bool:
    """Whether it is an address as `URL` says."""
    return _URL.fullmatch(url) is not None


def is_origin(url: str) -> bool:
    """Whether it is an address as `ORIGIN` says."""
    return _ORIGIN.fullmatch(url) is not None


def loopback_url(url: str) -> bool:
    """Whether it leads to this machine without TLS: usable, but only for trying things out."""
    return url.lower().startswith("http:")


def is_culture(name: str) -> bool:
    """`sv`, `sv-SE`, `zh-Hant-TW`."""
    return _CULTURE.fullmatch(name) is not None


def one_line(text: str) -> bool:
    """Whether there are no control characters in it."""
    return _ONE_LINE.fullmatch(text) is not None


def full_colour(text: str) -> str | None:
    """`#RRGGBB`, from the short form or without its `#` too; None for anything else."""
    found = _COLOUR.fullmatch(text)
    if found is None:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def newsletter_text(text: str) -> bool:
    """What Qliro takes as the newsletter's question: letters, digits and few signs (qliro.md 5.1)."""
    return len(text) <= LONGEST_NEWSLETTER_TEXT and all(c.isalpha() or c in _NEWSLETTER_SIGNS for c in text)


def origin_of(url: str) -> str | None:
    """`scheme://host[:port]` in lower case without a default port; None for anything that says more or less."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query or parts.fragment:
        return None
    if parts.path.strip("/"):
        return None
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else "")
