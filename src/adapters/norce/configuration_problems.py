"""What is wrong with a configuration."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import ConfigurationInvalid

_MOST_TOLD = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """A member that cannot be used: its path, why, and what would be right. Never its value."""

    path: str
    why: str
    right: str = ""

    def __str__(self) -> str:
        return f"{self.path} {self.why}" + (f" ({self.right})" if self.right else "")


def refusal(problems: Sequence[Problem]) -> ConfigurationInvalid:
    """The error for a document with these problems; it names every field, within reason, and tells no value."""
    told = [str(problem) for problem in problems[:_MOST_TOLD]]
    more = [f"and {len(problems) - _MOST_TOLD} more"] if len(problems) > _MOST_TOLD else []
    return ConfigurationInvalid(f"The configuration's {'; '.join(told + more)}.")
