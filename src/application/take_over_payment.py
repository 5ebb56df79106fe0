"""Take over an unpaid payment that somebody else began: its hooks lead here from now on, and it is looked after."""

from datetime import timedelta

from application.adopt_payment import adopted, own_payment, provider_order_of
from application.exclusion import Exclusion
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration
from application.ports.platform import CheckoutPlatform
from application.register_hooks import register_hooks
from domain.identifiers import PaymentKey
from domain.order import OrderStatus, PaymentState

_AT_ONCE = timedelta(0)
_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})


class TakeOverPayment:
    """Nothing is written at Qliro: its order stays as its previous owner made it until the cart changes."""

    def __init__(self, exclusion: Exclusion, platform: CheckoutPlatform, clock: Clock) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._clock = clock

    async def __call__(self, key: PaymentKey, configuration: MerchantConfiguration) -> None:
        """Harmless to repeat; a payment that is known, paid or over is left alone.

        Raises OrderBusy at once when somebody else works on the order, and what Norce's calls raise.
        """
        async with self._exclusion.hold(key.order, wait=_AT_ONCE) as held:
            if held.claim.payment(key.payment_id) is not None:
                return
            order = await self._platform.read_order(key.order)
            told = own_payment(order, key.payment_id)
            if told.state not in _UNPAID or order.status not in _OPEN or provider_order_of(told) is None:
                return
            await register_hooks(self._platform, order, told.id, configuration.public_url)
            await Journal(held, adopted(order, told, at=self._clock.now())).write(release=True)
