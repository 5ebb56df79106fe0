"""What operators want to hear about, named; logging and metrics implement it."""

from typing import Protocol

from application.ports.inbox import StoredNotice
from application.ports.outbox import Letter
from domain.errors import AdapterError
from domain.identifiers import OrderKey, PaymentKey


class Observer(Protocol):
    """Tells of what needs attention. Never raises, never holds up its caller."""

    def delivery_postponed(self, order: OrderKey, failure: AdapterError) -> None:
        """What Norce is owed could not be delivered at once."""
        ...

    def letter_failed(self, letter: Letter, failure: AdapterError, *, parked: bool) -> None:
        """A letter to Norce was refused; with `parked` it waits for a person."""
        ...

    def notice_failed(self, notice: StoredNotice, failure: AdapterError, *, parked: bool) -> None:
        """A callback could not be handled; with `parked` it waits for a person."""
        ...

    def look_failed(self, key: PaymentKey, failure: AdapterError) -> None:
        """An undecided payment could not be asked about; it will be again."""
        ...

    def purchase_undecided(self, key: PaymentKey, failure: Exception) -> None:
        """A customer was asked to try again, since Norce or the store could not be asked in time."""
        ...

    def disagreement(self, key: PaymentKey, what: str) -> None:
        """Qliro, Norce and this service do not say the same; nothing was smoothed over."""
        ...

    def unexpected(self, where: str, failure: BaseException) -> None:
        """A defect: something nobody foresaw."""
        ...
