"""The ways in which money or promises move, each split into before, during and again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.simulators.qliro.callbacks import CallbackKind
from tests.processes.fleet import AdapterProcess
from tests.processes.judge import (
    BOOKED,
    CANCELLED,
    CAPTURED,
    INTENT,
    KEPT,
    REFUNDED,
    RESERVED,
    UPSOLD,
    Expected,
    quiet,
)
from tests.processes.world import Answer, Order, World

SLOW_BANK = 0.15
"""Seconds until Qliro decides a transaction: the operation's process waits and asks meanwhile."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`prepare` with a healthy process, `act` on the process under test, `again` whatever its caller does next."""

    prepare: Callable[[World], Awaitable[Order]]
    act: Callable[[Order, AdapterProcess], Awaitable[Answer | None]]
    again: Callable[[Order], Awaitable[object]]
    end: Expected


async def _ordered(world: World) -> Order:
    return world.order()


async def _bought_unheard(world: World) -> Order:
    order = world.order()
    await order.create()
    world.hold_pushes()
    await order.buy()
    await quiet(world, looked_at=False)
    return order


async def _reserved(world: World) -> Order:
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    world.qliro.state.config.transaction_delay = SLOW_BANK
    world.hold_pushes()
    return order


async def _captured(world: World) -> Order:
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    assert (await order.operate("capture")).status == 200
    await quiet(world)
    world.qliro.state.config.transaction_delay = SLOW_BANK
    world.hold_pushes()
    return order


async def _create(order: Order, process: AdapterProcess) -> Answer:
    return await order.create(process)


async def _create_again(order: Order) -> object:
    return await order.world.persist(order.create)


async def _push(order: Order, process: AdapterProcess) -> None:
    deliveries = order.world.qliro.callbacks.of(order.qliro_id, CallbackKind.CHECKOUT_STATUS)
    order.world.qliro.callbacks.send_again(deliveries[-1].id)


async def _push_again(order: Order) -> object:
    order.world.release_pushes()
    return None


async def _to_be_renewed(world: World) -> Order:
    world.hold_pushes()
    return world.order()


async def _renew(order: Order, process: AdapterProcess) -> Answer:
    return await order.renew(process)


async def _renew_again(order: Order) -> object:
    answer = await order.world.persist(order.renew)
    order.world.release_pushes()
    return answer


async def _more_to_sell(world: World) -> Order:
    world.sell_more()
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    world.qliro.state.config.transaction_delay = SLOW_BANK
    world.hold_pushes()
    order.holds_more()
    return order


async def _complete(order: Order, process: AdapterProcess) -> Answer:
    return await order.complete_upsell(process)


async def _complete_again(order: Order) -> object:
    order.world.release_pushes()
    return await order.world.persist(order.complete_upsell)


async def _bought_by_a_subscriber(world: World) -> Order:
    """Everything is told but the saved card, which Qliro's order does not show."""
    world.configure(recurring=True)
    order = world.order()
    await order.create()
    world.hold_pushes(CallbackKind.SAVED_CARD)
    await order.buy()
    order.qliro_orders[0].saved_card = None
    await quiet(world)
    return order


async def _card_told(order: Order, process: AdapterProcess) -> None:
    (delivery,) = order.world.qliro.callbacks.of(order.qliro_id, CallbackKind.SAVED_CARD)
    order.world.qliro.callbacks.send_again(delivery.id)


def _operating(kind: str) -> Callable[[Order, AdapterProcess], Awaitable[Answer]]:
    async def act(order: Order, process: AdapterProcess) -> Answer:
        return await order.operate(kind, process)

    return act


def _operated_again(kind: str) -> Callable[[Order], Awaitable[object]]:
    async def again(order: Order) -> object:
        order.world.release_pushes()
        return await order.world.persist(lambda: order.operate(kind))

    return again


async def _delivered_unheard(world: World) -> Order:
    """Bought with Ingrid's delivery; neither the purchase nor the booking has been told."""
    order = world.order("ingrid", channel="se-ingrid")
    await order.create()
    world.hold_pushes()
    await order.buy()
    await quiet(world, looked_at=False)
    return order


async def _delivered_unbooked(world: World) -> Order:
    """Bought with Ingrid's delivery, and settled; the booking has not been told."""
    order = world.order("ingrid", channel="se-ingrid")
    await order.create()
    world.hold_pushes(CallbackKind.NOTIFICATION)
    await order.buy()
    await quiet(world)
    return order


async def _notify(order: Order, process: AdapterProcess) -> None:
    deliveries = order.world.qliro.callbacks.of(order.qliro_id, CallbackKind.NOTIFICATION)
    order.world.qliro.callbacks.send_again(deliveries[-1].id)


SCENARIOS = {
    "card": Scenario(_bought_by_a_subscriber, _card_told, _push_again, KEPT),
    "renew": Scenario(_to_be_renewed, _renew, _renew_again, RESERVED),
    "create": Scenario(_ordered, _create, _create_again, INTENT),
    "push": Scenario(_bought_unheard, _push, _push_again, RESERVED),
    "push of a delivered purchase": Scenario(_delivered_unheard, _push, _push_again, BOOKED),
    "notification": Scenario(_delivered_unbooked, _notify, _push_again, BOOKED),
    "upsell": Scenario(_more_to_sell, _complete, _complete_again, UPSOLD),
    "capture": Scenario(_reserved, _operating("capture"), _operated_again("capture"), CAPTURED),
    "cancel": Scenario(_reserved, _operating("cancel"), _operated_again("cancel"), CANCELLED),
    "refund": Scenario(_captured, _operating("refund"), _operated_again("refund"), REFUNDED),
}


async def prepared(world: World, scenario: Scenario) -> Order:
    """The order, made ready by a process that is gone afterwards."""
    healthy = await world.start()
    order = await scenario.prepare(world)
    await world.replace(healthy)
    return order
