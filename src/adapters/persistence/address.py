"""Database addresses as operators write them, and as the libraries want them."""

import re
from urllib.parse import urlsplit

_SCHEMES = ("postgresql://", "postgres://", "postgresql+asyncpg://")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^\[\]:@]*)(?::\d{1,5})?")


def plain_url(url: str) -> str:
    """`postgresql://…` as asyncpg reads it. Raises ValueError for any other database."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return "postgresql://" + url.removeprefix(scheme)
    raise ValueError("the database address must begin with postgresql://")


def sqlalchemy_url(url: str) -> str:
    """The same for SQLAlchemy."""
    return plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1)


def readable(url: str) -> bool:
    """Whether the libraries will find in it what was meant: else they complain with a piece of the password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return (parts.netloc + parts.path).count("@") <= 1 and all(_HOST.fullmatch(host) for host in hosts)
