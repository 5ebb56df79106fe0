"""Ask Qliro for a renewal that has been written down, or find out what became of asking."""

from dataclasses import dataclass, field
from datetime import timedelta

from application.compose_renewal import RenewalComposer, renewal_basket, renewal_mark
from application.exclusion import Held
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration
from application.ports.merchant_payments import MerchantPaymentDraft, PlacedPayment
from application.ports.platform import CheckoutPlatform, PaymentChanges
from application.ports.provider import PaymentProvider
from application.register_hooks import register_hooks
from domain.errors import (
    AdapterError,
    OrderConflict,
    OrderNotExpressible,
    OrderRefused,
    PaymentConflict,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RequestSeenBefore,
    TranslationMissing,
    ValidationRefused,
)
from domain.messages import Message, MessageKind
from domain.order import OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

_HOPELESS = (ValidationRefused, OrderNotExpressible, TranslationMissing, OrderConflict, OrderRefused, PaymentConflict)
_TRIES = 3
_BEFORE_ASKING = 0.3
PATIENT_WITH_CALLERS = timedelta(days=1)
"""As long as only the caller knows the token and does not come back, an attempt stays open; then it is over."""

SILENCE_DECIDES = timedelta(hours=1)
"""So long after the attempt began, a key that Qliro has seen and an order that it does not have mean: no charge."""


@dataclass(slots=True)
class Renewal:
    """One attempt under way. `fresh`: nothing can have been sent before. An empty token can't be sent."""

    held: Held
    payment: Payment
    order: PurchaseOrder
    configuration: MerchantConfiguration
    token: str = field(repr=False)
    fresh: bool = False
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(self.held, self.payment)


class PlaceRenewal:
    """Three ends: Qliro has it, Qliro certainly has not (the attempt is over), or nobody can tell yet."""

    def __init__(
        self, platform: CheckoutPlatform, provider: PaymentProvider, composer: RenewalComposer, clock: Clock
    ) -> None:
        self._platform = platform
        self._provider = provider
        self._composer = composer
        self._clock = clock

    async def __call__(self, renewal: Renewal) -> bool:
        """Whether Qliro has also decided. The order is released then.

        Raises why nothing was charged and nothing will be, after that is written down; and whatever kept Norce from
        being prepared, when it may be tried again.
        """
        placed = await (self._asked_anew(renewal) if renewal.fresh else self._looked_up_first(renewal))
        if placed is None:
            await self._told_as_pending(renewal)
            return False
        renewal.payment.place(placed.provider_order_id, at=self._clock.now())
        await renewal.journal.write(Message(MessageKind.REPORT_PAYMENT), release=True)
        return placed.decided

    async def _told_as_pending(self, renewal: Renewal) -> None:
        """Norce is told once that it may be charged, however long nobody can tell."""
        shown = renewal.order.payment(renewal.payment.key.payment_id)
        if renewal.payment.unplaced and shown is not None and shown.state is PaymentState.INTENT:
            await renewal.journal.write(Message(MessageKind.REPORT_PAYMENT), release=True)

    async def _asked_anew(self, renewal: Renewal) -> PlacedPayment | None:
        """Whatever stands in the way before Qliro is asked ends the attempt: it must not be made when nobody looks."""
        try:
            draft = await self._prepared(renewal)
        except AdapterError:
            await self._over(renewal)
            raise
        return await self._asked(renewal, draft)

    async def _looked_up_first(self, renewal: Renewal) -> PlacedPayment | None:
        try:
            found = await self._found(renewal)
        except ProviderUnavailable:
            return None
        if found is not None:
            return found
        if not renewal.token:
            await self._without_token(renewal)
            return None
        try:
            draft = await self._prepared(renewal)
        except _HOPELESS:
            await self._over(renewal)
            raise
        return await self._asked(renewal, draft)

    async def _found(self, renewal: Renewal) -> PlacedPayment | None:
        account, reference = renewal.configuration.account, renewal.payment.merchant_reference
        order_id = await self._provider.find_order(account, reference)
        return None if order_id is None else PlacedPayment(order_id)

    async def _without_token(self, renewal: Renewal) -> None:
        if self._clock.now() - renewal.payment.created_at > PATIENT_WITH_CALLERS:
            await self._over(renewal)

    async def _prepared(self, renewal: Renewal) -> MerchantPaymentDraft:
        """Norce agrees that the order may be bought, and keeps it as it is."""
        self._require_unchanged(renewal)
        draft = self._draft(renewal)
        await self._freeze(renewal)
        public_url, payment_id = renewal.configuration.public_url, renewal.payment.key.payment_id
        await register_hooks(self._platform, renewal.order, payment_id, public_url)
        return draft

    def _require_unchanged(self, renewal: Renewal) -> None:
        order, payment = renewal.order, renewal.payment
        if order.status not in {OrderStatus.CHECKOUT, OrderStatus.PROCESSING}:
            raise OrderConflict(f"Order {order.key.order_id} is {order.status}; it can't be paid any more.")
        told = order.payment(payment.key.payment_id)
        if told is None or not told.active:
            raise PaymentConflict(f"Payment {payment.key.payment_id} has been withdrawn.")
        if order.amount_to_cover(told.id) != payment.amount or order.currency != payment.currency:
            raise OrderConflict("The order has changed while it was being paid.")

    async def _freeze(self, renewal: Renewal) -> None:
        order = renewal.order
        twins = [p for p in order.payments if _twin(p.id, renewal) and p.ours and p.state is PaymentState.INTENT]
        for twin in twins:
            if renewal_mark(twin) == renewal.payment.token_mark and not twin.reference:
                await self._platform.replace_payment(order.key, twin, PaymentChanges(state=PaymentState.REMOVED))
        if order.status is not OrderStatus.CHECKOUT:
            return
        errors = await self._platform.validate(order.key)
        if errors:
            raise ValidationRefused(f"Norce does not let the order be bought: {', '.join(errors)}."[:300])
        await self._platform.set_status(order.key, OrderStatus.PROCESSING)

    async def _asked(self, renewal: Renewal, draft: MerchantPaymentDraft) -> PlacedPayment | None:
        """Asked, and when the answer is lost looked up before asking once more with the same key."""
        uncertain, seen = not renewal.fresh, False
        for _ in range(_TRIES):
            try:
                return await self._charge(renewal, draft)
            except ProviderUnavailable as lost:
                if not lost.sent and not uncertain:
                    await self._over(renewal)
                    raise
                uncertain, seen = True, isinstance(lost, RequestSeenBefore)
            except ProviderError as refused:
                return await self._refused(renewal, refused, uncertain=uncertain)
            await self._clock.sleep(_BEFORE_ASKING)
            try:
                found = await self._found(renewal)
            except ProviderUnavailable:
                return None  # without looking nothing is sent again
            if found is not None:
                return found
        if seen:
            await self._unless_silent(renewal)
        return None

    async def _unless_silent(self, renewal: Renewal) -> None:
        """What Qliro has seen and made nothing of for so long is over; should it come after all, it is given back."""
        if self._clock.now() - renewal.payment.created_at > SILENCE_DECIDES:
            await self._over(renewal)
            raise ProviderRefused("Qliro has received this charge and has no order for it: nothing was charged.")

    async def _refused(self, renewal: Renewal, refused: ProviderError, *, uncertain: bool) -> PlacedPayment | None:
        """Final, unless an earlier call whose answer was lost is what stood in the way of this one."""
        try:
            found = await self._found(renewal) if uncertain else None
        except ProviderUnavailable:
            return None
        if found is None:
            await self._over(renewal)
            raise refused
        return found

    def _draft(self, renewal: Renewal) -> MerchantPaymentDraft:
        order, configuration, key = renewal.order, renewal.configuration, renewal.payment.key
        basket = renewal_basket(order, configuration, key.payment_id)
        reference = renewal.payment.merchant_reference
        return self._composer.draft(order, configuration, key, basket, reference=reference, token=renewal.token)

    async def _charge(self, renewal: Renewal, draft: MerchantPaymentDraft) -> PlacedPayment:
        request_id = renewal.payment.charge_id
        if request_id is None:
            raise ProviderUnavailable("This payment was begun by another database; its key is not known.")
        return await self._provider.charge(renewal.configuration.account, draft, request_id=request_id)

    async def _over(self, renewal: Renewal) -> None:
        """Nothing was charged: the payment is declined, and the order can be paid otherwise."""
        renewal.payment.decline(at=self._clock.now())
        await renewal.journal.write(release=True)


def _twin(payment_id: str, renewal: Renewal) -> bool:
    return payment_id != renewal.payment.key.payment_id
