"""Read an order's payments in Norce and at Qliro, next to what is stored: one request to each while nothing is odd."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from application.adopt_payment import adopted, books_alone, checkout_alone, evidence_of, provider_order_of
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.ports.reconciliation_work import StoredOrder
from application.read_at_qliro import QliroViews, ReadAtQliro
from application.reported_payment import reported
from application.tempo import Tempo
from domain.errors import LedgerDisagrees, OrderNotFound
from domain.order import OrderPayment, PurchaseOrder
from domain.payment import Payment
from domain.readings import Readings, Shown


class ReadThreeWays:
    """Raises whatever keeps one of the three from being read, after a few tries."""

    def __init__(
        self,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        tempo: Tempo,
        clock: Clock,
        *,
        late_after: timedelta,
    ) -> None:
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._tempo = tempo
        self._clock = clock
        self._late_after = late_after

    async def __call__(self, stored: StoredOrder, counted: Counter[str]) -> tuple[Readings, ...]:
        """A reading per payment that is meant, holds money, or is unknown here. Requests are `counted` by upstream."""
        configuration = await self._configurations.read(stored.key.tenant)
        living = {p.key.payment_id for p in stored.payments if p.totals.remaining or p.totals.refundable}
        asked = [p for p in stored.payments if p.key.payment_id in stored.meant | living]
        reader = ReadAtQliro(self._provider, self._tempo, configuration.account, counted)
        order, views = await self._both(stored, reader, asked, counted)
        readings = [
            await self._compared(reader, configuration, order, stored, payment, view)
            for payment, view in zip(asked, views, strict=True)
        ]
        for told in _unknown(order, stored):
            assert order is not None
            reading = await self._adoptable(reader, configuration, order, stored, told)
            readings.extend([reading] if reading else [])
        return tuple(readings)

    async def _both(
        self, stored: StoredOrder, reader: ReadAtQliro, asked: Sequence[Payment], counted: Counter[str]
    ) -> tuple[PurchaseOrder | None, list[QliroViews]]:
        """Side by side; when one can't be read, nobody goes on reading the other for nothing."""
        try:
            async with asyncio.TaskGroup() as group:
                order = group.create_task(self._order(stored, counted))
                views = [group.create_task(reader.of_stored(payment)) for payment in asked]
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return order.result(), [view.result() for view in views]

    async def _order(self, stored: StoredOrder, counted: Counter[str]) -> PurchaseOrder | None:
        try:
            key = stored.key
            return await self._tempo.read("norce", key.merchant, lambda: self._platform.read_outline(key), counted)
        except OrderNotFound:
            return None

    async def _compared(
        self,
        reader: ReadAtQliro,
        configuration: MerchantConfiguration,
        order: PurchaseOrder | None,
        stored: StoredOrder,
        payment: Payment,
        views: QliroViews,
    ) -> Readings:
        told = order.payment(payment.key.payment_id) if order else None
        told = told if told and told.ours else None
        named = provider_order_of(told) if told else None
        rival = None
        if named is not None and payment.provider_order_id is not None and named != payment.provider_order_id:
            other = (await reader.books(named)).held
            rival = other if other and other.totals.remaining + other.totals.refundable else None
        settled, why = self._settled(payment.copy(), views)
        base = self._readings(configuration, order, told, stored, settled)
        return replace(
            base, key=payment.key, held=views.held, stored=payment, settled=settled, disagreement=why, rival=rival
        )

    async def _adoptable(
        self,
        reader: ReadAtQliro,
        configuration: MerchantConfiguration,
        order: PurchaseOrder,
        stored: StoredOrder,
        told: OrderPayment,
    ) -> Readings | None:
        """A payment of ours in Norce that is not stored; None when it stands for nothing at Qliro."""
        named = provider_order_of(told)
        reading = reader.by_reference(_name(told, stored), told.id) if named is None else reader.of_told(told, named)
        views = await reading
        if named is None:
            found = views.held
            if found is None:
                return None
            settled, why = None, f"Norce's payment does not name its Qliro order {found.provider_order_id}."
        else:
            settled, why = self._settled(adopted(order, told, at=self._clock.now()), views)
        base = self._readings(configuration, order, told, stored, settled)
        return replace(base, key=order.key.payment(told.id), held=views.held, settled=settled, disagreement=why)

    def _settled(self, payment: Payment, views: QliroViews) -> tuple[Payment | None, str]:
        """The payment as settling would leave it, or why it can't be settled."""
        try:
            if views.ledger is not None:
                if payment.outdated(views.ledger.mark):
                    return None, "Qliro's books are older than those already seen."
                alone = payment.merchant_initiated
                evidence = books_alone(views.ledger) if alone else evidence_of(views.ledger, views.status)
                payment.observe(evidence, at=self._clock.now())
            elif views.checkout is not None:
                payment.observe(checkout_alone(payment, views.status), at=self._clock.now())
        except LedgerDisagrees as contradiction:
            return None, contradiction.message
        return payment, ""

    def _readings(
        self,
        configuration: MerchantConfiguration,
        order: PurchaseOrder | None,
        told: OrderPayment | None,
        stored: StoredOrder,
        settled: Payment | None,
    ) -> Readings:
        ident = told.id if told else settled.key.payment_id if settled else ""
        return Readings(
            key=stored.key.payment(ident),
            now=self._clock.now(),
            order=order,
            told=told,
            held=None,
            stored=None,
            wanted=_wanted(settled, order, configuration, told),
            undelivered=stored.undelivered.get(ident, ()),
            late_after=self._late_after,
        )


def _unknown(order: PurchaseOrder | None, stored: StoredOrder) -> tuple[OrderPayment, ...]:
    """Payments of ours on Norce's order that are not stored."""
    known = {payment.key.payment_id for payment in stored.payments}
    return tuple(p for p in order.payments if p.ours and p.id not in known) if order else ()


def _name(told: OrderPayment, stored: StoredOrder) -> str:
    """What Qliro may know it by, when a create died half-way."""
    if not told.active:
        return ""
    named = told.attributes.get("qliroMerchantReference")
    return str(named or (stored.session.merchant_reference if stored.session else ""))


def _wanted(
    settled: Payment | None,
    order: PurchaseOrder | None,
    configuration: MerchantConfiguration,
    told: OrderPayment | None,
) -> Shown:
    if settled is None or order is None or told is None:
        return Shown()
    changes = reported(settled, order, configuration)
    shown = told.actions if not configuration.public_url else changes.actions or ()
    return Shown(
        state=changes.state,
        amount=changes.amount,
        reference=changes.reference,
        merchant_reference=settled.merchant_reference,
        actions=frozenset((action.type, action.url) for action in shown),
    )
