"""The customer's answer about the newsletter, brought to Norce's order (norce.md e.3)."""

from application.observation import Observer
from application.ports.platform import CheckoutPlatform
from domain.checkout import ProviderCheckout
from domain.errors import OrderNotFound, OrderRefused
from domain.identifiers import PaymentKey
from domain.order import Consent, PurchaseOrder

NEWSLETTER_ATTRIBUTE = "qliroNewsletterSignup"
_CONSENT = "newsletter"


class TellNewsletter:
    """Ticks the order's consent for the newsletter, or sets an attribute where the order has none."""

    def __init__(self, platform: CheckoutPlatform, observer: Observer) -> None:
        self._platform = platform
        self._observer = observer

    async def __call__(self, key: PaymentKey, order: PurchaseOrder, checkout: ProviderCheckout) -> None:
        """Writes only what differs. An answer that Norce does not take is told to operators and holds up nothing."""
        answer, consent = checkout.newsletter, newsletter_consent(order)
        if answer is None:
            return
        try:
            if consent is None and order.attributes.get(NEWSLETTER_ATTRIBUTE) is not answer:
                await self._platform.set_attributes(key.order, {NEWSLETTER_ATTRIBUTE: answer})
            elif consent is not None and consent.checked is not answer:
                await self._platform.check_consent(key.order, consent.id, checked=answer)
        except (OrderRefused, OrderNotFound) as refused:
            self._observer.disagreement(key, f"Norce does not take the newsletter's answer: {refused.message}")


def newsletter_consent(order: PurchaseOrder) -> Consent | None:
    """The consent whose id is `newsletter`, or else the first whose id speaks of it."""
    named = [consent for consent in order.consents if _CONSENT in consent.id.casefold()]
    return next((consent for consent in named if consent.id.casefold() == _CONSENT), named[0] if named else None)
