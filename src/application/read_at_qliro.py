"""Read a payment at Qliro: the cheapest view that can tell whether anything is odd goes first."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from application.tempo import Tempo
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import ProviderOrderMissing
from domain.ledger import ProviderLedger
from domain.lifecycle import PaymentStatus
from domain.order import OrderPayment, PaymentState
from domain.payment import Payment
from domain.readings import Held, held_of

Read = TypeVar("Read")
_QUIET = {PaymentStatus.INTENT: CheckoutStatus.IN_PROCESS, PaymentStatus.PENDING: CheckoutStatus.ON_HOLD}
_BEFORE_PAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING, PaymentState.PENDING})


@dataclass(frozen=True, slots=True)
class QliroViews:
    """Qliro's two views of an order, as far as they were asked for; None where it has none."""

    checkout: ProviderCheckout | None = None
    ledger: ProviderLedger | None = None

    @property
    def held(self) -> Held | None:
        return held_of(self.checkout, self.ledger)

    @property
    def status(self) -> CheckoutStatus:
        return self.checkout.status if self.checkout else CheckoutStatus.UNKNOWN


class ReadAtQliro:
    """Of one merchant. What Qliro has no order for is None."""

    def __init__(
        self, provider: PaymentProvider, tempo: Tempo, account: ProviderAccount, counted: Counter[str]
    ) -> None:
        self._provider = provider
        self._tempo = tempo
        self._account = account
        self._counted = counted

    async def of_stored(self, payment: Payment) -> QliroViews:
        """Until it is paid the checkout tells more than the books, which are asked when it has moved on."""
        order_id = payment.provider_order_id
        if order_id is None:
            return QliroViews()
        if not payment.status.undecided or payment.open_operation is not None or payment.merchant_initiated:
            return await self.books(order_id)
        checkout = await self._read(lambda: self._provider.read_checkout(self._account, order_id))
        if checkout is not None and checkout.status is _QUIET[payment.status]:
            return QliroViews(checkout)
        return replace(await self.books(order_id), checkout=checkout)

    async def of_told(self, told: OrderPayment, order_id: int) -> QliroViews:
        """Of a payment that only Norce knows."""
        if told.state not in _BEFORE_PAID:
            return await self.books(order_id)
        checkout = await self._read(lambda: self._provider.read_checkout(self._account, order_id))
        if checkout is not None and checkout.status is CheckoutStatus.IN_PROCESS:
            return QliroViews(checkout)
        return replace(await self.books(order_id), checkout=checkout)

    async def by_reference(self, merchant_reference: str, payment_id: str = "") -> QliroViews:
        """Of an order that only Qliro can tell the id of, unless it was made for another payment than this."""
        if not merchant_reference:
            return QliroViews()
        reference, account = merchant_reference, self._account
        found = await self._read(lambda: self._provider.find_checkout(account, reference, payment_id=payment_id))
        return (
            QliroViews(found) if found is None else replace(await self.books(found.provider_order_id), checkout=found)
        )

    async def books(self, order_id: int) -> QliroViews:
        return QliroViews(None, await self._read(lambda: self._provider.read_ledger(self._account, order_id)))

    async def _read(self, act: Callable[[], Awaitable[Read | None]]) -> Read | None:
        try:
            return await self._tempo.read("qliro", self._account.tenant.merchant, act, self._counted)
        except ProviderOrderMissing:
            return None
