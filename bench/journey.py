"""Orders walked through their lives side by side, one endpoint at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

import msgspec

from bench.purchases import Purchase, new_purchase
from bench.shops import SANDBOX, Shop
from bench.world import Answer, World

AT_ONCE: Final = 8
Scene = Callable[[Purchase], Awaitable[None]]
Measured = Callable[[str, list[Purchase]], Awaitable[list[Answer]]]
"""Asks one endpoint for every purchase; the answers in the same order."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happens unmeasured, then the endpoint that is asked."""

    endpoint: str
    before: Scene | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A kind of order."""

    chapters: tuple[Chapter, ...]
    example: str = "b2c"
    channel: str = "se"


async def _created(purchase: Purchase) -> None:
    _name(purchase, await purchase.world.ask(purchase.request("create"), "scene"))


async def _bought(purchase: Purchase) -> None:
    await purchase.bought()


async def _identified(purchase: Purchase) -> None:
    await purchase.identified()


async def _created_and_bought(purchase: Purchase) -> None:
    await _created(purchase)
    await purchase.bought()


async def _delivery_chosen(purchase: Purchase) -> None:
    await _created(purchase)
    await purchase.delivery_chosen()


LIVES: Final = (
    Life(
        chapters=(
            Chapter("create"),
            Chapter("get"),
            Chapter("customer-update", _identified),
            Chapter("validate"),
            Chapter("push", _bought),
            Chapter("refresh"),
            Chapter("capture"),
            Chapter("refund"),
        )
    ),
    Life(chapters=(Chapter("state-changed", _created), Chapter("cart-changed"), Chapter("remove"))),
    Life(chapters=(Chapter("cancel", _created_and_bought),)),
    Life(
        chapters=(Chapter("shipping-option-update", _delivery_chosen),),
        example="delivery_at_qliro",
        channel="se-shipping",
    ),
)

BUSY_LIVES: Final = (
    Life(
        chapters=(
            Chapter("get", _created),
            Chapter("validate", _identified),
            Chapter("push", _bought),
            Chapter("capture"),
        )
    ),
    Life(chapters=(Chapter("cart-changed", _created),)),
)
"""What is asked most, and nothing else."""


async def walk(
    world: World,
    measured: Measured,
    *,
    orders: int,
    lives: Sequence[Life] = LIVES,
    shops: Sequence[Shop] = (SANDBOX,),
) -> None:
    """Every life, `orders` times side by side; nothing is owed to anybody when an endpoint is measured.

    The orders are the shops' by turns.
    """
    for life in lives:
        purchases = [
            new_purchase(world, example=life.example, channel=life.channel, shop=shop)
            for shop in islice(cycle(shops), orders)
        ]
        for chapter in life.chapters:
            if chapter.before is not None:
                await for_each(purchases, chapter.before)
            await world.quiet()
            answers = await measured(chapter.endpoint, purchases)
            for purchase, answer in zip(purchases, answers, strict=True):
                if answer.status != 200:
                    raise RuntimeError(f"{chapter.endpoint} answered {answer.status}: {answer.body[:300]!r}")
                if chapter.endpoint == "create":
                    _name(purchase, answer)
            await world.quiet()


async def for_each(purchases: Iterable[Purchase], act: Scene) -> None:
    """`act` on all of them, a few at once."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(purchase: Purchase) -> None:
        async with slots:
            await act(purchase)

    await asyncio.gather(*(one(purchase) for purchase in purchases))


def _name(purchase: Purchase, answer: Answer) -> None:
    if answer.status != 200:
        raise RuntimeError(f"create answered {answer.status}: {answer.body[:300]!r}")
    purchase.payment_id = msgspec.json.decode(answer.body)["paymentId"]
