"""What must be true after every step: of the money, of what is stored, of what is answered."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from application.ports.payments import Work
from domain.errors import AdapterError
from domain.identifiers import PaymentKey
from domain.ledger import TransactionKind, TransactionStatus
from domain.lifecycle import PaymentLifecycle, PaymentStatus
from domain.payment import Payment
from tests.fakes.memory import MemoryStore
from tests.fakes.provider_order import FakeOrder

if TYPE_CHECKING:
    from tests.simulation.world import World

_RESERVING = {TransactionKind.PREAUTHORIZATION, TransactionKind.DEBIT}
_ENDED = {PaymentStatus.REMOVED, PaymentStatus.DECLINED, PaymentStatus.CANCELLED}


def _moves() -> set[tuple[PaymentStatus, PaymentStatus]]:
    """Which status may be stored after which: every arrow, and every way over several."""
    arrows: dict[PaymentStatus, set[PaymentStatus]] = {}
    for state in PaymentLifecycle.states:
        for arrow in state.transitions:
            arrows.setdefault(PaymentStatus(state.value), set()).update(PaymentStatus(t.value) for t in arrow.targets)
    reached = {(status, status) for status in PaymentStatus}
    while more := {(a, c) for a, b in reached for c in arrows.get(b, ())} - reached:
        reached |= more
    return reached


_FORWARD = _moves()


class Judge:
    """Collects `violations`; the first one is the one to understand."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.violations: list[str] = []
        self.payments_stored = 0
        self._seen: dict[PaymentKey, Payment] = {}

    def wrong(self, what: str) -> None:
        """Something is as it must never be."""
        self.violations.append(f"{self._world.time():.3f}: {what}")
        self._world.note(f"WRONG {what}")

    def answered(self, case: str, failure: BaseException | None) -> None:
        """A use case has answered its caller."""
        if failure is not None and not isinstance(failure, AdapterError):
            self.wrong(f"{case} answered with a defect: {type(failure).__name__}: {failure}")

    def books(self, order: FakeOrder) -> None:
        """The provider's books of one order, counted without the adapter's own arithmetic."""
        done = [t for t in order.transactions if t.status is TransactionStatus.SUCCESS]
        reserved = sum(t.amount for t in done if t.kind in _RESERVING)
        taken = sum(t.amount for t in done if t.kind is TransactionKind.CAPTURE)
        charged = taken + sum(t.amount for t in done if t.kind is TransactionKind.DEBIT)
        released = sum(t.amount for t in done if t.kind is TransactionKind.REVERSAL)
        returned = sum(t.amount for t in done if t.kind in {TransactionKind.REFUND, TransactionKind.CREDIT})
        if taken + released > reserved:
            self.wrong(f"order {order.id}: captured {taken} and released {released} of {reserved}")
        if returned > charged:
            self.wrong(f"order {order.id}: given back {returned} of {charged}")

    def watch(self, store: MemoryStore) -> None:
        """Look at every commit, and tell the world of everything that may be work."""
        commit = store.payments.commit

        async def watched(work: Work) -> None:
            await commit(work)
            for payment in work.payments:
                self._stored(store, store.stored[payment.key])

        store.payments.commit = watched  # type: ignore[method-assign]
        for target, name in (
            (store.payments, "commit"),
            (store.payments, "look_again"),
            (store.inbox, "accept"),
            (store.inbox, "defer"),
            (store.outbox, "close"),
        ):
            setattr(target, name, self._poking(getattr(target, name)))

    def _poking(self, act: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def call(*args: object, **kwargs: object) -> object:
            result = await act(*args, **kwargs)
            self._world.poke()
            return result

        return call

    def _stored(self, store: MemoryStore, payment: Payment) -> None:
        key, before = payment.key, self._seen.get(payment.key)
        self._seen[key] = payment
        self.payments_stored += 1
        self._world.note(f"stored {key.payment_id} v{payment.version} {payment.status} {payment.totals}")
        if before is not None:
            if (before.status, payment.status) not in _FORWARD:
                self.wrong(f"{key.payment_id} went from {before.status} back to {payment.status}")
            if payment.version < before.version:
                self.wrong(f"{key.payment_id} went from version {before.version} back to {payment.version}")
            if payment.totals.captured < before.totals.captured or payment.totals.refunded < before.totals.refunded:
                self.wrong(f"{key.payment_id} forgot settled money")
        if not payment.totals.consistent:
            self.wrong(f"{key.payment_id} has impossible totals {payment.totals}")
        if sum(operation.state.open for operation in payment.operations) > 1:
            self.wrong(f"{key.payment_id} has two open operations")
        live = [p for p in store.stored.values() if p.key.order == key.order and self._in_use(p)]
        if len(live) > 1:
            self.wrong(f"order {key.order_id} has {len(live)} live payments")

    def _in_use(self, payment: Payment) -> bool:
        """Ours may lag behind a withdrawal that was interrupted after Norce had it; what Norce shows is in use."""
        shown = self._world.norce.orders[payment.key.order].payment(payment.key.payment_id)
        return payment.status not in _ENDED and shown is not None and shown.active
