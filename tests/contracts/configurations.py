"""What every source of merchants' settings must do: run against the fake and against the real client."""

import asyncio
from dataclasses import dataclass

import pytest

from application.ports.configurations import ConfiguredMerchants
from domain.errors import ConfigurationNotFound
from domain.identifiers import Tenant


@dataclass(frozen=True, slots=True)
class ConfigurationScene:
    """Settings of one tenant, whose API key is `sandbox` and who is active."""

    configurations: ConfiguredMerchants
    tenant: Tenant


class MerchantConfigurationsContract:
    """Subclasses offer the fixture `scene`."""

    async def test_a_tenants_settings_are_read(self, scene: ConfigurationScene) -> None:
        configuration = await scene.configurations.read(scene.tenant)
        assert configuration.account.tenant == scene.tenant
        assert configuration.active
        assert configuration.account.api_key == "sandbox"
        assert configuration.account.api_secret.reveal()
        assert not configuration.account.api_url.endswith("/")
        assert not configuration.public_url.endswith("/")
        assert configuration.discount_texts["sv-SE"]

    async def test_the_secret_does_not_show(self, scene: ConfigurationScene) -> None:
        configuration = await scene.configurations.read(scene.tenant)
        assert configuration.account.api_secret.reveal() not in repr(configuration)

    @pytest.mark.parametrize("tenant", [Tenant("sandbox", "nowhere"), Tenant("nobody", "se"), Tenant("..", "a/b")])
    async def test_another_tenant_has_none(self, scene: ConfigurationScene, tenant: Tenant) -> None:
        with pytest.raises(ConfigurationNotFound):
            await scene.configurations.read(tenant)

    async def test_a_merchants_channels_are_listed_and_a_stranger_has_none(self, scene: ConfigurationScene) -> None:
        assert scene.tenant.channel in await scene.configurations.channels(scene.tenant.merchant)
        assert await scene.configurations.channels("nobody") == ()
        assert await scene.configurations.channels("a/b") == ()

    async def test_asking_together_gives_all_the_same(self, scene: ConfigurationScene) -> None:
        read = await asyncio.gather(*(scene.configurations.read(scene.tenant) for _ in range(8)))
        assert all(each == read[0] for each in read)
