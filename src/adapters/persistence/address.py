"""Database addresses as operators write them, and as the libraries want them."""

_SCHEMES = ("postgresql://", "postgres://", "postgresql+asyncpg://")


def plain_url(url: str) -> str:
    """`postgresql://…` as asyncpg reads it. Raises ValueError for any other database."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return "postgresql://" + url.removeprefix(scheme)
    raise ValueError("the database address must begin with postgresql://")


def sqlalchemy_url(url: str) -> str:
    """The same for SQLAlchemy."""
    return plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1)
