"""What must hold of an order once everything has come to rest, whatever happened on the way."""

from collections import Counter

from application.hooks import hooks_for, hooks_of
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.norce_state import norce_state
from domain.order import OrderPayment, OrderStatus, PaymentState
from tests.unit.application.world import World


def wrongs(world: World) -> list[str]:
    """Everything that is not as it must be, in words; empty when all is well."""
    found = [*_ours(world), *_messages(world), *_money(world)]
    for payment in world.live:
        found += _live(world, payment)
    return found


def _ours(world: World) -> list[str]:
    found = []
    if len(world.live) > 1:
        found.append(f"{len(world.live)} live payments of ours")
    for payment in world.own:
        hooks = len(hooks_of(world.order, payment.id))
        wanted = len(hooks_for("", world.key.payment(payment.id))) if payment.active else None
        if payment.active and hooks != wanted:
            found.append(f"{hooks} hooks for the live payment {payment.id}")
        if payment.state is PaymentState.REMOVED and hooks:
            found.append(f"{hooks} hooks left of the removed payment {payment.id}")
    for key, stored in world.store.stored.items():
        if stored.open_operation:
            found.append(f"{key.payment_id} has an open {stored.open_operation.kind}")
        told = world.order.payment(key.payment_id)
        if told is None or (not told.active and stored.status is PaymentStatus.INTENT):
            found.append(f"{key.payment_id} is stored as intent and not live in Norce")
    return found


def _live(world: World, told: OrderPayment) -> list[str]:
    stored = world.store.stored.get(world.key.payment(told.id))
    if stored is None:
        return [f"the live payment {told.id} is not stored"]
    found = []
    at_qliro = world.provider.orders.get(int(told.reference or 0))
    if at_qliro is None:
        return [f"the live payment {told.id} names no order at Qliro: {told.reference!r}"]
    if stored.provider_order_id != at_qliro.id:
        found.append(f"stored Qliro order {stored.provider_order_id}, Norce says {told.reference}")
    if told.attributes.get("qliroMerchantReference") != at_qliro.draft.merchant_reference:
        found.append(f"Norce shows another merchant reference: {dict(told.attributes)}")
    if stored.totals != world.provider.totals(at_qliro.id):
        found.append(f"stored {stored.totals}, Qliro's books {world.provider.totals(at_qliro.id)}")
    frozen = stored.status is PaymentStatus.INTENT and world.order.status is OrderStatus.PROCESSING
    state = PaymentState.PROCESSING if frozen else norce_state(stored)
    if told.state is not state:
        found.append(f"Norce shows {told.state}, the payment is {stored.status}")
    found += _amounts(world, told, stored.totals, stored.amount, stored.status, at_qliro.total)
    if {action.type for action in told.actions} != {str(kind) for kind in stored.available()}:
        found.append(f"Norce offers {[a.type for a in told.actions]}, possible is {stored.available()}")
    return found


def _amounts(
    world: World, told: OrderPayment, totals: LedgerTotals, amount: int, status: PaymentStatus, at_qliro: int
) -> list[str]:
    found = []
    if status is PaymentStatus.INTENT:
        cover = world.order.amount_to_cover(told.id)
        if not told.amount == amount == at_qliro == cover:
            found.append(f"to cover {cover}, Norce shows {told.amount}, stored {amount}, Qliro {at_qliro}")
    elif totals.refundable and told.amount != totals.refundable:
        found.append(f"Norce shows {told.amount}, kept are {totals.refundable}")
    elif totals.remaining and not totals.refundable and told.amount != totals.remaining:
        found.append(f"Norce shows {told.amount}, reserved are {totals.remaining}")
    return found


def _messages(world: World) -> list[str]:
    found = []
    for desk in world.store.desks.values():
        found += [f"undelivered: {letter.message.kind} after {letter.attempts} attempts" for letter in desk.letters]
        if desk.claim is not None and desk.claim.until > world.clock.now():
            found.append("the order is still claimed")
    for hole in world.store.notices.values():
        if hole.handled_at is None:
            found.append(f"unhandled notice: {hole.parked_reason}")
    found += [f"parked: {letter.message.kind} {reason}" for letter, reason in world.store.parked]
    for key, entries in world.platform.logs.items():
        for name, times in Counter(entry.key for entry in entries).items():
            if times > 1:
                found.append(f"{key.payment_id} logged {name} {times} times")
    found += [f"unexpected: {text}" for text in world.notebook.said("unexpected")]
    found += [f"disagreement: {text}" for text in world.notebook.said("disagreement")]
    return found


def _money(world: World) -> list[str]:
    """Only the order of the live payment may hold money, and nothing is under way."""
    named = {int(payment.reference) for payment in world.live if payment.reference}
    found = []
    for order in world.provider.orders.values():
        totals = order.ledger().totals()
        if order.id not in named and totals.remaining + totals.refundable:
            found.append(f"Qliro order {order.id} holds money that nobody knows of")
        if order.ledger().undecided():
            found.append(f"Qliro order {order.id} has something under way")
    return found
