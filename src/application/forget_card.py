"""Have Qliro forget a saved card, because its owner or the merchant wants it so (qliro.md 5.4)."""

import asyncio

from application.adopt_payment import own_payment
from application.ports.configurations import MerchantConfigurations
from application.ports.merchant_payments import INVOICE
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from domain.errors import PaymentNotFound
from domain.identifiers import OrderKey, Tenant
from domain.order import OrderPayment, PurchaseOrder


class ForgetCard:
    """Final: nobody can charge the card with this token any more. Norce's payments keep showing what they had."""

    def __init__(
        self, platform: CheckoutPlatform, provider: PaymentProvider, configurations: MerchantConfigurations
    ) -> None:
        self._platform = platform
        self._provider = provider
        self._configurations = configurations

    async def __call__(self, tenant: Tenant, token: str) -> None:
        """Raises ProviderInvalid when Qliro has no such card of this merchant, ProviderError, ConfigurationNotFound."""
        configuration = await self._configurations.read(tenant)
        await self._provider.remove_saved_card(configuration.account, token)

    async def of_order(self, key: OrderKey, payment_id: str = "") -> str:
        """The card that the order's payment keeps; the payment's id. Raises PaymentNotFound when there is none."""
        order, configuration = await asyncio.gather(
            self._platform.read_order(key), self._configurations.read(key.tenant)
        )
        payment = own_payment(order, payment_id) if payment_id else _keeping(order)
        if payment.recurring is None or payment.recurring.token == INVOICE:
            raise PaymentNotFound(f"Payment {payment.id} of order {key.order_id} keeps no card.")
        await self._provider.remove_saved_card(configuration.account, payment.recurring.token)
        return payment.id


def _keeping(order: PurchaseOrder) -> OrderPayment:
    """The newest payment of ours with a card."""
    for payment in reversed(order.payments):
        if payment.ours and payment.recurring is not None:
            return payment
    raise PaymentNotFound(f"No payment of this adapter on order {order.key.order_id} keeps a card.")
