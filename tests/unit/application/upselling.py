"""A purchase with which more may be sold."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from application.change_cart import Patch
from application.ports.inbox import Notice, NoticeKind
from domain.order import Generation, Item, OrderStatus, PurchaseOrder
from domain.payment import Payment
from domain.upsell import UpsellEligibility, UpsellShown, UpsellState, UpsellTransaction
from tests.fakes.clock import SOME_TIME
from tests.unit.application.world import World
from tests.unit.domain.orders import item

WINDOW = timedelta(seconds=300)


def more(sku: str = "MORE", price: int = 9_900, quantity: int = 1, **members: Any) -> Item:
    """A row to be sold beyond the purchase."""
    return replace(item(sku, price, quantity), upsell=True, **members)


class Upselling(World):
    """A world whose merchant offers more after a purchase."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.configure(use_upsell=True)
        self.platform.edit(self.key, generation=Generation.NEWER)
        self.told = 0

    async def sold(
        self,
        *,
        link: bool = False,
        replaces: bool = False,
        on_hold: bool = False,
        eligible: bool = True,
        until: datetime | None = SOME_TIME + WINDOW,
    ) -> None:
        """Bought, and Qliro takes more."""
        await self.start()
        assert await self.validate() is None
        self.at_qliro.upsell = UpsellEligibility(eligible, until)
        self.at_qliro.upsell_link = "https://pago.qit.nu/checkout/upsell/abc" if link else ""
        self.at_qliro.upsell_replaces = replaces
        self.provider.buy(self.qliro_id, on_hold=on_hold)
        await self.push("OnHold" if on_hold else "Completed")

    def with_more(self, *rows: Item, **members: Any) -> PurchaseOrder:
        return self.with_items(*self.order.items, *(rows or (more(),)), **members)

    async def add(self, *rows: Item, **members: Any) -> tuple[Patch, ...]:
        """The shop adds rows; Norce asks, and holds them."""
        return await self.cart_changed(self.with_more(*rows, **members))

    async def added(self, *rows: Item) -> None:
        """The shop adds rows, and the background has got to them."""
        await self.add(*rows)
        await self.later(1)

    async def complete(self) -> Payment:
        return await self.do(self.app.tend(self.payment_key, end=True))

    async def tell(self, upsell_id: str, status: str, transaction: int, *, again: bool = False) -> None:
        """Qliro says how an upsell ended; it is stored and handled."""
        self.told += 0 if again else 1
        facts: dict[str, str | int | None] = {"upsellId": upsell_id, "status": status, "transactionId": transaction}
        notice = Notice(self.payment_key, NoticeKind.UPSELL, f"{upsell_id}:{status}:{self.told}", facts)
        await self.do(self.app.receive(notice))
        await self.background()

    @property
    def window(self) -> UpsellShown:
        """The window as Norce shows it."""
        shown = self.shown.upsell
        assert shown is not None
        return shown

    @property
    def attempt(self) -> UpsellTransaction:
        """The newest attempt as Norce shows it."""
        return self.window.transactions[-1]

    def tried(self, state: UpsellState) -> bool:
        """Whether the newest attempt stands so."""
        return self.attempt.state is state

    @property
    def asked(self) -> int:
        """How often Qliro was asked to sell more."""
        return len(self.acts("upsell"))

    @property
    def handed_on(self) -> bool:
        return self.order.status is OrderStatus.COMPLETED
