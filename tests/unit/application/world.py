"""A shop, Norce, Qliro and this service in one memory, with a clock that moves only when everybody waits."""

import asyncio
import heapq
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from application.change_cart import Patch
from application.open_payment import Started
from application.patience import Patience
from application.ports.configurations import MerchantConfiguration
from application.ports.inbox import Notice, NoticeKind
from application.texts import DeclineReason, decline_text
from application.update_shipping import ShippingChoice
from application.validate_purchase import Decline
from domain.checkout import CheckoutStatus
from domain.identifiers import OrderKey, PaymentKey
from domain.ledger import LedgerTotals
from domain.operation import Operation
from domain.order import Address, Item, OrderPayment, OrderShipping, OrderStatus, PaymentState, Price, PurchaseOrder
from domain.payment import Payment
from tests.fakes.clock import FrozenClock
from tests.fakes.configurations import FakeConfigurations, a_configuration
from tests.fakes.memory import MemoryStore
from tests.fakes.platform import FakePlatform
from tests.fakes.provider import FakeProvider
from tests.fakes.provider_order import FakeOrder
from tests.unit.application.wiring import PATIENCE, CountingIds, Notebook, Ports, UseCases
from tests.unit.domain.orders import item, order, shipping

T = TypeVar("T")
_TURNS = 60
"""How often everybody may speak before the time moves."""

ANNA = Address(
    type="person",
    given_name="Anna",
    family_name="Andersson",
    street_address="Storgatan 1",
    postal_code="11122",
    city="Stockholm",
    country="SE",
    email="anna@example.com",
    phone="+46701234567",
)


class PatientClock(FrozenClock):
    """Moves to the next sleeper's moment when told that nobody has anything else to do."""

    def on(self) -> bool:
        """False when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return False
        self.advance(max(self._sleepers[0][0] - self.now(), timedelta()))
        return True


def an_order(**members: Any) -> PurchaseOrder:
    """Two caps and a book with freight: 74 900 minor units unless told otherwise."""
    known = order(
        (item("SKU-1", 24_900, 2), item("SKU-2", 20_200, rate=600)),
        shippings=(shipping(4_900),),
    )
    return replace(known, **members)


def a_decline(reason: DeclineReason) -> Decline:
    """What `validate` answers for that reason about an order like the one above."""
    return Decline("Other", decline_text(None, "sv-SE", reason))


class TimelyPlatform(FakePlatform):
    """Norce with the same clock as everybody else."""

    def __init__(self, clock: FrozenClock, *orders: PurchaseOrder) -> None:
        self._clock = clock
        super().__init__(*orders)

    def _moment(self) -> datetime:
        return self._clock.now()


class World:
    """Everything there is. `app` is the process at work; `fresh` starts another over the same stores."""

    def __init__(
        self,
        the_order: PurchaseOrder | None = None,
        *,
        configuration: MerchantConfiguration | None = None,
        prompt: bool = True,
        patience: Patience = PATIENCE,
    ) -> None:
        first = the_order or an_order()
        self.key: OrderKey = first.key
        self.clock = PatientClock()
        self.store = MemoryStore(self.clock)
        self.platform = TimelyPlatform(self.clock, first)
        self.provider = FakeProvider(prompt=prompt)
        self.configuration = configuration or a_configuration(first.key.tenant)
        self.configurations = FakeConfigurations(self.configuration)
        self.ids = CountingIds()
        self.notebook = Notebook()
        self.patience = patience
        self.pushes = 0
        self.app = self.fresh()

    @property
    def ports(self) -> Ports:
        return Ports(
            self.store.payments,
            self.store.inbox,
            self.store.outbox,
            self.platform,
            self.provider,
            self.configurations,
        )

    def fresh(self, ports: Ports | None = None) -> UseCases:
        """A process that has just started."""
        return UseCases(ports or self.ports, self.clock, self.ids, self.notebook, patience=self.patience)

    def configure(self, **members: Any) -> None:
        self.configuration = replace(self.configuration, **members)
        self.configurations.put(self.configuration)

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end, and what it woke in the background; time moves whenever everybody waits for it."""
        app, left = self.app, self.app.left
        done = await self._run(work)
        if app.left > left:
            await self._run(app.deliver())
        return done

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        while not task.done():
            for _ in range(_TURNS):
                await asyncio.sleep(0)
                if task.done():
                    break
            else:
                if not self.clock.on():
                    await asyncio.sleep(0.002)
        return task.result()

    # What is seen

    @property
    def order(self) -> PurchaseOrder:
        return self.platform.orders[self.key]

    @property
    def own(self) -> list[OrderPayment]:
        return [payment for payment in self.order.payments if payment.ours]

    @property
    def live(self) -> list[OrderPayment]:
        return [payment for payment in self.own if payment.active]

    @property
    def shown(self) -> OrderPayment:
        """Our newest payment as Norce shows it."""
        return self.own[-1]

    @property
    def payment_key(self) -> PaymentKey:
        return self.key.payment(self.shown.id)

    @property
    def stored(self) -> Payment:
        return self.store.stored[self.payment_key]

    @property
    def qliro_id(self) -> int:
        return int(self.shown.reference)

    @property
    def at_qliro(self) -> FakeOrder:
        return self.provider.orders[self.qliro_id]

    @property
    def money(self) -> LedgerTotals:
        return self.provider.totals(self.qliro_id)

    @property
    def log(self) -> list[tuple[str, bool]]:
        """Norce's transaction log of our newest payment."""
        return [(entry.event, entry.success) for entry in self.platform.logs.get(self.payment_key, [])]

    def stands(self, *wanted: object) -> bool:
        """Whether order, shown payment and stored payment are in these states, whichever are asked for."""
        states = (self.order.status, self.shown.state, self.stored.status)
        return all(any(w is state for state in states) for w in wanted)  # Norce's words and ours may be the same

    def acts(self, *kinds: str) -> list[str]:
        """Money operations that Qliro was asked for."""
        return [act for act, _ in self.provider.requests if not kinds or act in kinds]

    def nothing_owed(self) -> bool:
        letters = any(desk.letters for desk in self.store.desks.values())
        holes = self.store.notices.values()
        return not letters and all(hole.handled_at is not None for hole in holes)

    # What callers do

    async def start(self) -> Started:
        return await self.do(self.app.start(self.key))

    async def read(self, key: PaymentKey | None = None) -> Started:
        return await self.do(self.app.read(key or self.payment_key))

    async def remove(self) -> None:
        await self.do(self.app.remove(self.payment_key))

    async def validate(self) -> Decline | None:
        return await self.do(self.app.validate(self.payment_key, self.at_qliro.checkout()))

    async def capture(self) -> Operation:
        return await self.do(self.app.capture(self.payment_key))

    async def cancel(self) -> Operation:
        return await self.do(self.app.cancel(self.payment_key))

    async def refund(self) -> Operation:
        return await self.do(self.app.refund(self.payment_key))

    async def refresh(self) -> Payment:
        return await self.do(self.app.refresh(self.payment_key))

    async def customer_changed(self) -> None:
        await self.do(self.app.update_customer(self.payment_key))

    async def shipping_chosen(self, choice: ShippingChoice) -> None:
        await self.do(self.app.update_shipping(self.payment_key, choice))

    async def cart_changed(self, proposed: PurchaseOrder) -> tuple[Patch, ...]:
        """Norce asks; when it is allowed to, it changes the order and applies the patch."""
        patches = await self.do(self.app.change_cart(self.payment_key, proposed))
        self.commit(proposed, patches)
        return patches

    async def state_changed(self, status: OrderStatus) -> tuple[Patch, ...]:
        """As `cart_changed`, for a new state of the order."""
        proposed = replace(self.order, status=status)
        patches = await self.do(self.app.change_state(self.payment_key, proposed))
        self.commit(proposed, patches)
        return patches

    def commit(self, proposed: PurchaseOrder, patches: tuple[Patch, ...]) -> None:
        payments = list(proposed.payments)
        for patch in patches:
            _, _, place, member = patch.path.split("/")
            change: dict[str, Any] = {
                member: PaymentState(str(patch.value)) if member == "state" else patch.value,
            }
            payments[int(place)] = replace(payments[int(place)], **change)
        self.platform.put(replace(proposed, payments=tuple(payments)))

    async def push(self, status: str = "Completed", *, again: bool = False) -> None:
        """Qliro tells something; it is stored and handled. With `again` it is the same message once more."""
        await self.pushed(status, again=again)
        await self.background()

    async def pushed(self, status: str = "Completed", *, again: bool = False) -> None:
        """Qliro tells something; it is only stored."""
        self.pushes += 0 if again else 1
        await self.do(self.app.receive(notice(self.payment_key, f"{self.qliro_id}:{status}:{self.pushes}")))

    async def notified(self, **facts: str | int | None) -> None:
        """Qliro tells what a platform integrated there has to say; it is only stored."""
        self.pushes += 1
        key = f"notification:{self.pushes}"
        await self.do(self.app.receive(Notice(self.payment_key, NoticeKind.NOTIFICATION, key, facts)))

    async def background(self) -> None:
        """Inbox and outbox until there is nothing to do right now."""
        for _ in range(20):
            found = await self.do(self.app.handle_notices())
            if not found + await self.do(self.app.deliver()):
                return

    async def later(self, by: timedelta | float) -> None:
        """Time passes, and the background works."""
        self.clock.advance(by)
        await self.background()
        await self.do(self.app.look_after())
        await self.background()

    # Whole stretches

    async def bought(self, *, on_hold: bool = False, billing: Address | None = ANNA) -> None:
        """Started, validated, paid and told."""
        await self.start()
        assert await self.validate() is None
        self.provider.buy(self.qliro_id, on_hold=on_hold, billing=billing)
        await self.push("OnHold" if on_hold else "Completed")

    async def captured(self) -> None:
        await self.bought()
        await self.capture()

    def with_items(self, *items: Item, **members: Any) -> PurchaseOrder:
        """The order as it would be with another cart."""
        goods = sum(row.total.including_vat for row in items)
        freight = sum(row.total.including_vat for row in self.order.shippings if row.active)
        return replace(
            self.order,
            items=items,
            cart_total=Price(goods, goods),
            total=Price(goods + freight, goods + freight),
            **members,
        )


def notice(key: PaymentKey, dedupe_key: str, kind: NoticeKind = NoticeKind.CHECKOUT) -> Notice:
    return Notice(key, kind, dedupe_key, {})


def other_payment(amount: int, kind: str = "voucher", **members: Any) -> OrderPayment:
    """Somebody else's payment on the order."""
    known = OrderPayment(
        id="pOther",
        adapter_id="other_adapter",
        name="Other",
        type=kind,
        amount=amount,
        currency="SEK",
        state=PaymentState.RESERVED,
        reference="other",
    )
    return replace(known, **members)


__all__ = ["ANNA", "CheckoutStatus", "OrderShipping", "World", "an_order", "notice", "other_payment"]
