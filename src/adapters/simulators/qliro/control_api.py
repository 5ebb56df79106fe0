"""How a control-plane endpoint is declared: route and documentation in one place."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import parse_object

BASE = "/__sim"
Body = TypeVar("Body")
_NUMBER, _GUID = r"(\d{1,18})", r"([0-9a-fA-F-]{36})"
Act = Callable[[SimState, Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An act with its path (`{id}` is a number, `{token}` a GUID), its words, and the type of its JSON body."""

    method: str
    path: str
    summary: str
    act: Act
    body: type | None = None
    schema: dict[str, Any] | None = None
    query: tuple[str, ...] = ()
    tag: str = field(default="simulator")


def read(call: Call, kind: type[Body]) -> Body:
    """The request's JSON body (an empty one counts as {}); 400 names the member that is wrong."""
    try:
        return msgspec.convert(parse_object(call.raw or b"{}"), kind)
    except msgspec.ValidationError as error:
        raise ApiError("INVALID_INPUT", str(error)) from error


def named_order(state: SimState, call: Call) -> Order:
    """The order of the path, purged or not."""
    order = state.orders.get(int(call.params[0]))
    if order is None:
        raise ApiError("ORDER_NOT_FOUND", "Order not found", status=404)
    call.order_id = order.id
    return order


def as_route(endpoint: Endpoint) -> Route:
    """The endpoint as something the dispatcher can match."""

    async def handle(state: SimState, call: Call) -> web.StreamResponse:
        try:
            answer = await endpoint.act(state, call)
        except ValueError as error:
            raise ApiError("INVALID_INPUT", str(error)) from error
        return answer if isinstance(answer, web.StreamResponse) else json_answer(answer)

    literals, names = re.split(r"\{\w+\}", endpoint.path), re.findall(r"\{(\w+)\}", endpoint.path)
    kinds = [*(_GUID if name == "token" else _NUMBER for name in names), ""]
    pattern = "".join(re.escape(text) + kind for text, kind in zip(literals, kinds, strict=True))
    return route(endpoint.method, BASE + pattern, handle)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", endpoint.path)
    kinds: dict[str, dict[str, str]] = {"token": {"type": "string", "format": "uuid"}}
    parameters = [
        {"name": n, "in": "path", "required": True, "schema": kinds.get(n, {"type": "integer"})} for n in names
    ] + [{"name": n, "in": "query", "schema": {"type": "string"}} for n in endpoint.query]
    done = {"description": "Done", "content": {"application/json": {"schema": {}}}}
    refused = {"description": "Refused", "content": {"application/json": {"schema": {"type": "object"}}}}
    operation: dict[str, Any] = {
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "responses": {"200": done, "400": refused, "404": refused, "409": refused},
    }
    if parameters:
        operation["parameters"] = parameters
    if endpoint.schema is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": endpoint.schema}}}
    elif endpoint.body is not None:
        reference = {"$ref": f"#/components/schemas/{endpoint.body.__name__}"}
        operation["requestBody"] = {"content": {"application/json": {"schema": reference}}}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[A-Za-z]+", endpoint.path)
    return endpoint.method.lower() + "".join(word.capitalize() for word in words)


def openapi(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these endpoints."""
    bodies = {e.body for e in endpoints if e.body is not None}
    template = "#/components/schemas/{name}"
    _, components = msgspec.json.schema_components(sorted(bodies, key=lambda b: b.__name__), ref_template=template)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(BASE + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control plane of the Qliro simulator",
            "version": "1.0.0",
            "description": "Plays customer, bank and portal, disturbs messages and requests, tells what happened.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }
