"""The settlement reports' contract: for the fake, and for the client against the simulator."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import aiohttp
import pytest

from adapters.http_transport import HttpTransport
from adapters.qliro.client import QliroClient
from adapters.qliro.settlements import QliroSettlements
from adapters.simulators.qliro.app import start
from adapters.simulators.qliro.config import QliroSimConfig, Quirks
from adapters.simulators.qliro.running import RunningSimulator
from adapters.simulators.qliro.settlements import next_banking_day
from application.ports.configurations import ProviderAccount, Secret
from domain.identifiers import Tenant
from domain.planned_call import PlannedCall
from domain.settlement import EntryStatus
from tests.contracts.provider import DRAFT
from tests.contracts.settlement_reports import SettlementReportsContract, SettlementScene
from tests.fakes.settlements import FakeSettlements
from tests.unit.domain.settlements import MONDAY, chargeback, entry, fee

TENANT = Tenant("sandbox", "se")


class TestFakeSettlements(SettlementReportsContract):
    @pytest.fixture
    def scene(self) -> SettlementScene:
        fake = FakeSettlements(today=MONDAY)
        account = ProviderAccount(TENANT, "https://pago.qit.nu", "sandbox", Secret("sandbox-secret"))
        paid = MONDAY + timedelta(days=1)

        def change(transaction: int, **changed: object) -> None:
            fake.lines = [
                (owner, replace(line, **changed) if line.transaction_id == transaction else line)  # type: ignore[arg-type]
                for owner, line in fake.lines
            ]

        async def capture() -> int:
            number = len(fake.lines) + 1
            money, cost = entry(55_400, number, settled_on=paid), fee(-900, number, settled_on=paid)
            fake.put(account, money, cost)
            return number

        async def refund(capture: int) -> int:
            fake.put(account, entry(-55_400, capture + 1_000, settled_on=paid))
            return capture + 1_000

        async def charge_back(capture: int) -> None:
            fake.put(account, chargeback(-55_400, capture, settled_on=paid))

        async def reject(capture: int) -> None:
            change(capture, status=EntryStatus.REJECTED, batch="")

        async def pend(capture: int) -> None:
            change(capture, status=EntryStatus.PENDING, batch="")

        async def turn(capture: int) -> None:
            change(capture, currency="EUR", batch="E")

        async def later() -> date:
            fake.today = MONDAY + timedelta(days=7)
            return fake.today

        return SettlementScene(fake, account, MONDAY, capture, refund, charge_back, reject, pend, turn, later)


QUIRKS = {
    "plain": Quirks(),
    "odd": Quirks(extra_fields=True, integer_enums=True, detailed_error_message=True, null_lists=True),
}


class TestQliroSettlements(SettlementReportsContract):
    @pytest.fixture(params=list(QUIRKS))
    async def scene(self, request: pytest.FixtureRequest) -> AsyncIterator[SettlementScene]:
        simulator = await start(QliroSimConfig(quirks=QUIRKS[request.param], retry_time_scale=0.001))
        account = ProviderAccount(TENANT, simulator.url, "sandbox", Secret("sandbox-secret"))
        async with HttpTransport("qliro") as transport, aiohttp.ClientSession() as http:
            yield _scene(simulator, account, transport, http)
        await simulator.stop()


def _scene(
    simulator: RunningSimulator, account: ProviderAccount, transport: HttpTransport, http: aiohttp.ClientSession
) -> SettlementScene:
    client = QliroClient(transport)
    begun = next_banking_day(simulator.state.clock.now().date())
    simulator.state.clock.advance((begun - simulator.state.clock.now().date()).days * 86_400)
    orders: dict[int, int] = {}

    async def capture() -> int:
        draft = replace(DRAFT, merchant_reference=f"s-{uuid4().hex[:20]}")
        order_id = await client.create_checkout(account, draft)
        await simulator.buy(order_id)
        rows = (await client.read_ledger(account, order_id)).shippable()
        await client.capture(account, order_id, request_id=uuid4(), currency="SEK", shipments=rows)
        return await done(order_id)

    async def refund(capture: int) -> int:
        order_id = orders[capture]
        (rows,) = (await client.read_ledger(account, order_id)).returnable()
        await client.refund(account, order_id, request_id=uuid4(), currency="SEK", call=PlannedCall((rows,)))
        return await done(order_id)

    async def done(order_id: int) -> int:
        await simulator.settled()
        transaction = simulator.order(order_id).transactions[-1].id
        orders[transaction] = order_id
        return transaction

    async def control(transaction: int, act: str, body: dict[str, object]) -> None:
        async with http.post(f"{simulator.url}/__sim/settlements/{transaction}/{act}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def charge_back(capture: int) -> None:
        await control(capture, "chargeback", {})

    async def reject(capture: int) -> None:
        await control(capture, "status", {"status": "rejected"})

    async def pend(capture: int) -> None:
        await control(capture, "status", {"status": "pending"})

    async def turn(capture: int) -> None:
        await control(capture, "alter", {"currency": "EUR"})

    async def later() -> date:
        simulator.state.clock.advance(7 * 86_400)
        await asyncio.sleep(0)
        return simulator.state.clock.now().date()

    return SettlementScene(
        QliroSettlements(transport), account, begun, capture, refund, charge_back, reject, pend, turn, later
    )
