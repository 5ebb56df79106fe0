"""Where a reconciliation's result goes, and in which form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from entrypoints.cli.usage import WrongUsage

Form = Literal["table", "json", "csv", "html"]
_SUFFIXES: dict[str, Form] = {".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}
_HIGHEST_LIMIT = 1_000_000


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How the result is told."""

    format: Annotated[
        Form | None, Parameter(help="`table`, `json`, `csv` or `html`; by default as --output ends, else `table`.")
    ] = None
    output: Annotated[Path | None, Parameter(help="File for the result instead of standard output.")] = None
    limit: Annotated[
        int | None, Parameter(help="Discrepancies of each kind that a table (10) or HTML (200) shows.")
    ] = None

    @property
    def form(self) -> Form:
        if self.format is not None:
            return self.format
        return _SUFFIXES.get(self.output.suffix.lower(), "table") if self.output is not None else "table"

    def check(self) -> None:
        """Raises WrongUsage."""
        if self.limit is not None and not 1 <= self.limit <= _HIGHEST_LIMIT:
            raise WrongUsage(f"--limit must be 1 to {_HIGHEST_LIMIT}.")
        if self.limit is not None and self.form in {"json", "csv"}:
            raise WrongUsage(f"--limit has no meaning for {self.form}: it holds everything.")


AS_USUAL = ReportOptions()
