"""What the three say of one payment at about the same time: the input of every comparison."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.held_rows import added_fee
from domain.identifiers import PaymentKey
from domain.ledger import ActionKind, LedgerTotals, ProviderLedger, TransactionKind, TransactionStatus
from domain.order import OrderPayment, PaymentState, PurchaseOrder
from domain.payment import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What Qliro has of a payment, out of one or both of its views. Amounts in minor units.

    `bought` is what the customer bought, without fees that Qliro added, while nothing has happened to it since; None
    when the books don't tell.
    """

    provider_order_id: int
    merchant_reference: str
    currency: str
    status: CheckoutStatus = CheckoutStatus.UNKNOWN
    totals: LedgerTotals = field(default_factory=LedgerTotals)
    bought: int | None = None
    last_change: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What Norce should show of a payment; None = whatever it shows is right."""

    state: PaymentState | None = None
    amount: int | None = None
    reference: str | None = None
    merchant_reference: str = ""
    actions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A letter to Norce or a callback of Qliro's about the payment that is not dealt with yet."""

    id: str
    kind: str
    since: datetime
    parked: bool
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """`order` None: Norce has no such order. `told` None: the order has no such payment of ours. `held` None: Qliro
    has no such order. `stored` None: we have never heard of it. `settled` is the payment as settling would leave it,
    None when that is not possible, for the reason in `disagreement`. `rival` is another Qliro order with money in it,
    that Norce's payment names instead of ours.
    """

    key: PaymentKey
    now: datetime
    order: PurchaseOrder | None
    told: OrderPayment | None
    held: Held | None
    stored: Payment | None
    settled: Payment | None = None
    disagreement: str = ""
    wanted: Shown = field(default_factory=Shown)
    rival: Held | None = None
    undelivered: tuple[Undelivered, ...] = ()
    late_after: timedelta = timedelta(minutes=15)

    @property
    def truth(self) -> LedgerTotals:
        """What has happened to the money: Qliro says so."""
        return self.held.totals if self.held else LedgerTotals()

    @property
    def shown_actions(self) -> frozenset[tuple[str, str]]:
        """The actions that Norce offers."""
        return frozenset((action.type, action.url) for action in self.told.actions) if self.told else frozenset()

    def late(self, since: datetime) -> bool:
        """Whether it has been waiting for longer than it should take."""
        return self.now - since > self.late_after


def held_of(checkout: ProviderCheckout | None, ledger: ProviderLedger | None) -> Held | None:
    """Both views as one; None when Qliro has neither."""
    if ledger is not None:
        return Held(
            provider_order_id=ledger.provider_order_id,
            merchant_reference=ledger.merchant_reference,
            currency=ledger.currency,
            status=checkout.status if checkout else CheckoutStatus.UNKNOWN,
            totals=ledger.totals(),
            bought=_bought(ledger),
            last_change=max((t.at for t in ledger.transactions if t.at), default=None),
        )
    if checkout is None:
        return None
    return Held(
        provider_order_id=checkout.provider_order_id,
        merchant_reference=checkout.merchant_reference,
        currency=checkout.currency,
        status=checkout.status,
    )


def _bought(ledger: ProviderLedger) -> int | None:
    """Of a single reservation that nothing has changed since: its amount without the fees among its rows."""
    done = [t for t in ledger.transactions if t.status is not TransactionStatus.ERROR]
    if len(done) != 1 or done[0].status is not TransactionStatus.SUCCESS:
        return None
    if done[0].kind is not TransactionKind.PREAUTHORIZATION:
        return None
    rows = (a for a in ledger.actions if a.kind is ActionKind.RESERVE and a.transaction_id == done[0].id)
    return done[0].amount - sum(a.price_inc * a.quantity for a in rows if added_fee(a.type, a.reference))


def alive(payment: Payment, told: OrderPayment | None) -> bool:
    """Whether its Qliro order holds money, or could still be paid for the Norce order."""
    if payment.totals.remaining or payment.totals.refundable:
        return True
    return payment.status.undecided and told is not None and told.active


def twins(payments: Iterable[tuple[Payment, OrderPayment | None]]) -> tuple[Payment, ...]:
    """Payments of one Norce order of which there should be one only; nothing when there is no more than one."""
    living = {p.provider_order_id: p for p, told in payments if p.provider_order_id and alive(p, told)}
    return tuple(living.values()) if len(living) > 1 else ()
