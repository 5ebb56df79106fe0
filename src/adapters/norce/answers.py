"""What Norce's smaller answers mean: created ids, validation results, logs, refusals."""

from typing import Any

from adapters.http_call import Reply, TransportFailure, advised_wait, code_alone
from adapters.norce.wire import ANYTHING, CREATED, PROBLEM, TRANSACTIONS, UNREADABLE, Problem
from domain.discretion import without_credentials
from domain.errors import (
    AdapterError,
    OrderConflict,
    OrderNotFound,
    OrderRefused,
    OrderUnavailable,
    PaymentNotFound,
    ShippingNotFound,
)


def created_id(reply: Reply) -> str:
    """The id of what was made. Raises OrderUnavailable when the answer does not tell it."""
    try:
        made = CREATED.decode(reply.body).id
    except UNREADABLE:
        made = ""
    if not made:
        raise OrderUnavailable("Norce did not tell the id of what it made.")
    return made


def validation_codes(reply: Reply) -> tuple[str, ...]:
    """Why the order may not be bought: a list of errors, bare or as `{"errors": [...]}`; success with nothing, or null,
    names none.

    Raises OrderRefused when the validation was not run, OrderUnavailable when the answer cannot be understood.
    """
    found = _entries(reply.body)
    codes = () if found is None else tuple(_code(entry) for entry in found)
    if codes or (reply.ok and (found is not None or reply.body.strip() in (b"", b"null"))):
        return codes
    if reply.ok:
        raise OrderUnavailable("Norce answered something that is no validation result.")
    raise refusal(reply)


def logged_keys(body: bytes) -> frozenset[str]:
    """The keys of log entries that were written by this service. Raises OrderUnavailable when it is no log."""
    try:
        entries = TRANSACTIONS.decode(body)
    except UNREADABLE:
        raise OrderUnavailable("Norce answered something that is no transaction log.") from None
    return frozenset(key for entry in entries if (key := _key(entry.request_json)))


def refusal(reply: Reply) -> AdapterError:
    """The error that an unsuccessful answer stands for."""
    problem = problem_in(reply)
    words = told(problem)
    match reply.status:
        case 404 if "shipping" in (problem.code or ""):
            return ShippingNotFound(f"Norce has no such shipping: {words}.")
        case 404 if "payment" in (problem.code or ""):
            return PaymentNotFound(f"Norce has no such payment: {words}.")
        case 404:
            return OrderNotFound("Norce has no such order.")
        case 409:
            return OrderConflict(f"Norce's order is being changed by someone else: {words}.")
        case 429:
            return OrderUnavailable(
                "Norce takes no more calls for the moment.", sent=False, retry_after=advised_wait(reply)
            )
        case 408:
            return OrderUnavailable(f"Norce answered 408: {words}.")
        case status if 400 <= status < 500:
            return OrderRefused(f"Norce refused the request: {words}.")
        case status:
            return OrderUnavailable(f"Norce answered {status}: {words}.")


def unavailable(failure: TransportFailure) -> OrderUnavailable:
    """The error for an answer that did not come."""
    return OrderUnavailable(str(failure), sent=failure.sent)


def problem_in(reply: Reply) -> Problem:
    """What the error body says; nothing when it is none."""
    try:
        return PROBLEM.decode(reply.body)
    except UNREADABLE:
        return Problem()


def explain(reply: Reply) -> tuple[str, str]:
    """For the log: the code; Norce has no trace id."""
    return code_alone(problem_in(reply).code), ""


def told(problem: Problem) -> str:
    """Norce's own words, shortened."""
    return without_credentials(problem.message or problem.title or problem.code or "no reason given")[:300].rstrip(". ")


def _entries(body: bytes) -> list[Any] | None:
    try:
        found = ANYTHING.decode(body)
    except UNREADABLE:
        return None
    if isinstance(found, dict) and (not found or found.get("errors", found) is None):
        return []
    listed = found.get("errors") if isinstance(found, dict) else found
    return listed if isinstance(listed, list) else None


def _code(entry: Any) -> str:
    code = entry.get("code") if isinstance(entry, dict) else entry
    return code[:100] if isinstance(code, str) and code else "order-validation"


def _key(request_json: str | None) -> str | None:
    try:
        request = ANYTHING.decode(request_json or "")
    except UNREADABLE:
        return None
    key = request.get("key") if isinstance(request, dict) else None
    return key if isinstance(key, str) else None
