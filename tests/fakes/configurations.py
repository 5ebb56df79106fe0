"""Merchants' settings in memory."""

from application.ports.configurations import (
    ConfiguredMerchants,
    MerchantConfiguration,
    ProviderAccount,
    Secret,
)
from domain.errors import ConfigurationNotFound
from domain.identifiers import Tenant
from tests.fakes.faults import Faults


class FakeConfigurations:
    """Implements MerchantConfigurations over `known`."""

    def __init__(self, *known: MerchantConfiguration) -> None:
        self.known: dict[Tenant, MerchantConfiguration] = {each.account.tenant: each for each in known}
        self.faults = Faults()

    def put(self, configuration: MerchantConfiguration) -> None:
        """Add or replace a tenant's settings."""
        self.known[configuration.account.tenant] = configuration

    async def read(self, tenant: Tenant) -> MerchantConfiguration:
        async with self.faults.around("read"):
            if tenant not in self.known:
                raise ConfigurationNotFound("This merchant's channel has no configuration for Qliro Checkout.")
            return self.known[tenant]

    async def channels(self, merchant: str) -> tuple[str, ...]:
        async with self.faults.around("channels"):
            return tuple(tenant.channel for tenant in self.known if tenant.merchant == merchant)


def a_configuration(tenant: Tenant, *, api_url: str = "https://pago.qit.nu") -> MerchantConfiguration:
    """Settings that work, with texts in Swedish and English."""
    return MerchantConfiguration(
        account=ProviderAccount(
            tenant=tenant, api_url=api_url, api_key=f"key-{tenant.merchant}", api_secret=Secret("a-secret")
        ),
        active=True,
        public_url="https://adapter.example.com/checkout/qliro-adapter",
        confirmation_url="https://shop.example.com/done?orderId={orderId}&merchant={merchant}&channel={channel}",
        terms_url="https://shop.example.com/terms?merchant={merchant}&channel={channel}",
        discount_texts={"sv-SE": "Rabatt", "en-GB": "Discount"},
        voucher_texts={"sv-SE": "Presentkort", "en-GB": "Gift voucher"},
    )


def _(fake: FakeConfigurations) -> ConfiguredMerchants:
    return fake
