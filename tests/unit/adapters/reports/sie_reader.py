"""A strict reader of SIE 4: refuses whatever the standard does not allow of the files that are written here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

_FIELD = re.compile(r'"((?:\\"|[^"\\\x00-\x1f\x7f])*)"|(\{[^{}]*\})|([^\s"{}]+)')
_AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")
_ORDER = ("#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#ORGNR", "#FNAMN", "#VALUTA", "#KONTO", "#VER")
_REQUIRED = ("#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#FNAMN")


class NotSie(Exception):
    """What is wrong with it."""


@dataclass
class Ver:
    series: str
    number: str
    day: date
    text: str
    rows: list[tuple[str, Decimal, str]] = field(default_factory=list)

    def on(self, account: str) -> Decimal:
        return sum((amount for number, amount, _ in self.rows if number == account), Decimal(0))


@dataclass
class SieFile:
    head: dict[str, list[str]]
    accounts: dict[str, str]
    verifications: list[Ver]

    def on(self, account: str) -> Decimal:
        return sum((ver.on(account) for ver in self.verifications), Decimal(0))


def read_sie(raw: bytes) -> SieFile:
    """The file's content. Raises NotSie."""
    if not raw.endswith(b"\r\n") or b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        raise NotSie("lines must end with CR LF")
    found = SieFile({}, {}, [])
    lines = iter(raw.decode("cp437").split("\r\n")[:-1])
    place = 0
    for line in lines:
        label, values = _fields(line)
        if label not in _ORDER or _ORDER.index(label) < place:
            raise NotSie(f"{label} is not known, or comes too late")
        place = _ORDER.index(label)
        if label == "#VER":
            found.verifications.append(_ver(values, lines))
        elif label == "#KONTO":
            _unique(found.accounts, _account(values[0]), values[1])
        else:
            _unique(found.head, label, values)
    _check_head(found.head)
    for ver in found.verifications:
        if {account for account, _, _ in ver.rows} - found.accounts.keys():
            raise NotSie(f"{ver.text} uses an account that is not declared")
    return found


def _fields(line: str) -> tuple[str, list[str]]:
    label, _, rest = line.strip().partition(" ")
    values, at = [], 0
    while at < len(rest):
        if rest[at] == " ":
            at += 1
            continue
        match = _FIELD.match(rest, at)
        if match is None:
            raise NotSie(f"{line!r} cannot be split into fields")
        quoted, listed, bare = match.groups()
        values.append(quoted.replace('\\"', '"') if quoted is not None else listed or bare)
        at = match.end()
    return label, values


def _ver(values: list[str], lines: Iterator[str]) -> Ver:
    series, number, day, text = values
    ver = Ver(series, number, _date(day), text)
    if next(lines) != "{":
        raise NotSie("a verification's rows are in braces on lines of their own")
    for line in lines:
        if line == "}":
            break
        label, (account, objects, amount, row_day, row_text) = _fields(line)
        if label != "#TRANS" or objects != "{}" or not _AMOUNT.fullmatch(amount) or _date(row_day) != ver.day:
            raise NotSie(f"{line!r} is no row")
        ver.rows.append((_account(account), Decimal(amount), row_text))
    else:
        raise NotSie("a verification does not end")
    if sum(amount for _, amount, _ in ver.rows) != 0:
        raise NotSie(f"{ver.text} does not balance")
    if len(ver.rows) < 2:
        raise NotSie(f"{ver.text} has no two rows")
    return ver


def _check_head(head: dict[str, list[str]]) -> None:
    missing = [label for label in _REQUIRED if label not in head]
    if missing or next(iter(head)) != "#FLAGGA":
        raise NotSie(f"{missing} missing, or #FLAGGA is not first")
    if head["#FLAGGA"] != ["0"] or head["#FORMAT"] != ["PC8"] or head["#SIETYP"] != ["4"]:
        raise NotSie("flag, format or type is wrong")
    if len(head["#PROGRAM"]) != 2 or not head["#FNAMN"][0]:
        raise NotSie("a program has name and version, a company a name")
    _date(head["#GEN"][0])
    if "#ORGNR" in head and not re.fullmatch(r"\d{6}-?\d{4}", head["#ORGNR"][0]):
        raise NotSie("no organisation number")
    if "#VALUTA" in head and not re.fullmatch(r"[A-Z]{3}", head["#VALUTA"][0]):
        raise NotSie("no currency")


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{4,6}", text):
        raise NotSie(f"{text} is no account")
    return text


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        raise NotSie(f"{text} is no date") from None


def _unique(where: dict, name: str, value: object) -> None:  # type: ignore[type-arg]
    if name in where:
        raise NotSie(f"{name} comes twice")
    where[name] = value
