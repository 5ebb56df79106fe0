"""Registration of hooks, notifications and validations on an order."""

from typing import Any

from adapters.simulators.norce import model
from adapters.simulators.norce.hooks import PARTS
from adapters.simulators.norce.ids import CALLBACK, new_id
from adapters.simulators.norce.patch import tokens
from adapters.simulators.norce.wire import bad_request
from adapters.simulators.norce.writes import find

Json = dict[str, Any]


def add_hook(order: Json, body: Any, *, version: str) -> Json:
    """Register a hook. Raises ApiError 400 on an unknown part or a pointer into an array."""
    if version == "v0":
        sent = model.hook_v0(body, "hook")
        sent = {"scope": sent.pop("subscribeTo"), "reference": None, "description": None, **sent}
    else:
        sent = model.hook_v1(body, "hook")
    _check_part(sent["scope"], "subscribeTo" if version == "v0" else "scope")
    if sent["target"] is not None:
        _check_part(sent["target"], "target")
    hook = {
        "id": new_id(CALLBACK),
        **{name: sent[name] for name in ("adapterId", "scope", "target", "invoke", "version")},
        **{name: sent[name] for name in ("reference", "description")},
    }
    order["hooks"].append(hook)
    return hook


def _check_part(pointer: str, member: str) -> None:
    parts = tokens(pointer)
    if not pointer.startswith("/") or f"/{parts[0]}" not in PARTS:
        raise bad_request(f"hook.{member}: {pointer!r} is not a part of the order: {', '.join(PARTS)}.")
    if parts[0] in ("consents", "shippings", "payments") and len(parts) > 1:
        raise bad_request(f"hook.{member}: {pointer!r} points into an array.")
    if any(each.isdigit() for each in parts):
        raise bad_request(f"hook.{member}: {pointer!r} points into an array.")


def add_notification(order: Json, body: Any) -> Json:
    """Register a notification."""
    sent = model.notification(body, "notification")
    if not sent["scope"].startswith("/"):
        raise bad_request("notification.scope: a JSON pointer is expected.")
    notification = {"id": new_id(CALLBACK), **sent}
    order["notifications"].append(notification)
    return notification


def add_validation(order: Json, body: Any, *, version: str) -> Json:
    """Register a validation."""
    validation = {"id": new_id(CALLBACK), **_validation(body, version)}
    order["validations"].append(validation)
    return validation


def put_validation(order: Json, body: Any, *, validation_id: str) -> None:
    """Replace a validation (v1 only)."""
    old = find(order["validations"], validation_id, "validation")
    order["validations"][order["validations"].index(old)] = {"id": validation_id, **_validation(body, "v1")}


def remove(order: Json, *, kind: str, ident: str) -> None:
    """Take away a hook, notification or validation. Raises ApiError 404."""
    order[kind].remove(find(order[kind], ident, kind.removesuffix("s")))


def _validation(body: Any, version: str) -> Json:
    if version == "v1":
        sent: Json = model.validation_v1(body, "validation")
        return sent
    sent = model.validation_v0(body, "validation")
    return {"adapterId": sent["adapterId"], "invoke": sent["url"], "reference": None, "description": None}
