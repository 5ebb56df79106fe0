"""SIE 4: the Swedish standard for handing verifications to a bookkeeping program. Text in PC8 (code page 437)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from adapters.reports.texts import exact

ENCODING = "cp437"
_ACCOUNT = re.compile(r"[1-9]\d{3,5}")


@dataclass(frozen=True, slots=True)
class Transaction:
    """A row of a verification: minor units, debit positive."""

    account: str
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """One voucher; its rows add up to zero."""

    day: date
    text: str
    rows: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SieHead:
    """Who made the file, when, for whom and in which currency."""

    program: str
    version: str
    made_on: date
    company: str
    currency: str
    organisation: str = ""


class Unbalanced(Exception):
    """A verification does not add up to zero: a defect, never written."""


def head(told: SieHead, accounts: Mapping[str, str]) -> str:
    """Identification and the accounts that are used, in the order that the standard asks for."""
    lines = [
        "#FLAGGA 0",
        f"#PROGRAM {quoted(told.program)} {quoted(told.version)}",
        "#FORMAT PC8",
        f"#GEN {told.made_on:%Y%m%d}",
        "#SIETYP 4",
        *([f"#ORGNR {told.organisation}"] if told.organisation else []),
        f"#FNAMN {quoted(told.company)}",
        f"#VALUTA {told.currency}",
        *(f"#KONTO {account} {quoted(name)}" for account, name in sorted(accounts.items())),
    ]
    return _lines(lines)


def verification(found: Verification, *, series: str) -> str:
    """Series as given, number left to the receiving program. Raises Unbalanced."""
    if sum(row.amount for row in found.rows):
        raise Unbalanced(found.text)
    day = f"{found.day:%Y%m%d}"
    rows = (f"\t#TRANS {r.account} {{}} {exact(r.amount)} {day} {quoted(r.text)}" for r in found.rows if r.amount)
    return _lines([f'#VER {quoted(series)} "" {day} {quoted(found.text)}', "{", *rows, "}"])


def quoted(text: str) -> str:
    """A field: in quotes, one line, what PC8 does not know as a question mark."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    known = plain.encode(ENCODING, "replace").decode(ENCODING)
    return '"' + known.replace("\\", "/").replace('"', '\\"') + '"'


def is_account(number: str) -> bool:
    """Four digits as in BAS, or up to two more; none begins with 0."""
    return _ACCOUNT.fullmatch(number) is not None


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
