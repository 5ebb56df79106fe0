"""Searching the orders of a tenant."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from adapters.simulators.norce.wire import bad_request

Json = dict[str, Any]
_MAX_LIMIT = 100


def page(orders: Iterable[Json], query: Mapping[str, str]) -> tuple[list[Json], Json]:
    """The asked page of the orders that match, and its pagination. Raises ApiError 400."""
    found = [order for order in orders if all(matches(order) for matches in _criteria(query))]
    by = query.get("order_by", "created")
    found.sort(key=_KEYS.get(by, _KEYS["created"]), reverse=query.get("order_by_direction", "desc") == "desc")
    offset, limit = _integer(query, "offset", 0), min(_integer(query, "limit", 25), _MAX_LIMIT)
    shown = found[offset : offset + limit]
    return shown, {"offset": offset, "limit": limit, "size": len(shown), "totalSize": len(found)}


def _criteria(query: Mapping[str, str]) -> list[Callable[[Json], bool]]:
    made = [_matcher(name, value) for name, value in query.items() if name in _MATCHERS and value]
    for name, after in (("date_from", True), ("date_to", False)):
        if query.get(name):
            made.append(_dated(query[name], after=after))
    return made


def _matcher(name: str, value: str) -> Callable[[Json], bool]:
    return lambda order: _MATCHERS[name](order, value)


def _dated(value: str, *, after: bool) -> Callable[[Json], bool]:
    try:
        limit = datetime.fromisoformat(value)
    except ValueError:
        raise bad_request(f"{value!r} is not a date.") from None

    def matches(order: Json) -> bool:
        created = datetime.fromisoformat(order["created"]).replace(tzinfo=limit.tzinfo)
        return created >= limit if after else created <= limit

    return matches


def _integer(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not value.isdigit():
        raise bad_request(f"{name}: a non-negative integer is expected.")
    return int(value)


def _address_member(order: Json, which: str, *names: str) -> str:
    address = order["customer"].get(which) or {}
    return " ".join(str(address.get(name) or "") for name in names).lower()


def _words(order: Json) -> str:
    names = _address_member(order, "billing", "givenName", "familyName", "organizationName", "email")
    return f"{order['id']} {order['reference']} {order['cart']['reference']} {names}".lower()


def _of_address(which: str, *members: str) -> Callable[[Json, str], bool]:
    return lambda order, value: _address_member(order, which, *members) in value.lower().split(",")


_KEYS: dict[str, Callable[[Json], Any]] = {
    "created": lambda order: order["created"],
    "billingEmail": lambda order: _address_member(order, "billing", "email"),
    "billingName": lambda order: _address_member(order, "billing", "familyName", "givenName"),
    "cartTotal": lambda order: order["cart"]["total"]["includingVat"],
}
_MATCHERS: dict[str, Callable[[Json, str], bool]] = {
    "cart_reference": lambda order, value: order["cart"]["reference"] == value,
    "reference": lambda order, value: order["reference"] == value,
    "payment_id": lambda order, value: any(each["id"] == value for each in order["payments"]),
    "status": lambda order, value: order["state"]["currentStatus"] in value.lower().split(","),
    "countries": lambda order, value: str(order["country"]).upper() in value.upper().split(","),
    "search": lambda order, value: value.lower() in _words(order),
    **{
        f"{which}_{part}": _of_address(which, *members)
        for which in ("billing", "shipping")
        for part, members in {
            "countries": ("country",),
            "emails": ("email",),
            "names": ("givenName", "familyName"),
            "phones": ("phone",),
        }.items()
    },
}
