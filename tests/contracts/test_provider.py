"""The provider contract: for the fake, the client against the simulator, and (opted in) the test environment."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.http_transport import HttpTransport
from adapters.qliro.client import QliroClient
from adapters.simulators.qliro.app import start
from adapters.simulators.qliro.config import QliroSimConfig, Quirks
from adapters.simulators.qliro.model import KeptCard, SavedCard
from application.ports.configurations import ProviderAccount, Secret
from domain.identifiers import Tenant
from tests.contracts.provider import PaymentProviderContract, ProviderScene
from tests.fakes.provider import FakeProvider

TENANT = Tenant("sandbox", "se")


class TestFakeProvider(PaymentProviderContract):
    @pytest.fixture
    async def scene(self) -> ProviderScene:
        fake = FakeProvider()

        async def buy(order_id: int) -> None:
            fake.buy(order_id)

        async def hold(order_id: int) -> None:
            fake.buy(order_id, on_hold=True)

        async def settle() -> None:
            fake.settle()

        async def save_card() -> str:
            fake.cards.add(token := str(uuid4()))
            return token

        account = ProviderAccount(TENANT, "https://pago.qit.nu", "sandbox", Secret("sandbox-secret"))
        return ProviderScene(fake, account, buy, hold, settle, save_card)


QUIRKS = {
    "plain": Quirks(),
    "odd": Quirks(extra_fields=True, integer_enums=True, detailed_error_message=True, null_lists=True),
    "json-404": Quirks(merchant_404_as_json=True),
}


class TestQliroClient(PaymentProviderContract):
    @pytest.fixture(params=list(QUIRKS))
    async def scene(self, request: pytest.FixtureRequest) -> AsyncIterator[ProviderScene]:
        simulator = await start(QliroSimConfig(quirks=QUIRKS[request.param], retry_time_scale=0.001))

        async def buy(order_id: int) -> None:
            await simulator.buy(order_id)

        async def hold(order_id: int) -> None:
            await simulator.buy(order_id, person="on_hold", method="QLIRO_INVOICE")

        async def save_card() -> str:
            card = SavedCard(str(uuid4()))
            simulator.state.cards[card.id] = KeptCard("sandbox", card, simulator.state.clock.now())
            return card.id

        account = ProviderAccount(TENANT, simulator.url, "sandbox", Secret("sandbox-secret"))
        async with HttpTransport("qliro") as transport:
            yield ProviderScene(QliroClient(transport), account, buy, hold, simulator.settled, save_card)
        await simulator.stop()


if os.environ.get("ADAPTER_TEST_QLIRO_URL"):

    class TestQliroTestEnvironment:
        """Reads and checkout writes only: nobody can pay without a browser."""

        async def test_a_new_checkout_is_in_process(self) -> None:
            account = ProviderAccount(
                TENANT,
                os.environ["ADAPTER_TEST_QLIRO_URL"].rstrip("/"),
                os.environ["ADAPTER_TEST_QLIRO_KEY"],
                Secret(os.environ["ADAPTER_TEST_QLIRO_SECRET"]),
            )

            async def nobody(order_id: int) -> None:
                pytest.fail(f"nobody can act on {order_id} here")

            async def nothing() -> None:
                return None

            async def no_card() -> str:
                return pytest.fail("nobody can save a card here")

            async with HttpTransport("qliro") as transport:
                scene = ProviderScene(QliroClient(transport), account, nobody, nobody, nothing, no_card)
                suite = PaymentProviderContract()
                await suite.test_a_new_checkout_is_in_process_and_has_a_snippet(scene)
                await suite.test_rows_come_back_as_they_were_sent(scene)
                await suite.test_a_checkout_is_found_by_its_reference(scene)
                await suite.test_an_unknown_order_is_missing(scene)
                await suite.test_an_update_replaces_every_row_and_may_be_repeated(scene)
                await suite.test_an_unpaid_order_cannot_be_cancelled(scene)
