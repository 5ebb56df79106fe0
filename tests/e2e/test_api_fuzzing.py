"""Thousands of generated requests against the running service, from its own OpenAPI document."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.ports.callbacks import Purpose
from domain.identifiers import PaymentKey
from entrypoints.cli.sandbox import KEY
from tests.e2e.shop import Order, Shop

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,ignored_auth"
)


def about_a_real_payment(document: dict[str, Any], order: Order) -> dict[str, Any]:
    """The document with examples that exist, so that requests get past the first check."""
    shop = order.shop
    addresses = shop.sandbox.adapter.container.addresses()
    key = PaymentKey(shop.merchant, shop.channel, order.id, order.payment_id)
    known = {
        "order_id": order.id,
        "payment_id": order.payment_id,
        "x-merchant": shop.merchant,
        "x-channel": shop.channel,
        "merchant": shop.merchant,
        "channel": shop.channel,
    }
    for path, operations in document["paths"].items():
        purpose = path.rsplit("/", 1)[-1]
        for operation in operations.values():
            for parameter in operation.get("parameters", []) if isinstance(operation, dict) else []:
                value = known.get(parameter.get("name"))
                if parameter.get("name") == "token":
                    value = addresses.callback("", key, Purpose(purpose)).rsplit("token=", 1)[-1]
                if value is not None:
                    parameter.pop("examples", None)
                    parameter["example"] = value
    return document


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_generated_request_gets_a_server_error_or_an_undocumented_answer(shop: Shop, tmp_path: Path) -> None:
    order = shop.order("b2c")
    await order.create()
    answer = await shop.adapter("GET", "/docs/v1/openapi.json")
    document = about_a_real_payment(msgspec.json.decode(answer.body), order)
    described = tmp_path / "openapi.json"
    described.write_bytes(msgspec.json.encode(document))
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")), "run", str(described), "--url", shop.sandbox.adapter.url,
        "-H", f"Authorization: Bearer {KEY}", "--phases", "examples,coverage,fuzzing", "--checks", CHECKS,
        "--max-examples", "100", "--seed", "1", "--workers", "1", "--no-color", "--generation-database", "none",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output[-6000:]
    assert " generated" in output
