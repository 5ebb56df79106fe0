"""Saving a configuration as the real service does: the document's own `$schema` is fetched and has its say."""

import importlib
from typing import Any

import aiohttp
import msgspec

from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, encode


async def check_against_schema(document: dict[str, Any], state: NorceState) -> None:
    """Raises ApiError 400 when the schema is not to be had or the document does not satisfy it."""
    url = document["$schema"]
    if state.session is None:
        return
    try:
        async with state.session.get(url, timeout=aiohttp.ClientTimeout(total=5)) as answer:
            answer.raise_for_status()
            schema = msgspec.json.decode(await answer.read())
    except (aiohttp.ClientError, TimeoutError, ValueError) as wrong:
        raise _invalid(f"$schema {url} can't be read: {wrong}") from None
    # A development dependency: only simulators started with this switch need it.
    library = importlib.import_module("jsonschema_rs")
    for error in library.validator_for(schema).iter_errors(msgspec.json.decode(encode(document))):
        place = "/".join(str(step) for step in error.instance_path)
        raise _invalid(f"{place}: {error.message}")


def _invalid(message: str) -> ApiError:
    return ApiError(400, "configuration-error", message)
