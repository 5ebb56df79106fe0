"""A settlement report on disk while it is worked through: a SQLite file that nobody else sees."""

import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import msgspec

from application.ports.settlement_spool import BatchSums, ExplainedLine, SettlementSpool
from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.settlement import EntryKind, EntryStatus, SettlementEntry

_SCHEMA = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, account TEXT, status TEXT, kind TEXT, batch TEXT, order_id INTEGER, transaction_id INTEGER,
    effect INTEGER, document BLOB
);
CREATE INDEX entry_order ON entry (account, status, order_id, id);
CREATE INDEX entry_transaction ON entry (account, transaction_id);
CREATE TABLE line (id INTEGER PRIMARY KEY, day TEXT, account TEXT, batch TEXT, currency TEXT, document BLOB);
CREATE TABLE discrepancy (id INTEGER PRIMARY KEY, kind INTEGER, document BLOB);
"""
_INSERT = (
    "INSERT INTO entry (account, status, kind, batch, order_id, transaction_id, effect, document)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_CACHE_KIB = 16_384
_encode = msgspec.msgpack.Encoder().encode
_entry = msgspec.msgpack.Decoder(SettlementEntry)
_line = msgspec.msgpack.Decoder(ExplainedLine)
_discrepancy = msgspec.msgpack.Decoder(Discrepancy)
_KINDS = list(DiscrepancyKind)
_ACCEPTED = EntryStatus.ACCEPTED.value


class SqliteSpool:
    """Implements SettlementSpool. Uses about 16 MiB of memory whatever the size of the report."""

    def __init__(self, path: Path | str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_CACHE_KIB}; {_SCHEMA}"
        )

    def close(self) -> None:
        self._database.close()

    def put(self, account: str, entries: Iterable[SettlementEntry]) -> None:
        self._together(_INSERT, (self._row(account, entry) for entry in entries))

    def sums(self, account: str) -> Mapping[str, BatchSums]:
        rows = self._database.execute(
            "SELECT batch, sum(effect) FILTER (WHERE kind <> ?), sum(effect) FILTER (WHERE kind = ?) FROM entry"
            " WHERE account = ? AND status = ? GROUP BY batch",
            (EntryKind.FEE.value, EntryKind.FEE.value, account, _ACCEPTED),
        )
        return {batch: BatchSums(money or 0, fees or 0) for batch, money, fees in rows}

    def turn_fees(self, account: str, batch: str) -> None:
        found = self._database.execute(
            "SELECT id, document FROM entry WHERE account = ? AND status = ? AND batch = ? AND kind = ?",
            (account, _ACCEPTED, batch, EntryKind.FEE.value),
        ).fetchall()
        for ident, document in found:
            entry = _entry.decode(document)
            turned = replace(entry, effect=-entry.effect, net=None if entry.net is None else -entry.net)
            self._database.execute(
                "UPDATE entry SET effect = ?, document = ? WHERE id = ?", (turned.effect, _encode(turned), ident)
            )

    def forget(self, account: str, batch: str) -> None:
        self._database.execute(
            "DELETE FROM entry WHERE account = ? AND status = ? AND batch = ?", (account, _ACCEPTED, batch)
        )

    def orders(self, account: str, *, at_once: int) -> Iterator[Mapping[int, tuple[SettlementEntry, ...]]]:
        last = 0
        while True:
            ids = self._database.execute(
                "SELECT DISTINCT order_id FROM entry WHERE account = ? AND status = ? AND order_id > ?"
                " ORDER BY order_id LIMIT ?",
                (account, _ACCEPTED, last, at_once),
            ).fetchall()
            if not ids:
                return
            last = ids[-1][0]
            yield self.of_orders(account, [ident for (ident,) in ids])

    def without_order(self, account: str, *, at_once: int) -> Iterator[tuple[SettlementEntry, ...]]:
        rows = self._database.execute(
            "SELECT document FROM entry WHERE account = ? AND status = ? AND order_id = 0 ORDER BY id",
            (account, _ACCEPTED),
        )
        while found := rows.fetchmany(at_once):
            yield tuple(_entry.decode(document) for (document,) in found)

    def of_orders(self, account: str, order_ids: Collection[int]) -> Mapping[int, tuple[SettlementEntry, ...]]:
        marks = ",".join("?" * len(order_ids))
        rows = self._database.execute(
            f"SELECT order_id, document FROM entry WHERE account = ? AND status = ? AND order_id IN ({marks})"
            " ORDER BY order_id, id",
            (account, _ACCEPTED, *order_ids),
        )
        return {
            order: tuple(_entry.decode(document) for _, document in group)
            for order, group in groupby(rows, key=lambda row: row[0])
        }

    def standing(self, account: str, transaction_ids: Collection[int]) -> EntryStatus | None:
        marks = ",".join("?" * len(transaction_ids))
        rows = self._database.execute(
            f"SELECT DISTINCT status FROM entry WHERE account = ? AND transaction_id IN ({marks})"
            " AND status <> ? AND kind = ?",
            (account, *transaction_ids, _ACCEPTED, EntryKind.TRANSACTION.value),
        )
        found = {EntryStatus(status) for (status,) in rows}
        return next((s for s in (EntryStatus.REJECTED, EntryStatus.PENDING) if s in found), None)

    def unpaid(self, account: str, status: EntryStatus) -> Iterator[SettlementEntry]:
        rows = self._database.execute(
            "SELECT document FROM entry WHERE account = ? AND status = ? ORDER BY id", (account, status.value)
        )
        yield from (_entry.decode(document) for (document,) in rows)

    def explain(self, lines: Iterable[ExplainedLine]) -> None:
        self._together(
            "INSERT INTO line (day, account, batch, currency, document) VALUES (?, ?, ?, ?, ?)",
            (
                (b.day.isoformat(), b.account, b.batch, b.currency, _encode(line))
                for line in lines
                for b in (line.batch,)
            ),
        )

    def lines(self) -> Iterator[ExplainedLine]:
        rows = self._database.execute("SELECT document FROM line ORDER BY day, account, batch, currency, id")
        yield from (_line.decode(document) for (document,) in rows)

    def report(self, discrepancies: Iterable[Discrepancy]) -> None:
        self._together(
            "INSERT INTO discrepancy (kind, document) VALUES (?, ?)",
            ((_KINDS.index(one.kind), _encode(one)) for one in discrepancies),
        )

    def discrepancies(self) -> Iterator[Discrepancy]:
        rows = self._database.execute("SELECT document FROM discrepancy ORDER BY kind, id")
        yield from (_discrepancy.decode(document) for (document,) in rows)

    def _together(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")

    def _row(self, account: str, entry: SettlementEntry) -> tuple[object, ...]:
        return (
            account, entry.status.value, entry.kind.value, entry.batch, entry.order_id or 0, entry.transaction_id,
            entry.effect, _encode(entry),
        )  # fmt: skip


@contextmanager
def settlement_spool() -> Iterator[SqliteSpool]:
    """A spool in a temporary file that has no name any more: it is gone with the process, however that ends."""
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-settlements-") as folder:
        spool = SqliteSpool(Path(folder) / "spool")
    try:
        yield spool
    finally:
        spool.close()


def _(spool: SqliteSpool) -> SettlementSpool:
    return spool
