"""One table from error types to HTTP, and the body that every refusal has."""

from collections.abc import Mapping

import msgspec
from aiohttp import web

from domain import errors
from domain.errors import AdapterError, ProviderError
from entrypoints.http.wire import Error, QliroError

STATUS: Mapping[type[AdapterError], int] = {
    errors.InvalidAmount: 400,
    errors.CurrencyMismatch: 400,
    errors.OrderNotExpressible: 400,
    errors.ValidationRefused: 400,
    errors.ValidationsFailed: 400,
    errors.IllegalTransition: 400,
    errors.OperationRefused: 400,
    errors.LedgerDisagrees: 400,
    errors.OrderNotFound: 404,
    errors.OrderConflict: 409,
    errors.OrderBusy: 409,
    errors.StalePayment: 409,
    errors.ClaimLost: 409,
    errors.OrderRefused: 400,
    errors.OrderUnavailable: 400,
    errors.ShippingNotFound: 404,
    errors.ShippingRefused: 400,
    errors.PaymentNotFound: 404,
    errors.PaymentConflict: 409,
    errors.ConfigurationNotFound: 400,
    errors.ConfigurationInvalid: 400,
    errors.CallerUnauthorized: 401,
    errors.PlatformUnauthorized: 401,
    errors.TranslationMissing: 400,
    errors.ProviderRejected: 400,
    errors.ProviderInvalid: 400,
    errors.ProviderOrderMissing: 404,
    errors.ProviderOrderExpired: 404,
    errors.ProviderOrderCompleted: 400,
    errors.ProviderRefused: 400,
    errors.ProviderBusy: 400,
    errors.ProviderUnavailable: 400,
    errors.StoreUnavailable: 503,
}
RETRY_AFTER: Mapping[type[AdapterError], str] = {
    errors.OrderBusy: "1",
    errors.StalePayment: "1",
    errors.ClaimLost: "1",
    errors.StoreUnavailable: "5",
}
_ENCODER = msgspec.json.Encoder()


def status_of(failure: AdapterError) -> int:
    """The HTTP status of an error type; 500 for one that nobody entered in the table."""
    return STATUS.get(type(failure), 500)


def error_response(failure: AdapterError, *, status: int | None = None) -> web.Response:
    """The published error body, with Qliro's part in both published shapes when Qliro said something."""
    body = Error(code=failure.code, message=failure.message, qliro_error=_qliro_part(failure))  # type: ignore[arg-type]
    headers = {"Retry-After": wait} if (wait := RETRY_AFTER.get(type(failure))) else None
    return web.Response(
        body=_ENCODER.encode(body),
        status=status or status_of(failure),
        content_type="application/json",
        headers=headers,
    )


def plain_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """A refusal that no error type stands for."""
    body = _ENCODER.encode(Error(code=code, message=message))  # type: ignore[arg-type]
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def _qliro_part(failure: AdapterError) -> QliroError | msgspec.UnsetType:
    if not isinstance(failure, ProviderError):
        return msgspec.UNSET
    fault = failure.fault
    return QliroError(
        error_code=fault.code,
        error_messages=fault.messages,
        correlation_id=fault.reference,
        error_message=" ".join(fault.messages),
        error_reference=fault.reference,
    )
