"""Storefronts, customers and merchants: what they do, told by chance."""

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from application.update_shipping import ShippingChoice
from domain.checkout import CheckoutLine, CheckoutStatus, LineType
from domain.errors import AdapterError, ProviderRefused
from domain.identifiers import OrderKey, PaymentKey
from domain.ledger import TransactionKind
from domain.operation import OperationState
from domain.order import Address, Item, OrderStatus, Price, PurchaseOrder
from tests.simulation.world import SHIPPED_BY_QLIRO
from tests.unit.application.world import other_payment
from tests.unit.domain.orders import item, order, shipping

if TYPE_CHECKING:
    from tests.simulation.world import World

_SNIPPET = re.compile(r"order (\d+)")
_TROUBLE = (AdapterError, ConnectionError, TimeoutError)
_PATIENCE = 40.0
_RATES = (0, 600, 1200, 2500)


@dataclass(slots=True)
class Wish:
    """Something that a merchant's system wants done with a payment, and what it was told at last."""

    act: str
    key: PaymentKey
    answers: list[str] = field(default_factory=list)


class Shopper:
    """One order's life: its storefront, its customer, its merchant."""

    def __init__(self, world: "World", key: OrderKey) -> None:
        self.world, self.key, self.chance = world, key, world.chance
        self.tabs: dict[int, PaymentKey] = {}
        """Provider orders whose snippet has reached a browser."""
        self.wishes: list[Wish] = []
        world.norce.put(replace(self._cart(), key=key))
        world.norce.edit(key)

    async def live(self, arrives: float) -> None:
        """From the first visit to the last refund."""
        await asyncio.sleep(arrives)
        self.world.note(f"order {self.key.order_id} begins")
        await self._create(self.chance.choice((1, 1, 2, 3)))
        for _ in range(self.chance.randint(0, 5)):
            await self._pause(0.1, 120)
            await self.chance.choice(
                (
                    self._get,
                    self._change_cart,
                    self._change_cart,
                    self._customer_update,
                    self._create_once,
                    self._start_over,
                    self._choose_shipping,
                    self._voucher,
                    self._reopen,
                )
            )()
        for _ in range(self.chance.choice((0, 1, 1, 1, 1, 2))):
            await self._pause(1, 600)
            await self._buy()
        await self._afterwards()

    async def _afterwards(self) -> None:
        await self._pause(1, 30)
        await self._get()
        if self.chance.random() < 0.06:
            self.world.background(self._close_order())
        if self.chance.random() < 0.8:
            await self._pause(1, 2 * 86_400)
            await self._operate(self.chance.choice(("capture", "capture", "capture", "capture", "cancel")))
        if self.chance.random() < 0.2:
            await self._at_portal()
        if self.chance.random() < 0.35:
            await self._pause(1, 86_400)
            await self._operate("refund")
        if self.chance.random() < 0.1:
            await self._operate("refresh")

    # The storefront.

    async def _create(self, side_by_side: int = 1) -> None:
        for _ in range(3):
            answers = await asyncio.gather(*(self._create_once() for _ in range(side_by_side)))
            if any(answers):
                return
            await self._pause(1, 20)

    async def _create_once(self) -> bool:
        return self._rendered(await self._ask("start", self.key))

    async def _get(self) -> None:
        if payment := self._payment():
            self._rendered(await self._ask("read", payment))

    async def _customer_update(self) -> None:
        if payment := self._payment():
            for order_id, key in self.tabs.items():
                if key == payment and order_id in self.world.qliro.orders:
                    self.world.qliro.orders[order_id].billing = self._address()
            await self._ask("update_customer", payment)

    async def _start_over(self) -> None:
        if payment := self._payment():
            await self._ask("remove", payment)
            await self._pause(0, 2)
            await self._create()

    async def _change_cart(self) -> None:
        now = self.world.norce.orders[self.key]
        if now.status in {OrderStatus.CHECKOUT, OrderStatus.PROCESSING}:
            fresh = self._cart()
            await self.world.norce.change(self.key, items=fresh.items, cart_total=fresh.cart_total)

    async def _voucher(self) -> None:
        """A gift voucher takes over a part of what is to be paid, or is taken off again."""
        now = self.world.norce.orders[self.key]
        if now.status is not OrderStatus.CHECKOUT or now.total.including_vat < 200:
            return
        others = tuple(p for p in now.payments if not p.ours)
        voucher = other_payment(self.chance.randint(1, 100))
        payments = tuple(p for p in now.payments if p.ours) if others else (*now.payments, voucher)
        await self.world.norce.change(self.key, payments=payments)

    async def _reopen(self) -> None:
        if self.world.norce.orders[self.key].status is OrderStatus.PROCESSING:
            await self.world.norce.change(self.key, status=OrderStatus.CHECKOUT)

    async def _choose_shipping(self) -> None:
        """In the provider's checkout, which adds the row itself and tells the page."""
        if self.key.tenant != SHIPPED_BY_QLIRO or not (payment := self._payment()):
            return
        price = self.chance.choice((0, 2_900, 5_900))
        row = CheckoutLine(f"ship-{price}", "Delivery", LineType.SHIPPING, 1, price, price, shipping_method="box")
        there = next((self.world.qliro.orders.get(i) for i, key in self.tabs.items() if key == payment), None)
        if there is not None and there.status is CheckoutStatus.IN_PROCESS and there.id not in self.world.qliro.paying:
            there.added = (row,)
            choice = ShippingChoice("box", total_price=price, total_price_ex_vat=price)
            await self._ask("update_shipping", payment, choice)

    def _rendered(self, started: Any) -> bool:
        if started is None:
            return False
        order_id = int(_SNIPPET.findall(started.snippet)[0])
        self.tabs[order_id] = self.key.payment(started.payment_id)
        return True

    # The customer.

    async def _buy(self) -> None:
        if not self.tabs:
            return
        newest = max(self.tabs)
        order_id = newest if self.chance.random() < 0.92 else self.chance.choice(sorted(self.tabs))
        qliro = self.world.qliro
        order = qliro.orders.get(order_id)
        if order is None or order.expired or order.status is not CheckoutStatus.IN_PROCESS or order_id in qliro.paying:
            return
        qliro.paying.add(order_id)
        try:
            await self._pay(order_id)
        finally:
            qliro.paying.discard(order_id)

    async def _pay(self, order_id: int) -> None:
        qliro, chance = self.world.qliro, self.chance
        order = qliro.orders[order_id]
        if not await self._allowed(order_id):
            self.world.note(f"purchase of {order_id} was declined")
            return
        story = chance.choices(("approved", "on hold", "3-D Secure failed", "abandoned"), (70, 14, 8, 8))[0]
        await self._pause(0.5, 900 if story == "abandoned" else 90)
        self.world.note(f"purchase of {order_id}: {story}")
        if story in {"approved", "on hold"} and order_id in qliro.orders and not order.expired:
            order.billing = self._address()
            kind = TransactionKind.DEBIT if chance.random() < 0.15 else TransactionKind.PREAUTHORIZATION
            qliro.pays(order_id, kind, on_hold=story == "on hold")

    async def _allowed(self, order_id: int) -> bool:
        """The provider asks whether the purchase is fine, and takes silence for a yes."""
        qliro = self.world.qliro
        order = qliro.orders[order_id]
        try:
            decline = await self.world.ask("validate", qliro.key_of(order), order.checkout(), patience=5.0)
        except AdapterError:
            return False
        except (ConnectionError, TimeoutError):
            return True
        return decline is None

    # The merchant.

    async def _operate(self, act: str) -> None:
        if (payment := self._payment()) is None:
            return
        wish = Wish(act, payment)
        self.wishes.append(wish)
        for _ in range(self.chance.randint(1, 6)):
            answers = await asyncio.gather(
                *(self._ask(act, payment, wish=wish) for _ in range(self.chance.choice((1, 1, 1, 2, 3))))
            )
            if any(getattr(answer, "state", None) is OperationState.SUCCEEDED for answer in answers):
                return
            if wish.answers and wish.answers[-1] in {"OperationRefused", "PaymentNotFound"}:
                return
            await self._pause(1, 600)

    async def _close_order(self) -> None:
        await self._pause(1, 3600)
        now = self.world.norce.orders[self.key]
        if now.status not in {OrderStatus.COMPLETED, OrderStatus.REMOVED, OrderStatus.DECLINED}:
            await self.world.norce.change(self.key, status=OrderStatus.REMOVED)

    async def _at_portal(self) -> None:
        await self._pause(0, 86_400)
        for order_id in sorted(self.tabs):
            if order_id in self.world.qliro.orders:
                self.world.qliro.portal(order_id, self.chance.choice(("capture", "capture", "cancel", "refund")))

    # What all of them need.

    async def _ask(self, case: str, *about: Any, wish: Wish | None = None) -> Any:
        answer = None
        try:
            answer = await self.world.ask(case, *about, patience=_PATIENCE)
            told = str(getattr(answer, "state", "ok"))
        except _TROUBLE as trouble:
            told = type(trouble).__name__
            if isinstance(trouble, ProviderRefused):
                told = f"ProviderRefused {trouble.fault.code}"
        if wish is not None:
            wish.answers.append(told)
        return answer

    async def _pause(self, low: float, high: float) -> None:
        await asyncio.sleep(self.chance.uniform(low, high))

    def _payment(self) -> PaymentKey | None:
        own = [p for p in self.world.norce.orders[self.key].payments if p.ours]
        return self.key.payment(own[-1].id) if own else None

    def _cart(self) -> PurchaseOrder:
        chance = self.chance
        rows: tuple[Item, ...] = tuple(
            item(f"SKU-{n}", chance.randint(1, 90_000), chance.randint(1, 3), rate=chance.choice(_RATES))
            for n in range(chance.randint(1, 4))
        )
        freight = (shipping(4_900),) if chance.random() < 0.5 and self.key.tenant != SHIPPED_BY_QLIRO else ()
        goods = order(rows, shippings=freight, order_id=self.key.order_id)
        whole = sum(row.total.excluding_vat for row in rows)
        return replace(goods, cart_total=Price(goods.cart_total.including_vat, whole))

    def _address(self) -> Address:
        return Address(type="person", given_name="Anna", postal_code=str(self.chance.randint(10_000, 99_999)))
