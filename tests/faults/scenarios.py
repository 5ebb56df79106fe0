"""What the matrix is run over: how it begins, what is asked for, and how it must end."""

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from weakref import WeakSet

from application.operate_payment import Asked
from application.ports.inbox import Notice, NoticeKind
from application.update_shipping import ShippingChoice
from domain.checkout import CheckoutLine, CheckoutStatus, LineType
from domain.errors import OrderBusy, OrderUnavailable
from domain.ledger import ItemGroup, LedgerTotals, TransactionKind, TransactionStatus
from domain.lifecycle import PaymentStatus
from domain.order import OrderStatus, PurchaseOrder
from domain.planning import Wish
from tests.faults import upselling
from tests.unit.application.wiring import UseCases
from tests.unit.application.world import ANNA, World, notice
from tests.unit.domain.orders import item

Prepare = Callable[[World], Awaitable[None]]
Act = Callable[[World, UseCases], Coroutine[Any, Any, None]]
Check = Callable[[World], Awaitable[list[str]]]

TOTAL = 74_900


@dataclass(frozen=True, slots=True)
class Scenario:
    """`act` is struck, `again` is what its caller does next; `end` tells what is not as it must be."""

    name: str
    prepare: Prepare
    act: Act
    end: Check
    again: Act | None = None


async def _nothing(world: World) -> None:
    """A new order."""


async def _started(world: World) -> None:
    await world.start()


async def _validated(world: World) -> None:
    await world.start()
    assert await world.validate() is None


async def _paid(world: World) -> None:
    await _validated(world)
    world.provider.buy(world.qliro_id, billing=ANNA)


async def _on_hold(world: World) -> None:
    await world.bought(on_hold=True)
    world.provider.resolve_hold(world.qliro_id, approve=True)


async def _refused(world: World) -> None:
    await world.bought(on_hold=True)
    world.provider.resolve_hold(world.qliro_id, approve=False)


async def _bought(world: World) -> None:
    await world.bought()


async def _captured(world: World) -> None:
    await world.captured()


async def _captured_twice(world: World) -> None:
    """In the portal, row by row: two captures to give back from."""
    await world.bought()
    for number in (901, 902):
        (left,) = world.at_qliro.ledger().shippable()
        rows = left.items[:1] if number == 901 else left.items
        group = ItemGroup(left.transaction_id, rows)
        outcome = await world.provider.capture(
            world.configuration.account,
            world.qliro_id,
            request_id=UUID(int=number),
            currency="SEK",
            shipments=(group,),
        )
        assert outcome
        world.provider.settle()
    await world.push("Captured")
    world.provider.requests.clear()


async def _start(world: World, app: UseCases) -> None:
    await app.start(world.key)


async def _read(world: World, app: UseCases) -> None:
    await app.read(world.payment_key)


async def _remove(world: World, app: UseCases) -> None:
    await app.remove(world.payment_key)


async def _validate(world: World, app: UseCases) -> None:
    """A declined customer presses the button again."""
    if await app.validate(world.payment_key, world.at_qliro.checkout()) is not None:
        raise OrderBusy("declined")


async def _push(world: World, app: UseCases) -> None:
    """Stored and handled by the same process; the same message comes again until it has been acknowledged."""
    await app.receive(notice(world.payment_key, "the push"))
    while await app.handle_notices() + await app.deliver():
        pass


def _bigger(world: World) -> PurchaseOrder:
    return world.with_items(item("SKU-1", 24_900, 5))


async def _change_cart(world: World, app: UseCases) -> None:
    proposed = _bigger(world)
    world.commit(proposed, await app.change_cart(world.payment_key, proposed))


async def _close_order(world: World, app: UseCases) -> None:
    """Norce asks and, when nobody objects, commits."""
    proposed = replace(world.order, status=OrderStatus.REMOVED)
    world.commit(proposed, await app.change_state(world.payment_key, proposed))


async def _close_or_cancel(world: World, app: UseCases) -> None:
    """Norce asks once more when it had no answer; a reservation that is left then is released by an operator."""
    if world.order.status is not OrderStatus.REMOVED:
        await _close_order(world, app)
    if world.stored.totals.remaining:
        await app.cancel(world.payment_key)


async def _capture(world: World, app: UseCases) -> None:
    await app.capture(world.payment_key)


async def _cancel(world: World, app: UseCases) -> None:
    await app.cancel(world.payment_key)


async def _refund(world: World, app: UseCases) -> None:
    await app.refund(world.payment_key)


async def _refresh(world: World, app: UseCases) -> None:
    await app.refresh(world.payment_key)


async def _look_after(world: World, app: UseCases) -> None:
    world.clock.advance(120)
    await app.look_after()


async def _customer(world: World, app: UseCases) -> None:
    await app.update_customer(world.payment_key)


async def _buys(world: World) -> list[str]:
    """What was started can be bought, shipped and given back, once each."""
    problems = []
    if len({order.id for order in world.provider.orders.values() if order.lines}) and not world.live:
        return ["there is no live payment"]
    declined = await world.validate()
    if declined is not None:
        return [f"the purchase was declined: {declined.message}"]
    world.provider.buy(world.qliro_id, billing=ANNA)
    await world.push()
    problems += _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)
    problems += _logged(world, open=1, process=1, confirm=1)
    return problems + _books(world, LedgerTotals(authorized=world.order.total.including_vat))


async def _is_removed(world: World) -> list[str]:
    problems = [] if not world.live else ["the payment is still live"]
    await world.start()
    if len(world.live) != 1:
        problems.append("it could not be begun anew")
    return problems + await _buys(world)


async def _is_frozen(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.PROCESSING, PaymentStatus.INTENT)
    world.provider.buy(world.qliro_id, billing=ANNA)
    await world.push()
    return problems + _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)


async def _is_paid(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)
    problems += _logged(world, open=1, process=1, confirm=1)
    if world.order.customer.billing is None or world.order.customer.billing.email != ANNA.email:
        problems.append("Norce does not know the customer")
    return problems + _books(world, LedgerTotals(authorized=TOTAL))


async def _is_approved(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)
    return problems + _logged(world, confirm=2) + _books(world, LedgerTotals(authorized=TOTAL))


async def _is_declined(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.DECLINED, PaymentStatus.DECLINED)
    return problems + _logged(world, cancel=1) + _books(world, LedgerTotals())


async def _has_new_cart(world: World) -> list[str]:
    problems = []
    if world.order.status is not OrderStatus.CHECKOUT:
        problems.append(f"the order is {world.order.status}, not open again")
    if world.at_qliro.total != world.order.total.including_vat != TOTAL:
        problems.append(f"Qliro holds {world.at_qliro.total}")
    declined = await world.validate()
    if declined is not None:
        return [*problems, f"the purchase was declined: {declined.message}"]
    world.provider.buy(world.qliro_id, billing=ANNA)
    await world.push()
    return problems + _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)


async def _is_captured(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.CAPTURED)
    problems += _logged(world, capture=1) + _moved(world, TransactionKind.CAPTURE, 1)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, captured=TOTAL))


async def _is_cancelled(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.CANCELLED)
    problems += _logged(world, cancel=1) + _moved(world, TransactionKind.REVERSAL, 1)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, cancelled=TOTAL))


async def _is_withdrawn(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.REMOVED, PaymentStatus.CANCELLED)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, cancelled=TOTAL))


async def _is_refunded(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.REFUNDED)
    problems += _logged(world, refund=1) + _moved(world, TransactionKind.REFUND, 1)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, captured=TOTAL, refunded=TOTAL))


async def _is_refunded_twice(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.REFUNDED)
    problems += _moved(world, TransactionKind.REFUND, 2)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, captured=TOTAL, refunded=TOTAL))


async def _is_reopened(world: World) -> list[str]:
    if world.order.status is not OrderStatus.CHECKOUT:
        return [f"the order is {world.order.status}, not open again"]
    return await _buys_again(world)


async def _buys_again(world: World) -> list[str]:
    if await world.validate() is not None:
        return ["the purchase was declined"]
    world.provider.buy(world.qliro_id, billing=ANNA)
    await world.push()
    return _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)


def _shows(world: World, order: OrderStatus, payment: PaymentStatus) -> list[str]:
    stored = world.store.stored.get(world.payment_key)
    found = []
    if world.order.status is not order:
        found.append(f"the order is {world.order.status}, not {order}")
    if stored is None or stored.status is not payment:
        found.append(f"the payment is {stored and stored.status}, not {payment}")
    return found


def _logged(world: World, **events: int) -> list[str]:
    known = Counter(event for event, success in world.log if success or event == "cancel")
    return [f"logged {e} {known[e]} times" for e, times in events.items() if known[e] != times]


def _moved(world: World, kind: TransactionKind, times: int) -> list[str]:
    done = [t for t in world.at_qliro.transactions if t.kind is kind and t.status is not TransactionStatus.ERROR]
    return [] if len(done) == times else [f"Qliro made {len(done)} transactions of kind {kind}"]


def _books(world: World, totals: LedgerTotals) -> list[str]:
    return [] if world.money == totals else [f"Qliro's books say {world.money}"]


KEY = "one-key"
PART = Asked(Wish(items=(("SKU-1", 1),)), idempotency_key=KEY)
SUM = Asked(Wish(amount=60_000), idempotency_key=KEY)


async def _refused_at_qliro(world: World) -> None:
    await _validated(world)
    world.at_qliro.status = CheckoutStatus.REFUSED


async def _changed_unheard(world: World) -> None:
    await world.start()
    world.platform.put(_bigger(world))


async def _withdrawn_and_paid(world: World) -> None:
    await _validated(world)
    await world.remove()
    world.provider.buy(world.qliro_id)


async def _shrunk(world: World) -> None:
    await world.bought()
    world.platform.put(world.with_items(item("SKU-1", 24_900, 2)))


async def _integrated(world: World) -> None:
    world.platform.edit(world.key, shippings=())
    world.configure(use_integrated_shipping=True)
    await world.start()
    world.at_qliro.added = (
        CheckoutLine("freight", "Frakt", LineType.SHIPPING, 1, 4_900, 3_920, shipping_method="home"),
    )


async def _delivered(world: World) -> None:
    """Bought with another delivery than the one that the browser told of."""
    await _integrated(world)
    await world.shipping_chosen(ShippingChoice("letter", total_price=900, total_price_ex_vat=720))
    assert await world.validate() is None
    world.provider.buy(world.qliro_id, billing=ANNA)


async def _booked_too_early(world: World) -> None:
    """The booking is told before the purchase is: it is kept, and waits."""
    await _delivered(world)
    world.platform.faults.add(OrderUnavailable("down", sent=False), "write_billing")
    await world.do(world.app.receive(_booking(world)))


async def _delivery_settled(world: World) -> None:
    await _delivered(world)
    await world.push()


def _booking(world: World) -> Notice:
    facts: dict[str, str | int | None] = {
        "provider": "Ingrid",
        "success": 1,
        "at": "2026-01-02T03:04:05.000+00:00",
        "booking": "T-1",
        "carrier": "DHL",
        "product": "box",
    }
    return Notice(world.payment_key, NoticeKind.NOTIFICATION, "booked", facts)


async def _notified(world: World, app: UseCases) -> None:
    """Qliro tells it until it is acknowledged."""
    await app.receive(_booking(world))
    await app.handle_notices()


async def _declined(world: World, app: UseCases) -> None:
    """Until it has been told that the cart has changed, the customer presses the button again."""
    declined = await app.validate(world.payment_key, world.at_qliro.checkout())
    if declined is not None and "Varukorgen" not in declined.message:
        raise OrderBusy("declined for another reason")
    while await app.deliver():
        pass


async def _part_captured(world: World, app: UseCases) -> None:
    await app.capture(world.payment_key, PART)


_answered: WeakSet[World] = WeakSet()


async def _bare_part_captured(world: World, app: UseCases) -> None:
    """Nobody who was answered asks again: that would be another one."""
    if world not in _answered:
        await app.capture(world.payment_key, replace(PART, idempotency_key=""))
        _answered.add(world)


async def _sum_refunded(world: World, app: UseCases) -> None:
    await app.refund(world.payment_key, SUM)


async def _shipping(world: World, app: UseCases) -> None:
    await app.update_shipping(world.payment_key, ShippingChoice("home", total_price=4_900, total_price_ex_vat=3_920))


async def _is_mended(world: World) -> list[str]:
    return [] if world.at_qliro.total == 129_400 else [f"Qliro holds {world.at_qliro.total}"]


async def _is_released(world: World) -> list[str]:
    problems = [] if world.order.status is OrderStatus.CHECKOUT else [f"the order is {world.order.status}"]
    return problems + _books(world, LedgerTotals(authorized=TOTAL, cancelled=TOTAL))


async def _is_part_captured(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.PARTIALLY_CAPTURED)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, captured=24_900))


async def _is_part_refunded(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED)
    return problems + _books(world, LedgerTotals(authorized=TOTAL, captured=TOTAL, refunded=60_000))


async def _is_captured_smaller(world: World) -> list[str]:
    problems = _shows(world, OrderStatus.COMPLETED, PaymentStatus.CAPTURED)
    problems += _moved(world, TransactionKind.CAPTURE, 1)
    return problems if world.money.captured == 54_700 else [*problems, f"Qliro's books say {world.money}"]


async def _is_delivered(world: World) -> list[str]:
    shippings = [(s.reference, s.state, s.total.including_vat) for s in world.order.shippings if s.active]
    problems = [] if shippings == [("home", "confirmed", 4_900)] else [f"Norce has the shippings {shippings}"]
    problems += _shows(world, OrderStatus.COMPLETED, PaymentStatus.AUTHORIZED)
    problems += [] if world.order.total.including_vat == TOTAL else [f"Norce's total is {world.order.total}"]
    return problems + _books(world, LedgerTotals(authorized=TOTAL))


async def _is_booked(world: World) -> list[str]:
    booked = [(s.tms_reference, s.carrier, s.carrier_product_id) for s in world.order.shippings if s.active]
    problems = [] if booked == [("T-1", "DHL", "box")] else [f"Norce shows the bookings {booked}"]
    return problems + await _is_delivered(world)


async def _has_shipping(world: World) -> list[str]:
    mine = [s for s in world.order.shippings if s.active]
    problems = [] if len(mine) == 1 else [f"{len(mine)} shippings"]
    return problems + await _buys(world)


A_PART_WITHOUT_A_KEY = Scenario("capture of a part without a key", _bought, _bare_part_captured, _is_part_captured)

SCENARIOS = (
    Scenario("create", _nothing, _start, _buys),
    Scenario("create again", _started, _start, _buys),
    Scenario("get before the purchase", _started, _read, _buys),
    Scenario("get after a purchase nobody told of", _paid, _read, _is_paid),
    Scenario("remove", _started, _remove, _is_removed),
    Scenario("remove while frozen", _validated, _remove, _is_removed),
    Scenario("validate", _started, _validate, _is_frozen),
    Scenario("cart changed", _started, _change_cart, _has_new_cart),
    Scenario("cart changed while frozen", _validated, _change_cart, _has_new_cart),
    Scenario("customer changed while frozen", _validated, _customer, _is_reopened),
    Scenario("push of a purchase", _paid, _push, _is_paid),
    Scenario("push after the bank's yes", _on_hold, _push, _is_approved),
    Scenario("push after the bank's no", _refused, _push, _is_declined),
    Scenario("capture", _bought, _capture, _is_captured),
    Scenario("cancel", _bought, _cancel, _is_cancelled),
    Scenario("order removed after the purchase", _bought, _close_order, _is_withdrawn, again=_close_or_cancel),
    Scenario("refund", _captured, _refund, _is_refunded),
    Scenario("refund of two captures", _captured_twice, _refund, _is_refunded_twice),
    Scenario("create after a refusal", _refused_at_qliro, _start, _buys),
    Scenario("cart changed unheard", _changed_unheard, _declined, _is_mended),
    Scenario("push of a withdrawn payment", _withdrawn_and_paid, _push, _is_released),
    Scenario("shipping chosen", _integrated, _shipping, _has_shipping),
    Scenario("push of a delivered purchase", _delivered, _push, _is_delivered),
    Scenario("notification of a booking", _delivery_settled, _notified, _is_booked),
    Scenario("push of a purchase whose booking waits", _booked_too_early, _push, _is_booked),
    Scenario("capture of a part", _bought, _part_captured, _is_part_captured),
    Scenario("capture of an order that shrank", _shrunk, _capture, _is_captured_smaller),
    Scenario("refund of a sum", _captured_twice, _sum_refunded, _is_part_refunded),
    Scenario("refresh", _paid, _refresh, _is_paid),
    Scenario("nobody asks", _paid, _look_after, _is_paid),
    Scenario("push of a purchase with an offer", upselling.bought_with_an_offer, _push, upselling.is_offered),
    Scenario("upsell completed", upselling.row_to_sell, upselling.complete, upselling.is_sold),
    Scenario("upsell completed in one", upselling.row_to_sell_in_one, upselling.complete, upselling.is_sold),
    Scenario("push of an upsell", upselling.paid_at_the_link, upselling.tell, upselling.is_sold_and_waits),
)
