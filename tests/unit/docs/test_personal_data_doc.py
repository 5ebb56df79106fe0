"""The page on personal data names every table, and how long things are kept."""

import re
from pathlib import Path

from adapters.persistence.reconciliation_tables import metadata
from application.clear_away_reconciliations import KEPT_FOR
from entrypoints.settings import Settings

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "personal-data.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_table_is_told_of() -> None:
    told = [name for names, *_ in ROWS for name in re.findall(r"\w+", names)]
    assert sorted(told) == sorted(metadata.tables)


def test_how_long_they_are_kept_is_so() -> None:
    kept = {name: until for names, _, _, until in ROWS for name in re.findall(r"\w+", names)}
    assert f"({Settings().message_retention_days})" in kept["inbox"]
    for table in ("reconciliation_run", "reconciliation_finding"):
        assert kept[table].startswith(f"{KEPT_FOR.days} days")
