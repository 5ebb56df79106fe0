"""Whether a callback of Qliro's is about a payment that somebody else began (docs/decisions).

Addresses that this service gives to Qliro carry a token. A merchant who comes from another adapter has orders under
way whose addresses do not. What they tell is only a hint, Qliro is asked: so it is listened to for payments that Norce
shows as ours and that were not begun here. For all others, a callback without a token is like one with a wrong one.
"""

from application.adopt_payment import own_payment, provider_order_of
from application.compose_checkout import begun_here
from application.deadline import deadline
from application.patience import Patience
from application.ports.platform import CheckoutPlatform
from domain.errors import OrderNotFound, OrderUnavailable, PaymentNotFound, PlatformUnauthorized
from domain.identifiers import PaymentKey

_MOST_AT_ONCE = 8


class TrustCallback:
    """Asks Norce. Nobody has to show a key to come here, so only a few questions are under way at a time."""

    def __init__(self, platform: CheckoutPlatform, patience: Patience) -> None:
        self._platform = platform
        self._patience = patience
        self._asking = 0

    async def __call__(self, key: PaymentKey, named: int | None) -> None:
        """Returns when a callback without a token may be listened to; `named` is the Qliro order it names, if it does.

        Raises PaymentNotFound (unknown, begun here, or about another Qliro order) and whatever kept Norce from telling.
        """
        if self._asking >= _MOST_AT_ONCE:
            raise OrderUnavailable("Too many callbacks without a token at once; repeat it later.", sent=False)
        self._asking += 1
        try:
            with deadline(self._patience.unsigned.total_seconds()):
                order = await self._platform.read_order(key.order)
        except OrderNotFound:
            raise PaymentNotFound(f"Payment {key.payment_id} is not known.") from None
        except PlatformUnauthorized as refused:
            raise OrderUnavailable(refused.message, sent=False) from refused
        finally:
            self._asking -= 1
        told = own_payment(order, key.payment_id)
        if begun_here(told) or (named is not None and named != provider_order_of(told)):
            raise PaymentNotFound(f"Payment {key.payment_id} is not known.")
