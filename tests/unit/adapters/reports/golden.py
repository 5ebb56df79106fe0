"""Outputs that were looked at and found good; `UPDATE_GOLDEN=1` writes them anew, to be looked at again."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "golden" / "reports"


def check(name: str, produced: str) -> None:
    """Exactly what is on record, line ends included."""
    file = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(produced.encode())
    assert produced == file.read_bytes().decode()
