"""The reference is served whole, from here alone."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from entrypoints.http.docs_pages import docs_routes


@pytest.fixture
async def docs() -> AsyncIterator[aiohttp.ClientSession]:
    app = web.Application()
    app.add_routes(docs_routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        yield session
    await runner.cleanup()


@pytest.mark.parametrize("path", ["/", "/docs/v1/"])
async def test_the_root_leads_to_the_reference(docs: aiohttp.ClientSession, path: str) -> None:
    async with docs.get(path, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/docs/v1/index.html")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html"),
        ("openapi.json", "application/json"),
        ("openapi.yaml", "application/yaml"),
        ("redoc.standalone.js", "text/javascript"),
    ],
)
async def test_every_part_is_utf8_and_may_load_nothing_foreign(
    docs: aiohttp.ClientSession, name: str, kind: str
) -> None:
    async with docs.get(f"/docs/v1/{name}") as answer:
        assert (answer.status, answer.content_type, answer.charset) == (200, kind, "utf-8")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert await answer.text()


async def test_the_script_asks_no_other_host_for_a_picture(docs: aiohttp.ClientSession) -> None:
    async with docs.get("/docs/v1/redoc.standalone.js") as answer:
        assert "cdn." not in await answer.text()


async def test_what_is_known_is_not_sent_again(docs: aiohttp.ClientSession) -> None:
    async with docs.get("/docs/v1/openapi.json") as first:
        tag = first.headers["ETag"]
    async with docs.get("/docs/v1/openapi.json", headers={"If-None-Match": tag}) as second:
        assert (second.status, await second.read()) == (304, b"")


async def test_the_document_is_small_on_the_wire_and_whole_without_compression(docs: aiohttp.ClientSession) -> None:
    async with docs.get("/docs/v1/openapi.json", headers={"Accept-Encoding": "gzip"}) as small:
        assert small.headers["Content-Encoding"] == "gzip"
    async with docs.get("/docs/v1/openapi.json", headers={"Accept-Encoding": "identity"}) as plain:
        assert json.loads(await plain.read())["openapi"] == "3.1.0"
        assert "Content-Encoding" not in plain.headers


async def test_the_script_s_licence_lies_beside_it() -> None:
    from importlib.resources import files

    text = files("entrypoints.http").joinpath("static/redoc.LICENSE.txt").read_text(encoding="utf-8")
    assert "MIT License" in text or "Permission is hereby granted, free of charge" in text
