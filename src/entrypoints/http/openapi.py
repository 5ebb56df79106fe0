"""The OpenAPI 3.1 document, made from the types that the routes read and write."""

from functools import cache
from typing import Any

import msgspec

from entrypoints.http.incoming import LONGEST_ID
from entrypoints.http.openapi_errors import ERRORS, error_table
from entrypoints.http.openapi_examples import ORDER_ID, PAYMENT_ID, TOKEN
from entrypoints.http.openapi_model import Body, Operation, ref
from entrypoints.http.openapi_operations import OPERATIONS_TOLD, TAGS
from entrypoints.http.openapi_schemas import schemas
from entrypoints.http.yaml_text import yaml_text

VERSION = "1.0.0"
_NAME = {"type": "string"}
_PRINTABLE = f", 1 to {LONGEST_ID} printable characters"
_TELLING = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    413: "Content Too Large: bodies end at 1 MiB",
    503: "Service Unavailable: the adapter's database does not answer",
}
_ABOUT = f"""\
Creates and manages Qliro Checkout orders for orders in Norce Checkout.

**Who calls.** Storefronts and ERPs, Norce itself (hooks), and Qliro (callbacks). All but Qliro send
`Authorization: Bearer <key>`; Qliro's addresses carry a token. Merchant and channel come in the headers `x-merchant`
and `x-channel`, or in the query of callbacks.

**Repeating.** Every operation can be repeated, also after a timeout and at the same time: it finishes or repeats the
answer, and never does anything twice.

**Amounts** are in major units with at most two decimals, as exact decimals.

**Following a request.** Every answer has `x-correlation-id`; send your own (letters, digits, `._:-`, at most 64
characters) to find it again in the logs of both sides.

## Errors

Every refusal has a JSON body with a stable `code` and a `message` for people. `qliroError` says what Qliro said, when
the error comes from there.

{error_table()}
"""


@cache
def _document() -> bytes:
    return msgspec.json.encode(_built())


def openapi_document() -> dict[str, Any]:
    """The document; a fresh copy each time."""
    document: dict[str, Any] = msgspec.json.decode(_document())
    return document


@cache
def openapi_json() -> bytes:
    """The document as indented JSON."""
    return msgspec.json.format(_document(), indent=2)


@cache
def openapi_yaml() -> bytes:
    """The document as YAML."""
    return yaml_text(openapi_document()).encode()


def _built() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS_TOLD:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Norce Checkout - Qliro Checkout Adapter API",
            "version": VERSION,
            "description": _ABOUT,
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "parameters": _parameters(),
            "headers": _headers(),
            "examples": {code: {"summary": code, "value": told.body(code)} for code, told in ERRORS.items()},
            "securitySchemes": {
                "Bearer": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Bearer <key>`: one of the keys this service was given, good for all merchants or"
                    " for one.",
                }
            },
        },
    }


def _operation(told: Operation) -> dict[str, Any]:
    names = ["order_id"] + ["payment_id"] * ("{payment_id}" in told.path)
    names += ["x-merchant", "x-channel"] if told.tenant == "headers" else ["merchant", "channel"]
    names += ["token"] * told.token + ["Idempotency-Key"] * told.repeatable
    made: dict[str, Any] = {
        "operationId": told.id,
        "tags": [told.tag],
        "summary": told.summary,
        "description": told.description,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        "security": [] if told.token else [{"Bearer": []}],
    }
    if told.body is not None:
        made["requestBody"] = {
            "required": told.body.required,
            "content": _content(told.body),
            **({"description": told.body.description} if told.body.description else {}),
        }
    made["responses"] = {"200": _success(told), **{str(s): _refusal(told, s) for s in sorted(told.refusals)}}
    return made


def _success(told: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {"description": "Success", "headers": _header_refs("x-correlation-id")}
    return {**made, "content": _content(told.answer)} if told.answer is not None else made


def _refusal(told: Operation, status: int) -> dict[str, Any]:
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in told.refusals[status]}
    schema: dict[str, Any] = dict(ref("Error"))
    if status == 400 and told.declined:
        schema = {"anyOf": [ref("QliroCheckoutValidationErrorResponse"), ref("Error")]}
        declined: dict[str, Any] = {
            name.replace(" ", "-"): {"summary": name, "value": value} for name, value in told.declined.items()
        }
        examples = {**declined, **examples}
    headers = ["x-correlation-id"] + ["Retry-After"] * (status in {409, 503})
    return {
        "description": _TELLING[status],
        "headers": _header_refs(*headers),
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def _content(body: Body) -> dict[str, Any]:
    examples = {name: {"summary": name, "value": value} for name, value in body.examples.items()}
    named = {name.replace(" ", "-"): example for name, example in examples.items()}
    return {"application/json": {"schema": dict(body.schema), "examples": named}}


def _header_refs(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers() -> dict[str, Any]:
    return {
        "x-correlation-id": {
            "description": "Ties the answer to log lines; the caller's own when it sent an acceptable one.",
            "schema": {"type": "string"},
            "example": "4f6c1d20a7b3e985",
        },
        "Retry-After": {
            "description": "Seconds after which repeating makes sense.",
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
            "example": "1",
        },
    }


def _parameters() -> dict[str, Any]:
    return {
        "order_id": _parameter("order_id", "path", "Order identifier" + _PRINTABLE, ORDER_ID),
        "payment_id": _parameter("payment_id", "path", "Payment identifier" + _PRINTABLE, PAYMENT_ID),
        "x-merchant": _parameter("x-merchant", "header", "Merchant identifier.", "norce"),
        "x-channel": _parameter("x-channel", "header", "Channel identifier", "1"),
        "merchant": _parameter("merchant", "query", "Merchant identifier", "norce"),
        "channel": _parameter("channel", "query", "Merchant channel", "1"),
        "token": {
            **_parameter("token", "query", _ADDRESSED, TOKEN),
            "required": False,
            "schema": {"type": "string"},
        },
        "Idempotency-Key": {
            **_parameter("Idempotency-Key", "header", _REPEATED, "erp-4711-capture"),
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!-~][ -~]*$"},
        },
    }


_ADDRESSED = (
    "Part of the address that Qliro was given. Absent only from addresses that another adapter made, before the"
    " merchant moved here."
)
_REPEATED = (
    "A key of the caller's own. A repeat with the same key answers like the first and moves nothing; the same key for"
    " another request is refused with 409."
)


def _parameter(name: str, place: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": True,
        "description": description,
        "schema": dict(_NAME),
        "example": example,
    }
