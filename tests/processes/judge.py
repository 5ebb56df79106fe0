"""What must be true of an order once everything is quiet, whatever happened before."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from adapters.simulators.qliro.callbacks import CallbackKind, DeliveryState
from adapters.simulators.qliro.ledger import Totals
from tests.processes.world import Order, World

QUIET_SECONDS = 25.0
_WAITING = """
    SELECT
        (SELECT count(*) FROM inbox WHERE handled_at IS NULL)
        + (SELECT count(*) FROM outbox WHERE delivered_at IS NULL)
        + (SELECT count(*) FROM payment_operation WHERE settled_at IS NULL)
        + (SELECT count(*) FROM checkout_order WHERE claimed_until > now())
        + (SELECT count(*) FROM payment WHERE look_at < now() + interval '2 seconds') AS waiting
"""
_GAPS = """
    SELECT count(*) AS gaps FROM payment p WHERE version <> (
        SELECT count(*) FROM payment_history h
        WHERE (h.merchant, h.channel, h.order_id, h.payment_id) = (p.merchant, p.channel, p.order_id, p.payment_id)
    )
"""
_NEWEST = """
    SELECT count(*) AS odd FROM payment p JOIN payment_history h
        USING (merchant, channel, order_id, payment_id, version)
    WHERE (h.status, h.authorized, h.captured, h.cancelled, h.refunded)
        <> (p.status, p.authorized, p.captured, p.cancelled, p.refunded)
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """How a life must end: our state, Norce's states, and the money by the whole amount."""

    ours: str
    payment: str
    order: str
    captured: bool = False
    reversed: bool = False
    refunded: bool = False
    authorized: bool = True
    booked: bool = False
    """Delivered by Ingrid: the delivery that was bought, and what was booked, are in Norce."""
    upsold: bool = False
    """More was sold after the purchase: two reservations, and two lines in the log."""
    card: bool = False
    """Norce's payment keeps the card that the customer let the merchant keep."""


INTENT = Expected("intent", "intent", "checkout", authorized=False)
RESERVED = Expected("authorized", "reserved", "completed")
BOOKED = Expected("authorized", "reserved", "completed", booked=True)
UPSOLD = Expected("authorized", "reserved", "completed", upsold=True)
KEPT = Expected("authorized", "reserved", "completed", card=True)
CAPTURED = Expected("captured", "captured", "completed", captured=True)
CANCELLED = Expected("cancelled", "cancelled", "completed", reversed=True)
REFUNDED = Expected("refunded", "refunded", "completed", captured=True, refunded=True)


async def quiet(world: World, seconds: float = QUIET_SECONDS, *, looked_at: bool = True) -> None:
    """Wait until nothing is owed, open or under way. The janitor's minutes pass at once, unless it shall not look."""
    end = time.monotonic() + seconds
    for _ in range(2 if looked_at else 1):
        if looked_at:
            await world.sql("UPDATE payment SET look_at = now() WHERE look_at IS NOT NULL")
        while True:
            await world.qliro.settled(timeout=10)
            if (await world.sql(_WAITING))[0]["waiting"] == 0:
                break
            assert time.monotonic() < end, await _what_is_left(world)
            await asyncio.sleep(0.05)
    await world.norce.settled()


async def judged(order: Order, expected: Expected) -> None:
    """Norce = ours = Qliro, money moved once, nothing owed, nobody was answered with a defect."""
    world = order.world
    if expected.booked:
        await _heard_of(order, CallbackKind.NOTIFICATION)
    if expected.card:
        await _heard_of(order, CallbackKind.SAVED_CARD)
    await quiet(world)
    await _same_everywhere(order, expected)
    _money(order, expected)
    if expected.booked:
        _delivered(order)
    assert (await world.sql(_GAPS))[0]["gaps"] == 0, "the history does not lead to the payment"
    assert (await world.sql(_NEWEST))[0]["odd"] == 0, "the last of the history is not the payment"
    assert [a for a in world.answers if a.status == 500] == []
    assert [line for process in world.fleet.processes.values() for line in process.complaints()] == []
    parked = await world.sql("SELECT kind FROM inbox WHERE parked_at IS NOT NULL")
    parked += await world.sql("SELECT kind FROM outbox WHERE parked_at IS NOT NULL")
    assert parked == []


async def _same_everywhere(order: Order, expected: Expected) -> None:
    living = [p for p in order.payments if p["state"] != "declined"]
    assert [p["state"] for p in living] == [expected.payment], order.doc["payments"]
    assert order.doc["state"]["currentStatus"] == expected.order
    rows = await order.world.sql(
        f"SELECT * FROM payment WHERE order_id = '{order.id}' AND status NOT IN ('removed', 'declined')"
    )
    assert [row["status"] for row in rows] == [expected.ours]
    (row,) = rows
    assert (row["payment_id"], row["provider_order_id"]) == (order.payment["id"], order.qliro_id)
    at_qliro = order.world.qliro.ledger(order.qliro_id)
    stored = Totals(row["authorized"], row["captured"], row["cancelled"], row["refunded"])
    assert stored == at_qliro
    assert int(order.payment["amount"] * 100) == order.total
    log = order.world.norce.transactions(order.id, order.payment["id"])
    events = Counter(entry["event"] for entry in log if entry["isSuccess"])
    wanted = {"capture": expected.captured, "cancel": expected.reversed, "refund": expected.refunded}
    assert {event: events[event] for event in wanted} == {event: int(due) for event, due in wanted.items()}, log
    assert (events["open"], events["confirm"]) == (1, int(expected.authorized) + int(expected.upsold)), log
    if expected.card:
        assert order.payment["recurring"]["token"] in order.world.qliro.state.cards
    hooks = [hook for hook in order.doc["hooks"] if order.payment["id"] in hook["invoke"]]
    assert len(hooks) == 4, hooks


async def _heard_of(order: Order, kind: CallbackKind, seconds: float = 10.0) -> None:
    """What only a callback tells Qliro repeats until it is acknowledged."""
    end = time.monotonic() + seconds
    told = order.world.qliro.callbacks.of(order.qliro_id, kind)
    while not told or any(delivery.state is not DeliveryState.DELIVERED for delivery in told):
        assert time.monotonic() < end, f"never acknowledged: {told}"
        await asyncio.sleep(0.05)


def _delivered(order: Order) -> None:
    shippings = [s for s in order.doc["shippings"] if s["state"] != "removed"]
    assert [(s["state"], s["tmsReference"]) for s in shippings] == [("confirmed", f"tos-{order.qliro_id}")], shippings
    assert shippings[0]["deliveryDetails"]["pickupLocation"]["name"] == "Kiosken"


def _money(order: Order, expected: Expected) -> None:
    assert len(order.qliro_orders) == 1, "a second Qliro order"
    moved = Counter(str(entry.movement) for entry in order.world.qliro.state.ledger.of(order.qliro_id))
    due = {name: int(getattr(expected, name)) for name in ("authorized", "captured", "reversed", "refunded")}
    assert {name: moved[name] for name in due} == due | {"authorized": due["authorized"] + int(expected.upsold)}
    totals = order.world.qliro.ledger(order.qliro_id)
    assert {name: getattr(totals, name) for name in due} == {name: n * order.total for name, n in due.items()}


async def _what_is_left(world: World) -> str:
    left = await world.sql("SELECT kind, attempts, last_error FROM inbox WHERE handled_at IS NULL")
    left += await world.sql("SELECT kind, attempts, last_error FROM outbox WHERE delivered_at IS NULL")
    left += await world.sql("SELECT kind, state, error_message FROM payment_operation WHERE settled_at IS NULL")
    left += await world.sql("SELECT claim_token, claimed_until FROM checkout_order WHERE claimed_until > now()")
    left += await world.sql("SELECT payment_id, status, look_at FROM payment WHERE look_at IS NOT NULL")
    return f"not quiet: {[tuple(row) for row in left]}"
