"""RFC 6902 as hooks use it: `add`, `replace` and `remove`, below the part that the hook declared."""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]
_READ_ONLY = {"id", "orderId", "merchant", "channel"}


class PatchRefused(Exception):
    """The answer is no patch, points outside its target or at something that is not there."""


def apply_patch(order: Json, operations: Any, *, target: str | None, strict: bool) -> bool:
    """Change `order` in place; True when there was anything to do. Raises PatchRefused."""
    if operations in (None, []):
        return False
    if not isinstance(operations, list):
        raise PatchRefused("an array of operations is expected")
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchRefused("an operation is an object")
        path = operation.get("path")
        if not isinstance(path, str) or not path.startswith("/"):
            raise PatchRefused(f"no JSON pointer: {path!r}")
        if strict:
            _check_target(path, target)
        _apply(order, operation, path)
    return True


def tokens(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _check_target(path: str, target: str | None) -> None:
    if target is None or not (path == target or path.startswith(target.rstrip("/") + "/")):
        raise PatchRefused(f"{path} is outside the target {target}")
    if tokens(path)[-1] in _READ_ONLY:
        raise PatchRefused(f"{path} is read-only")


def _apply(order: Json, operation: Json, path: str) -> None:
    *parents, last = tokens(path)
    holder: Any = order
    for token in parents:
        holder = _child(holder, token, path)
    op = operation.get("op")
    if op not in ("add", "replace", "remove"):
        raise PatchRefused(f"operation {op!r} is not supported")
    if op != "remove" and "value" not in operation:
        raise PatchRefused(f"{op} {path} has no value")
    if isinstance(holder, list):
        _in_array(holder, op, last, operation, path)
    elif isinstance(holder, dict):
        _in_object(holder, op, last, operation, path)
    else:
        raise PatchRefused(f"{path} does not exist")


def _in_array(holder: list[Any], op: str, last: str, operation: Json, path: str) -> None:
    end = len(holder)
    index = end if last == "-" and op == "add" else _index(last, path)
    if index > end or (index == end and op != "add"):
        raise PatchRefused(f"{path} does not exist")
    match op:
        case "add":
            holder.insert(index, deepcopy(operation["value"]))
        case "replace":
            holder[index] = deepcopy(operation["value"])
        case _:
            del holder[index]


def _in_object(holder: Json, op: str, last: str, operation: Json, path: str) -> None:
    if op != "add" and last not in holder:
        raise PatchRefused(f"{path} does not exist")
    if op == "remove":
        del holder[last]
    else:
        holder[last] = deepcopy(operation["value"])


def _child(holder: Any, token: str, path: str) -> Any:
    if isinstance(holder, dict) and token in holder:
        return holder[token]
    if isinstance(holder, list) and (index := _index(token, path)) < len(holder):
        return holder[index]
    raise PatchRefused(f"{path} does not exist")


def _index(token: str, path: str) -> int:
    if not token.isdigit() or (len(token) > 1 and token.startswith("0")):
        raise PatchRefused(f"{path}: {token!r} is no array index")
    return int(token)
