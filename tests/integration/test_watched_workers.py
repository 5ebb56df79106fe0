"""A process that only works shows its health and its metrics, when it is given a port for that."""

import socket

import aiohttp
import pytest

from entrypoints.running import running
from entrypoints.settings import Settings

KEY = {"Authorization": "Bearer metrics-key"}


def settings(database_url: str, work_port: int) -> Settings:
    return Settings(
        port=1,
        work_port=work_port,
        database_url=database_url,
        norce_order_url="http://127.0.0.1:1",
        norce_configuration_url="http://127.0.0.1:1",
        norce_token="norce-key",
        inbound_keys="a-long-enough-inbound-key",
        callback_secrets="a-long-enough-secret",
        metrics_key="metrics-key",
    )


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_workers_show_their_health_and_their_metrics_and_nothing_else(database_url: str, free_port: int) -> None:
    async with (
        running(settings(database_url, free_port), http=False) as adapter,
        aiohttp.ClientSession(adapter.url) as http,
    ):
        assert adapter.url == f"http://127.0.0.1:{free_port}"
        for address in ("/health/live", "/health/ready"):
            assert (await http.get(address)).status == 200
        assert (await http.get("/metrics")).status == 401
        assert "adapter_letters_failed_total" in await (await http.get("/metrics", headers=KEY)).text()
        for address in ("/docs/v1/index.html", "/openapi/v1/schemas/admin_meta.json"):
            assert (await http.get(address)).status == 404


async def test_workers_without_a_port_listen_nowhere(database_url: str) -> None:
    async with running(settings(database_url, 0), http=False) as adapter:
        assert adapter.url == ""
