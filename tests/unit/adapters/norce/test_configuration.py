import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from adapters.http_guards import GuardSettings
from adapters.http_transport import HttpTransport
from adapters.norce.configuration import NorceConfigurations
from adapters.norce.configuration_document import ConfigurationRules
from adapters.norce.gateway import NorceTokens
from application.deadline import deadline
from application.ports.configurations import Secret
from domain.errors import ConfigurationInvalid, ConfigurationNotFound, PlatformUnauthorized
from domain.identifiers import Tenant
from tests.unit.adapters.norce.test_configuration_document import MINIMAL
from tests.unit.adapters.upstream import Act, Upstream, answer, listening, silence

TENANT = Tenant("friluft", "se-web")
DOCUMENT = json.dumps(MINIMAL | {"publicUrl": "https://gateway.example"}).encode()


@dataclass(slots=True)
class Scene:
    configurations: NorceConfigurations
    upstream: Upstream
    pass_time: Callable[[float], None]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    now = [1000.0]

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    guards = GuardSettings(failures_to_open=100, retry_reserve=100)
    async with listening() as upstream, HttpTransport("norce", guards=guards, sleep=sleep) as transport:
        made = NorceConfigurations(
            transport,
            base_url=upstream.url,
            tokens=NorceTokens((Secret("t"),)),
            rules=ConfigurationRules(qliro_hosts=frozenset({"https://pago.qit.nu"})),
            monotonic=lambda: now[0],
        )
        yield Scene(made, upstream, pass_time)
        await made.close()


def failing() -> list[Act]:
    return [answer(503), answer(500)]


async def test_the_document_is_asked_for_by_merchant_and_channel(scene: Scene) -> None:
    scene.upstream.script.append(answer(200, DOCUMENT))
    await scene.configurations.read(TENANT)
    (received,) = scene.upstream.received
    assert received.target == (
        "/api/v1/configuration/merchants/friluft/channels/se-web/configurations/qliro_checkout_adapter"
    )
    assert received.headers["x-merchant"] == "friluft"


async def test_a_fresh_document_is_not_asked_for_again(scene: Scene) -> None:
    scene.upstream.script.extend([answer(200, DOCUMENT), answer(200, DOCUMENT)])
    first = await scene.configurations.read(TENANT)
    scene.pass_time(59)
    assert await scene.configurations.read(TENANT) is first
    scene.pass_time(2)
    assert await scene.configurations.read(TENANT) == first
    assert len(scene.upstream.received) == 2


async def test_those_who_ask_together_share_one_call(scene: Scene) -> None:
    scene.upstream.script.append(answer(200, DOCUMENT, wait=0.05))
    await asyncio.gather(*(scene.configurations.read(TENANT) for _ in range(20)))
    assert len(scene.upstream.received) == 1


async def test_one_who_gives_up_does_not_take_the_others_along(scene: Scene) -> None:
    scene.upstream.script.append(answer(200, DOCUMENT, wait=0.1))
    impatient = asyncio.create_task(scene.configurations.read(TENANT))
    await asyncio.sleep(0.02)
    patient = asyncio.create_task(scene.configurations.read(TENANT))
    await asyncio.sleep(0.02)
    impatient.cancel()
    assert (await patient).account.tenant == TENANT


async def test_one_with_little_time_stops_waiting_and_the_call_goes_on(scene: Scene) -> None:
    scene.upstream.script.append(answer(200, DOCUMENT, wait=0.15))
    with deadline(0.05), pytest.raises(ConfigurationInvalid, match="in time"):
        await scene.configurations.read(TENANT)
    await scene.configurations.read(TENANT)
    assert len(scene.upstream.received) == 1


async def test_a_missing_document_is_remembered_briefly(scene: Scene) -> None:
    scene.upstream.script.extend([answer(404), answer(200, DOCUMENT)])
    for _ in range(3):
        with pytest.raises(ConfigurationNotFound):
            await scene.configurations.read(TENANT)
    scene.pass_time(5.1)
    await scene.configurations.read(TENANT)
    assert len(scene.upstream.received) == 2


async def test_an_invalid_document_is_remembered_briefly(scene: Scene) -> None:
    scene.upstream.script.extend([answer(200, b"{}"), answer(200, DOCUMENT)])
    for _ in range(3):
        with pytest.raises(ConfigurationInvalid, match="apiUrl is missing"):
            await scene.configurations.read(TENANT)
    scene.pass_time(5.1)
    await scene.configurations.read(TENANT)


async def test_when_the_service_fails_a_recent_document_is_good_enough(scene: Scene) -> None:
    scene.upstream.script.extend([answer(200, DOCUMENT), *failing(), *failing()])
    first = await scene.configurations.read(TENANT)
    scene.pass_time(61)
    assert await scene.configurations.read(TENANT) is first
    assert await scene.configurations.read(TENANT) is first
    assert len(scene.upstream.received) == 3
    scene.pass_time(6)
    assert await scene.configurations.read(TENANT) is first
    assert len(scene.upstream.received) == 5


async def test_when_the_service_fails_an_old_document_is_not(scene: Scene) -> None:
    scene.upstream.script.extend([answer(200, DOCUMENT), *failing()])
    await scene.configurations.read(TENANT)
    scene.pass_time(901)
    with pytest.raises(ConfigurationInvalid, match="could not be read"):
        await scene.configurations.read(TENANT)


async def test_a_document_that_was_taken_away_is_gone_at_once(scene: Scene) -> None:
    scene.upstream.script.extend([answer(200, DOCUMENT), answer(404)])
    await scene.configurations.read(TENANT)
    scene.pass_time(61)
    with pytest.raises(ConfigurationNotFound):
        await scene.configurations.read(TENANT)


async def test_a_key_that_norce_does_not_accept_is_told(scene: Scene) -> None:
    scene.upstream.script.append(answer(401))
    for _ in range(2):
        with pytest.raises(PlatformUnauthorized):
            await scene.configurations.read(TENANT)
    assert len(scene.upstream.received) == 1


async def test_a_service_that_is_silent_for_one_tenant_does_not_hold_up_another(scene: Scene) -> None:
    scene.upstream.script.append(silence)
    slow = asyncio.create_task(scene.configurations.read(Tenant("slow", "se")))
    await asyncio.sleep(0.05)
    scene.upstream.script.append(answer(200, DOCUMENT))
    async with asyncio.timeout(1):
        await scene.configurations.read(TENANT)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
