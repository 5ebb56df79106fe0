"""Norce's Admin finds the schema, an entry for its list and a picture."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from entrypoints.http.configuration_pages import META_PATH, PICTURE_PATH, configuration_routes
from entrypoints.http.configuration_schema import PATH, configuration_schema


@pytest.fixture(params=["", "https://gateway.example.com/checkout/qliro-adapter/"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    app = web.Application()
    app.add_routes(configuration_routes(request.param))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(url) as session:
        yield session, request.param.rstrip("/") or url
    await runner.cleanup()


Served = tuple[aiohttp.ClientSession, str]


async def read(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return await answer.json() if answer.content_type == "application/json" else await answer.text()


async def test_the_schema_is_served_to_anybody(served: Served) -> None:
    async with served[0].get(PATH) as answer:
        assert await answer.read() == configuration_schema()


async def test_the_entry_names_the_schema_and_the_picture_where_they_are_reached(served: Served) -> None:
    session, base = served
    assert await read(session, META_PATH) == {
        "schema": base + PATH,
        "id": "qliro_checkout_adapter",
        "imgUrl": base + PICTURE_PATH,
        "tags": ["Payment"],
    }


async def test_the_picture_is_a_picture(served: Served) -> None:
    assert (await read(served[0], PICTURE_PATH)).startswith("<svg ")
