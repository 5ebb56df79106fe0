"""What must be true in the end, when nothing goes wrong any more and everybody had their time."""

from typing import TYPE_CHECKING

from domain.checkout import CheckoutStatus, LineType
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.norce_state import norce_state
from domain.operation import OperationKind, OperationState
from domain.order import INACTIVE_PAYMENT_STATES, OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment
from tests.simulation.pay_out import unexplained

if TYPE_CHECKING:
    from tests.simulation.people import Shopper
    from tests.simulation.world import World

_SOLD = {OrderStatus.ACCEPTED, OrderStatus.COMPLETED}
_CLOSED = {OrderStatus.REMOVED, OrderStatus.DECLINED}


class Verdict:
    """Compares us, Norce and the provider; everything odd is wrong unless a person was told of it (`named`)."""

    def __init__(self, world: "World", shoppers: list["Shopper"]) -> None:
        self._world, self._shoppers = world, shoppers
        self.named = 0

    def give(self) -> None:
        """Look at everything once."""
        for payment in self._world.store.stored.values():
            self._payment(payment)
        for shopper in self._shoppers:
            self._order(shopper)
        self._provider()
        self._queues()
        self._intents()
        self._wishes()
        for what in unexplained(self._world):
            self._wrong(what)
        for defect in self._world.observer.defects:
            self._wrong(f"defect: {defect}")

    def _wrong(self, what: str) -> None:
        self._world.judge.wrong(f"in the end, {what}")

    def _told(self, key: PaymentKey) -> bool:
        """Whether a person has been told that something is odd with this payment."""
        told = key in self._world.observer.named or key in self._world.observer.parked
        self.named += told
        return told

    def _payment(self, payment: Payment) -> None:
        key, name = payment.key, f"{payment.key.payment_id} ({payment.status})"
        if payment.status.undecided:
            self._wrong(f"{name} is undecided")
        if payment.open_operation is not None:
            self._wrong(f"{name} has an open operation: {payment.open_operation}")
        if payment.orphaned and not self._told(key):
            self._wrong(f"{name} holds money that nobody asked for: {payment.totals}")
        there = self._world.qliro.orders.get(payment.provider_order_id or 0)
        if there is not None and there.ledger().totals() != payment.totals:
            self._wrong(f"{name} says {payment.totals}, the provider {there.ledger().totals()}")
        history = self._world.store.history[key]
        if [line.version for line in history] != list(range(1, payment.version + 1)):
            self._wrong(f"{name} has gaps in its history")
        if (history[-1].status, history[-1].totals) != (payment.status, payment.totals):
            self._wrong(f"{name} is not where its history ends")
        self._at_norce(payment)

    def _at_norce(self, payment: Payment) -> None:
        key, name = payment.key, f"{payment.key.payment_id} ({payment.status})"
        order = self._world.norce.orders[key.order]
        told = order.payment(key.payment_id)
        if told is None:
            self._wrong(f"{name} is not on its order")
            return
        if told.state is not norce_state(payment) and not self._ended_alike(payment, told):
            self._wrong(f"{name} is {told.state} at Norce")
        amount = _amount(payment)
        if amount is not None and told.amount != amount:
            self._wrong(f"{name} is worth {told.amount} at Norce, {amount} in truth")
        kinds = {str(kind) for kind in payment.available()}
        if payment.status is not PaymentStatus.REMOVED and {a.type for a in told.actions} != kinds:
            self._wrong(f"{name} offers {told.actions} at Norce instead of {kinds}")
        if payment.totals.authorized and not self._told(key):
            cover = order.amount_to_cover(key.payment_id)
            if cover != payment.totals.authorized and payment.status is not PaymentStatus.REMOVED:
                self._wrong(f"{name} reserved {payment.totals.authorized}, its order costs {cover}")
        sold = payment.status not in {PaymentStatus.REMOVED, PaymentStatus.DECLINED, PaymentStatus.INTENT}
        if sold and order.status not in _SOLD and not self._told(key) and payment.totals.remaining:
            self._wrong(f"{name} is paid and its order {order.status}")

        if sold and not self._told(key):
            self._delivery(payment, order, name)

    def _delivery(self, payment: Payment, order: PurchaseOrder, name: str) -> None:
        """What is delivered by a platform at the provider stands on Norce's order as it was bought, and once."""
        there = self._world.qliro.orders.get(payment.provider_order_id or 0)
        bought = [row for row in there.added if row.type is LineType.SHIPPING] if there else []
        ours = [s for s in order.shippings if s.ours and s.active]
        if not bought or not _in_use(order, payment):
            return
        cost = sum(row.price_inc * row.quantity for row in bought)
        if [s.total.including_vat for s in ours] != [cost]:
            self._wrong(f"{name} was bought with a delivery for {cost}, its order has {ours}")
        if any(s.tms_reference not in {"", f"T-{payment.provider_order_id}"} for s in ours):
            self._wrong(f"{name} shows another order's booking: {ours}")

    @staticmethod
    def _ended_alike(payment: Payment, told: OrderPayment) -> bool:
        return payment.status is PaymentStatus.REMOVED and told.state in INACTIVE_PAYMENT_STATES

    def _order(self, shopper: "Shopper") -> None:
        order = self._world.norce.orders[shopper.key]
        active = [p for p in order.payments if p.ours and p.active]
        if len(active) > 1:
            self._wrong(f"order {order.key.order_id} has {len(active)} active payments")
        if order.status is OrderStatus.PROCESSING:
            self._wrong(f"order {order.key.order_id} is frozen for ever")
        for payment in active:
            key = shopper.key.payment(payment.id)
            if payment.state is PaymentState.INTENT and key not in self._world.store.stored:
                continue  # a create that nobody repeated: there is nothing at the provider that can be paid
            if order.status in _CLOSED and not self._told(key) and payment.state is PaymentState.RESERVED:
                self._wrong(f"order {order.key.order_id} is {order.status}, its payment {payment.state}")

    def _provider(self) -> None:
        known = {p.provider_order_id: p for p in self._world.store.stored.values()}
        for there in self._world.qliro.orders.values():
            if there.ledger().undecided():
                self._wrong(f"the provider has not decided all of {there.id}")
            if there.status is not CheckoutStatus.IN_PROCESS and there.id not in known:
                self._wrong(f"the provider's order {there.id} was paid and nobody knows it")
        holding: dict[object, int] = {}
        for row in known.values():
            if row.totals.remaining + row.totals.refundable and not row.orphaned:
                holding[row.key.order] = holding.get(row.key.order, 0) + 1
        for order, number in holding.items():
            if number > 1:
                self._wrong(f"{order} was paid {number} times")

    def _queues(self) -> None:
        store = self._world.store
        for hole in store.notices.values():
            if hole.handled_at is None and hole.parked_reason is None:
                self._wrong(f"a notice was never handled: {hole.notice.notice.dedupe_key} ({hole.notice.attempts})")
        for key, desk in store.desks.items():
            if desk.letters:
                self._wrong(f"order {key.order_id} is still owed {desk.letters}")

    def _intents(self) -> None:
        """What was promised of an operation is what happened to the money."""
        qliro = self._world.qliro
        moved: dict[int, list[int]] = {}
        for _, order_id, made in qliro.ours.values():
            moved.setdefault(order_id, []).extend(made)
        for payment in self._world.store.stored.values():
            there = qliro.orders.get(payment.provider_order_id or 0)
            if there is None:
                continue
            ledger = there.ledger()
            named = {t for operation in payment.operations for t in operation.transactions}
            for operation in payment.operations:
                done = [t for i in operation.transactions if (t := ledger.transaction(i)) and t.status == "Success"]
                if operation.state is OperationState.FAILED and done and operation.kind is not OperationKind.REFUND:
                    self._wrong(f"a {operation.kind} said to have failed moved money: {done}")
                if operation.state is OperationState.SUCCEEDED and len(done) != len(operation.transactions):
                    self._wrong(f"a {operation.kind} said to have succeeded did not: {operation}")
            lost = [i for i in moved.get(there.id, []) if i not in named]
            self._world.note(f"{payment.key.payment_id}: {len(lost)} movements known by their effect only")

    def _wishes(self) -> None:
        """What a merchant's system was told has succeeded has left nothing to do, unless somebody went on by hand."""
        for shopper in self._shoppers:
            for wish in (w for w in shopper.wishes if "succeeded" in w.answers):
                there = self._world.qliro.orders.get(self._world.store.stored[wish.key].provider_order_id or 0)
                totals = there.ledger().totals() if there else None
                if totals and wish.act in {"capture", "cancel"} and totals.remaining:
                    self._wrong(f"{wish.key.payment_id} was told that its {wish.act} is done: {totals}")
                by_hand = there is not None and there.id in self._world.qliro.by_hand
                if totals and wish.act == "refund" and totals.refundable and not by_hand:
                    self._wrong(f"{wish.key.payment_id} was told that its refund is done: {totals}")


def _in_use(order: PurchaseOrder, payment: Payment) -> bool:
    used = order.own_payment()
    return used is not None and used.id == payment.key.payment_id


def _amount(payment: Payment) -> int | None:
    if payment.status in {PaymentStatus.REMOVED, PaymentStatus.DECLINED}:
        return None
    if payment.totals.refundable:
        return payment.totals.refundable
    held = payment.status in {PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_REFUNDED}
    return payment.totals.remaining if held else None
