"""Refusals as Qliro words them (section 4)."""

import uuid


class ApiError(Exception):
    """A refusal with HTTP status, ErrorCode and text; `empty` leaves the body out."""

    def __init__(self, code: str, message: str, *, status: int = 400, empty: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.empty = empty


def unauthenticated() -> ApiError:
    """Bad or missing token: 401 without a body."""
    return ApiError("UNAUTHORIZED", "", status=401, empty=True)


def evaluation(code: str, text: str, *, status: int = 400) -> ApiError:
    """A business rule said no."""
    return ApiError(code, f"Evaluation, {text}", status=status)


def too_many_decimals() -> ApiError:
    """More than two decimals anywhere in an amount or a VAT rate."""
    return ApiError("SYSTEM_ERROR", "Input must have no more than two decimal places", status=500)


def order_not_found(*, empty: bool = False) -> ApiError:
    """Unknown, purged or not yet readable order."""
    return ApiError("ORDER_NOT_FOUND", "Order not found", status=404, empty=empty)


def retry_shortly() -> ApiError:
    """The one OPERATION_NOT_SUPPORTED text that may be retried."""
    text = "Operation is not supported for this order Another transaction is already in process. Please retry shortly"
    return evaluation("OPERATION_NOT_SUPPORTED", text)


def not_supported(text: str) -> ApiError:
    """OPERATION_NOT_SUPPORTED with a definitive text."""
    return evaluation("OPERATION_NOT_SUPPORTED", text)


def envelope(error: ApiError, *, detailed: bool = False) -> dict[str, str]:
    """The JSON error body; `detailed` uses the key of the published Merchant schema."""
    key = "DetailedErrorMessage" if detailed else "ErrorMessage"
    return {"ErrorCode": error.code, key: error.message, "ErrorReference": str(uuid.uuid4())}
