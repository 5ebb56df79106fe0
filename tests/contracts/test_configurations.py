"""The configurations contract, for the fake and for the real client against the simulator."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.http_transport import HttpTransport
from adapters.norce.configuration import NorceConfigurations
from adapters.norce.configuration_document import ConfigurationRules
from adapters.norce.gateway import NorceTokens
from adapters.simulators.norce.app import start
from adapters.simulators.norce.seed import adapter_configuration
from application.ports.configurations import Secret
from domain.identifiers import Tenant
from tests.contracts.configurations import ConfigurationScene, MerchantConfigurationsContract
from tests.fakes.configurations import FakeConfigurations, a_configuration

TENANT = Tenant("sandbox", "se")


class TestFakeConfigurations(MerchantConfigurationsContract):
    @pytest.fixture
    async def scene(self) -> ConfigurationScene:
        made = a_configuration(TENANT)
        fake = FakeConfigurations(replace(made, account=replace(made.account, api_key="sandbox")))
        return ConfigurationScene(fake, TENANT)


class TestNorceConfigurations(MerchantConfigurationsContract):
    @pytest.fixture(params=["grouped", "flat"])
    async def scene(self, request: pytest.FixtureRequest) -> AsyncIterator[ConfigurationScene]:
        simulator = await start()
        document = adapter_configuration(
            qliro_url="https://pago.qit.nu/",
            adapter_public_url="https://adapter.example.com/checkout/qliro-adapter/",
            shop_url="https://shop.example.com",
            api_key="sandbox",
        )
        if request.param == "flat":
            groups = ("apiSettings", "redirectUrls", "options", "localizationOptions")
            document |= {name: value for group in groups for name, value in document.pop(group).items()}
        simulator.state.set_configuration("sandbox", "se", document)
        async with HttpTransport("norce-configuration") as transport:
            client = NorceConfigurations(
                transport,
                base_url=f"{simulator.url}/checkout/configuration",
                tokens=NorceTokens((Secret("sandbox-norce"),)),
                rules=ConfigurationRules(qliro_hosts=frozenset({"https://pago.qit.nu"})),
            )
            yield ConfigurationScene(client, TENANT)
            await client.close()
        await simulator.stop()
