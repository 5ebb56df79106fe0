"""What is taken from a request: ids, tenant, body. Everything is bounded and checked before anything is done."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from domain.errors import ValidationRefused
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.money import LARGEST_MINOR, to_minor
from entrypoints.http.body import body_of
from entrypoints.http.tolerance import as_meant

LONGEST_ID = 128
T = TypeVar("T")
_HEADERS = ("x-merchant", "x-channel")
_ANY: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(float_hook=Decimal)


def tenant_from_headers(request: web.Request) -> Tenant:
    """`x-merchant` and `x-channel`; without these headers, `merchant` and `channel` of the query.

    Raises ValidationRefused naming the header.
    """
    in_query = _says_tenant(request.query, "merchant", "channel") and not _says_tenant(request.headers, *_HEADERS)
    return _from_query(request) if in_query else _from_headers(request)


def tenant_from_query(request: web.Request) -> Tenant:
    """`merchant` and `channel`; without these parameters, `x-merchant` and `x-channel` of the headers.

    Raises ValidationRefused naming the parameter.
    """
    in_headers = _says_tenant(request.headers, *_HEADERS) and not _says_tenant(request.query, "merchant", "channel")
    return _from_headers(request) if in_headers else _from_query(request)


def _says_tenant(place: Mapping[str, str], *names: str) -> bool:
    """Whether any of them is there: half a tenant in one place is not completed from the other."""
    return any(name in place for name in names)


def _from_headers(request: web.Request) -> Tenant:
    return Tenant(*(_one_header(request, name) for name in _HEADERS))


def _from_query(request: web.Request) -> Tenant:
    return Tenant(_one_parameter(request, "merchant"), _one_parameter(request, "channel"))


def order_key(request: web.Request, tenant: Tenant) -> OrderKey:
    return OrderKey(tenant.merchant, tenant.channel, _path_id(request, "order_id"))


def payment_key(request: web.Request, tenant: Tenant) -> PaymentKey:
    return order_key(request, tenant).payment(_path_id(request, "payment_id"))


async def json_body(request: web.Request, wanted: type[T]) -> T:
    """The body as `wanted`. Raises ValidationRefused with the path of what is wrong."""
    return convert(parsed(await body_of(request)), wanted)


async def json_body_any_case(request: web.Request, wanted: type[T]) -> tuple[T, bytes]:
    """As json_body, for Qliro's callbacks, which vary in their spelling; and the raw bytes."""
    raw = await body_of(request)
    return convert(as_meant(parsed(raw), wanted), wanted), raw


def idempotency_key(request: web.Request) -> str:
    """The caller's own key, empty without one. Raises ValidationRefused naming the header."""
    if "Idempotency-Key" not in request.headers:
        return ""
    value = _single(request.headers.getall("Idempotency-Key"), "Header Idempotency-Key")
    if not 0 < len(value) <= 255 or not value.isprintable():
        raise ValidationRefused("Header Idempotency-Key must be 1 to 255 printable characters.")
    return value


def whole(number: Decimal, what: str) -> int:
    """A whole number of at least one. Raises ValidationRefused naming the member."""
    if not number.is_finite() or number != number.to_integral_value() or not 1 <= number < 2**31:
        raise ValidationRefused(f"The body is not acceptable: {what} must be a whole number of at least 1.")
    return int(number)


def exact_minor(amount: Decimal, what: str) -> int:
    """Minor units of a positive amount with at most two decimals. Raises ValidationRefused naming the member."""
    if not amount.is_finite() or amount <= 0 or amount > LARGEST_MINOR // 100 or amount != round(amount, 2):
        raise ValidationRefused(f"The body is not acceptable: {what} must be a positive amount with two decimals.")
    return to_minor(amount)


def parsed(raw: bytes) -> Any:
    """Any JSON document, numbers exact. Raises ValidationRefused for whatever is none."""
    try:
        return _ANY.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError) as wrong:
        reason = "is nested too deeply" if isinstance(wrong, RecursionError) else f"is not JSON: {wrong}"
        raise ValidationRefused(f"The body {reason}."[:300]) from None


def convert(document: Any, wanted: type[T]) -> T:
    """Raises ValidationRefused naming the member."""
    try:
        return msgspec.convert(document, wanted, strict=True)
    except msgspec.ValidationError as wrong:
        raise ValidationRefused(f"The body is not acceptable: {wrong}."[:300]) from None


def _path_id(request: web.Request, name: str) -> str:
    return _checked(request.match_info[name], f"Path parameter {name}")


def _one_header(request: web.Request, name: str) -> str:
    return _checked(_single(request.headers.getall(name, []), f"Header {name}"), f"Header {name}")


def _one_parameter(request: web.Request, name: str) -> str:
    what = f"Query parameter {name}"
    return _checked(_single(request.query.getall(name, []), what), what)


def _single(values: list[str], what: str) -> str:
    if len(set(values)) > 1:
        raise ValidationRefused(f"{what} is given more than once.")
    return values[0].strip() if values else ""


def _checked(value: str, what: str) -> str:
    if not value:
        raise ValidationRefused(f"{what} is required.")
    if len(value) > LONGEST_ID:
        raise ValidationRefused(f"{what} is longer than {LONGEST_ID} characters.")
    if not value.isprintable() or "/" in value or "\\" in value or value in {".", ".."}:
        raise ValidationRefused(f"{what} holds characters that no identifier has.")
    return value
