"""What tests hold: a running simulator with the customer, the bank and the judge at hand."""

from dataclasses import dataclass

from aiohttp import web

from adapters.simulators.qliro.buying import (
    Outcome,
    Result,
    answer_challenge,
    choose_method,
    choose_shipping,
    identify,
    press_buy,
    resolve_hold,
)
from adapters.simulators.qliro.callbacks import CallbackBox
from adapters.simulators.qliro.ledger import Movement, Totals
from adapters.simulators.qliro.model import (
    ActionType,
    Address,
    CheckoutStatus,
    Item,
    Order,
    ShippingChoice,
    TxStatus,
    TxType,
    total_of,
)
from adapters.simulators.qliro.persons import Person, Verdict, find, pick
from adapters.simulators.qliro.presentation import answer_newsletter
from adapters.simulators.qliro.pushes import push_transaction
from adapters.simulators.qliro.state import OutcomeRule, SimState
from adapters.simulators.qliro.transactions import Planned, add_transaction, book
from adapters.simulators.qliro.upsells import end, open_link, pay


def person_of(order: Order, name: str) -> Person:
    """`approved`, `on_hold`, `denied` (`company:` before it for a company), or a number of section 18."""
    company = name.startswith("company:")
    verdict = name.removeprefix("company:")
    if verdict in tuple(Verdict):
        return pick(verdict, order.country, company=company)
    person = find(name, order.country)
    if person is None:
        raise ValueError(f"{name} is no test identity of {order.country}")
    return person


async def buy(
    state: SimState,
    order_id: int,
    *,
    person: str = "approved",
    method: str = "CREDITCARDS",
    shipping: ShippingChoice | None = None,
    address: Address | None = None,
    masked: bool | None = None,
    email: str | None = None,
    three_d_secure: str = "approve",
    identity_verified: bool = True,
    newsletter: bool | None = None,
) -> Outcome:
    """A whole purchase without a browser. `three_d_secure`: approve, fail or wait. `newsletter`: the answer, where
    the checkout asks; without one its box stays as it was.
    """
    order = state.find(order_id)
    answer_newsletter(order, newsletter)
    who = person_of(order, person)
    await identify(state, order, person=who, email=email or who.email, address=address, masked=masked)
    if shipping is not None:
        choose_shipping(state, order, shipping)
    choose_method(state, order, method)
    outcome = await press_buy(state, order, identity_verified=identity_verified)
    if outcome.result is Result.CHALLENGE and three_d_secure != "wait":
        outcome = answer_challenge(state, order, approve=three_d_secure == "approve")
    return outcome


def add_reservation(state: SimState, order_id: int, items: list[Item]) -> int:
    """A second reservation on a completed order, as an upsell leaves it; its transaction id."""
    order = state.find(order_id)
    if order.status is not CheckoutStatus.COMPLETED:
        raise ValueError("only completed orders get a second reservation")
    plan = Planned(TxType.PREAUTHORIZATION, total_of(items), None, [(ActionType.RESERVE, i) for i in items])
    tx = add_transaction(state, order, plan, request_id=None, status=TxStatus.SUCCESS)
    tx.original_id = order.transactions[0].id
    book(state, order, tx, Movement.AUTHORIZED, tx.amount, "upsell")
    order.final_items = [*(order.final_items or []), *items]
    order.upsold = True
    push_transaction(state, order, tx)
    return tx.id


@dataclass(slots=True)
class RunningSimulator:
    """A simulator that listens; `stop` ends it."""

    url: str
    state: SimState
    runner: web.AppRunner

    @property
    def callbacks(self) -> CallbackBox:
        """Messages to the merchant, with rules to disturb them."""
        return self.state.callbacks

    def order(self, order_id: int) -> Order:
        return self.state.order(order_id)

    def ledger(self, order_id: int) -> Totals:
        """What really happened to the money, in minor units."""
        return self.state.ledger.totals(order_id)

    async def buy(
        self,
        order_id: int,
        *,
        person: str = "approved",
        method: str = "CREDITCARDS",
        shipping: ShippingChoice | None = None,
        address: Address | None = None,
        masked: bool | None = None,
        email: str | None = None,
        three_d_secure: str = "approve",
        identity_verified: bool = True,
        newsletter: bool | None = None,
    ) -> Outcome:
        """A whole purchase without a browser; see `running.buy`."""
        return await buy(
            self.state, order_id, person=person, method=method, shipping=shipping, address=address,
            masked=masked, email=email, three_d_secure=three_d_secure, identity_verified=identity_verified,
            newsletter=newsletter,
        )  # fmt: skip

    def resolve_hold(self, order_id: int, *, approve: bool) -> None:
        """The bank answers an OnHold order."""
        resolve_hold(self.state, self.state.find(order_id), approve=approve)

    def fail_next(
        self, code: str = "DECLINED", *, kind: TxType | None = None, order_id: int | None = None, times: int = 1
    ) -> None:
        """The next transactions (of a type, of an order) end in Error with this code."""
        self.state.outcomes.append(OutcomeRule(code, kind=kind, order_id=order_id, times=times))

    def add_reservation(self, order_id: int, items: list[Item]) -> int:
        """A second reservation, as an upsell leaves it."""
        return add_reservation(self.state, order_id, items)

    def pay_upsell(self, order_id: int, *, approve: bool = True) -> int:
        """The customer pays at the newest link, or fails to; the transaction's id."""
        order = self.state.find(order_id)
        return pay(self.state, order, open_link(order), approve=approve).id

    def end_upsell(self, order_id: int) -> None:
        """The session of the newest link ends."""
        order = self.state.find(order_id)
        end(self.state, order, open_link(order))

    async def settled(self, *, timeout: float = 5.0) -> None:
        """Wait until transactions are decided and every message was tried once."""
        await self.state.settled(timeout=timeout)

    async def stop(self) -> None:
        """Close the server, its background work and its connections."""
        await self.runner.cleanup()
