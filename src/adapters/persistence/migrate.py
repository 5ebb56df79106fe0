"""Bringing a database's schema to the newest revision, and telling which revisions this code works with.

Everything alembic is imported inside the functions: it costs most of a second, which commands that do not migrate
should not pay. The functions block and run their own event loop: from async code call them in a thread.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).resolve().parent
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at `url` (`postgresql://…`) upwards. Safe to run from several processes at once."""
    from alembic import command

    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Migrate downwards; `base` drops everything."""
    from alembic import command

    command.downgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raises alembic's CommandError when the migrations and the tables of the code have drifted apart."""
    from alembic import command

    command.check(configuration(url))


def newest() -> str:
    """The revision this code needs: the one that no other follows."""
    revisions, followed = _revisions()
    (head,) = revisions - followed
    return head


def outdated() -> frozenset[str]:
    """Revisions that are too old for this code. One that it has never heard of is newer: it may be worked with."""
    return _revisions()[1]


def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All that this code knows, and those that another follows. Reads the scripts' text, imports nothing."""
    texts = [script.read_text() for script in (scripts() / "versions").glob("*.py")]
    revisions = frozenset(found for text in texts for found in _REVISION.findall(text))
    return revisions, frozenset(found for text in texts for found in _FOLLOWS.findall(text))


def scripts() -> Path:
    """The migrations: inside this package when installed from a wheel, at the top of the repository otherwise."""
    packaged = HERE / "migrations"
    return packaged if packaged.is_dir() else HERE.parents[2] / "migrations"


def configuration(url: str) -> "Config":
    """Alembic's settings without an ini file."""
    from alembic.config import Config

    from adapters.persistence.address import sqlalchemy_url

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = sqlalchemy_url(url)
    return config
