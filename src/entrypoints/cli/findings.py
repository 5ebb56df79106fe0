"""What the doctor finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result; `remedy` says how to mend it, empty when there is nothing to mend."""

    state: State
    check: str
    found: str
    remedy: str = ""
