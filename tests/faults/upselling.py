"""Selling more after a purchase, to be struck at every call."""

from dataclasses import replace
from datetime import timedelta

from application.ports.inbox import Notice, NoticeKind
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.order import Generation, OrderStatus
from domain.upsell import UpsellEligibility, UpsellState
from domain.upselling import shown_upsell
from tests.unit.application.wiring import UseCases
from tests.unit.application.world import ANNA, World
from tests.unit.domain.orders import item

PAID, MORE = 74_900, 9_900
WINDOW = timedelta(hours=1)
"""Longer than the dead are waited for."""


async def _offered(world: World, *, link: bool = False, replaces: bool = False, told: bool = True) -> None:
    world.configure(use_upsell=True, upsell_timeout_seconds=int(WINDOW.total_seconds()))
    world.platform.edit(world.key, generation=Generation.NEWER)
    await world.start()
    assert await world.validate() is None
    world.at_qliro.upsell = UpsellEligibility(True, None)
    world.at_qliro.upsell_link = "https://pago.qit.nu/checkout/upsell/abc" if link else ""
    world.at_qliro.upsell_replaces = replaces
    world.provider.buy(world.qliro_id, billing=ANNA)
    if told:
        await world.push()


def _add(world: World) -> None:
    world.platform.put(world.with_items(*world.order.items, replace(item("MORE", MORE), upsell=True)))


async def bought_with_an_offer(world: World) -> None:
    await _offered(world, told=False)


async def row_to_sell(world: World) -> None:
    await _offered(world)
    _add(world)


async def row_to_sell_in_one(world: World) -> None:
    await _offered(world, replaces=True)
    _add(world)


async def paid_at_the_link(world: World) -> None:
    await _offered(world, link=True)
    _add(world)
    await world.do(world.app.tend(world.payment_key))
    world.provider.pay_link(world.qliro_id, _attempt(world))


def _attempt(world: World) -> str:
    shown = shown_upsell(world.stored)
    assert shown is not None
    return shown.transactions[-1].id


async def complete(world: World, app: UseCases) -> None:
    await app.tend(world.payment_key, end=True)


async def tell(world: World, app: UseCases) -> None:
    """Qliro's push, as often as the test repeats it."""
    made = world.at_qliro.transactions[-1].id
    facts: dict[str, str | int | None] = {"upsellId": _attempt(world), "status": "Success", "transactionId": made}
    await app.receive(Notice(world.payment_key, NoticeKind.UPSELL, "upsell-push", facts))
    await app.handle_notices()
    await app.deliver()


async def is_offered(world: World) -> list[str]:
    problems = _standing(world, OrderStatus.ACCEPTED, PAID)
    if len(world.platform.written("add_reminder")) != 1:
        problems.append("Norce was not asked once to call at the end")
    world.clock.advance(WINDOW)
    await world.do(world.app.look_after())
    await world.background()
    return problems + _standing(world, OrderStatus.COMPLETED, PAID)


async def is_sold(world: World) -> list[str]:
    return _sold(world) + _standing(world, OrderStatus.COMPLETED, PAID + MORE)


async def is_sold_and_waits(world: World) -> list[str]:
    problems = _sold(world) + _standing(world, OrderStatus.ACCEPTED, PAID + MORE)
    await world.do(world.app.tend(world.payment_key, end=True))
    await world.background()
    return problems + _standing(world, OrderStatus.COMPLETED, PAID + MORE)


def _sold(world: World) -> list[str]:
    shown = world.shown.upsell
    states = [t.state for t in shown.transactions] if shown else []
    problems = [] if states == [UpsellState.COMPLETED] else [f"the attempts are {states}"]
    keys = {key for act, key in world.provider.requests if act == "upsell"}
    if len(keys) != 1:
        problems.append(f"Qliro was asked under {len(keys)} keys")
    return problems


def _standing(world: World, order: OrderStatus, authorized: int) -> list[str]:
    found = []
    if world.order.status is not order:
        found.append(f"the order is {world.order.status}, not {order}")
    if world.stored.status is not PaymentStatus.AUTHORIZED:
        found.append(f"the payment is {world.stored.status}")
    if world.money != LedgerTotals(authorized):
        found.append(f"Qliro's books say {world.money}")
    return found
