"""Remembers what operators would have been told, by payment; a defect is a violation."""

from application.ports.inbox import StoredNotice
from application.ports.outbox import Letter
from domain.errors import AdapterError
from domain.identifiers import OrderKey, PaymentKey
from tests.simulation.process import Killed
from tests.unit.application.wiring import Notebook


class Operators(Notebook):
    """`named` are the payments of which a person has been told that something does not agree."""

    def __init__(self) -> None:
        super().__init__()
        self.named: dict[PaymentKey, list[str]] = {}
        self.parked: dict[PaymentKey, list[str]] = {}
        self.defects: list[str] = []

    def purchase_undecided(self, key: PaymentKey, failure: Exception) -> None:
        """The customer was asked to try again."""

    def disagreement(self, key: PaymentKey, what: str) -> None:
        self.named.setdefault(key, []).append(what)

    def letter_failed(self, letter: Letter, failure: AdapterError, *, parked: bool) -> None:
        if parked:
            self.parked.setdefault(letter.key, []).append(f"{letter.message.kind}: {failure.message}")

    def notice_failed(self, notice: StoredNotice, failure: AdapterError, *, parked: bool) -> None:
        if parked:
            self.parked.setdefault(notice.notice.key, []).append(f"notice: {failure.message}")

    def delivery_postponed(self, order: OrderKey, failure: AdapterError) -> None:
        """Ordinary weather."""

    def look_failed(self, key: PaymentKey, failure: AdapterError) -> None:
        """Ordinary weather."""

    def unexpected(self, where: str, failure: BaseException) -> None:
        if not isinstance(failure, (Killed, AdapterError)):
            self.defects.append(f"{where}: {type(failure).__name__}: {failure}")
