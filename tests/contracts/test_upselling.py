"""The contract of selling more, for the fake and for the client against the simulator."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.http_transport import HttpTransport
from adapters.qliro.client import QliroClient
from adapters.simulators.qliro.app import start
from adapters.simulators.qliro.config import QliroSimConfig, Quirks
from application.ports.configurations import ProviderAccount, Secret
from domain.identifiers import Tenant
from domain.upsell import UpsellEligibility
from tests.contracts.upselling import UpsellContract, UpsellScene
from tests.fakes.provider import FakeProvider

TENANT = Tenant("sandbox", "se")


class TestFakeProvider(UpsellContract):
    @pytest.fixture
    async def scene(self) -> UpsellScene:
        fake = FakeProvider()

        async def buy(order_id: int) -> None:
            fake.buy(order_id)
            until = datetime.now(UTC) + timedelta(minutes=5)
            fake.orders[order_id].upsell = UpsellEligibility(True, until)

        async def settle() -> None:
            fake.settle()

        async def prepare(order_id: int, link: bool, replaces: bool) -> None:
            fake.orders[order_id].upsell_link = "https://pago.qit.nu/checkout/upsell/abc" if link else ""
            fake.orders[order_id].upsell_replaces = replaces

        async def pay(order_id: int, upsell_id: str, approve: bool) -> None:
            fake.pay_link(order_id, upsell_id, approve=approve)

        account = ProviderAccount(TENANT, "https://pago.qit.nu", "sandbox", Secret("sandbox-secret"))
        return UpsellScene(fake, account, buy, settle, prepare, pay)


class TestQliroClient(UpsellContract):
    @pytest.fixture(params=["plain", "odd"])
    async def scene(self, request: pytest.FixtureRequest) -> AsyncIterator[UpsellScene]:
        odd = Quirks(extra_fields=True, integer_enums=True, detailed_error_message=True, null_lists=True)
        config = QliroSimConfig(quirks=odd if request.param == "odd" else Quirks(), retry_time_scale=0.001)
        simulator = await start(config)

        async def buy(order_id: int) -> None:
            await simulator.buy(order_id)

        async def prepare(order_id: int, link: bool, replaces: bool) -> None:
            config.upsell_redirects, config.upsell_replaces = link, replaces

        async def pay(order_id: int, upsell_id: str, approve: bool) -> None:
            simulator.pay_upsell(order_id, approve=approve)

        account = ProviderAccount(TENANT, simulator.url, "sandbox", Secret("sandbox-secret"))
        async with HttpTransport("qliro") as transport:
            yield UpsellScene(QliroClient(transport), account, buy, simulator.settled, prepare, pay)
        await simulator.stop()
