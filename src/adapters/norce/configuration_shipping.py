"""The part of the configuration that tells how Qliro offers delivery (qliro.md 5.1, 13)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapters.norce.configuration_fields import Fields
from application.ports.configurations import IntegratedShipping

MOST_TAGS = 20
LONGEST_TAG_NAME = 20
LONGEST_TAG = 30
LONGEST_CHECKOUT_ID = 100
MOST_ATTRIBUTES = 20
LONGEST_ATTRIBUTE = 250
MOST_RATES = 10
_TAGS = f"at most {MOST_TAGS} texts of up to {LONGEST_TAG} characters, named by up to {LONGEST_TAG_NAME}"
_ATTRIBUTES = f"a list of at most {MOST_ATTRIBUTES} texts of 1 to {LONGEST_ATTRIBUTE} characters"
_RATES = f"a list of at most {MOST_RATES} percentages with at most two decimals, like 25 or 25.5"


def integrated_shipping(fields: Fields) -> IntegratedShipping:
    """Notes what is wrong with its members; `shippingVatRates` count for either way of delivery."""
    found = fields.parsed(_reader(fields), "shippingConfiguration") or IntegratedShipping()
    rates = fields.parsed(lambda path, value: _rates(fields, path, value), "shippingVatRates") or ()
    return IntegratedShipping(found.checkout_id, found.tags, found.cart_attributes, rates)


def _reader(fields: Fields) -> Callable[[str, Any], IntegratedShipping]:
    def read(path: str, value: Any) -> IntegratedShipping:
        known = _members(fields, path, value)
        checkout_id, tags = "", {}
        if known.get("unifaun") is not None:
            nshift = _members(fields, f"{path}.unifaun", known["unifaun"])
            tags = _tags(fields, f"{path}.unifaun.tags", nshift.get("tags"))
            known_id = nshift.get("checkoutId")
            checkout_id = _checkout_id(fields, f"{path}.unifaun.checkoutId", known_id, needed=bool(tags))
        ingrid = _members(fields, f"{path}.ingrid", known.get("ingrid"))
        attributes = _attributes(fields, f"{path}.ingrid.cartAttributes", ingrid.get("cartAttributes"))
        return IntegratedShipping(checkout_id, tags, attributes)

    return read


def _members(fields: Fields, path: str, value: Any) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        fields.wrong(path, "is not an object", "a JSON object")
    return value if isinstance(value, dict) else {}


def _checkout_id(fields: Fields, path: str, value: Any, *, needed: bool) -> str:
    """Empty when nothing is said of nShift: forms send what was left empty too."""
    if not needed and (value is None or (isinstance(value, str) and not value.strip())):
        return ""
    if isinstance(value, str) and value.strip() and len(value) <= LONGEST_CHECKOUT_ID:
        return value.strip()
    fields.wrong(path, "is not a usable text", f"a text of 1 to {LONGEST_CHECKOUT_ID} characters, from nShift")
    return ""


def _tags(fields: Fields, path: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    good = isinstance(value, dict) and len(value) <= MOST_TAGS and all(map(_tag, value.items()))
    if not good:
        fields.wrong(path, "are not usable tags", _TAGS)
    return dict(value) if good else {}


def _tag(tag: tuple[str, Any]) -> bool:
    name, text = tag
    return 0 < len(name) <= LONGEST_TAG_NAME and isinstance(text, str) and len(text) <= LONGEST_TAG


def _attributes(fields: Fields, path: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    good = isinstance(value, list) and len(value) <= MOST_ATTRIBUTES and all(map(_attribute, value))
    if not good:
        fields.wrong(path, "is not a list of texts", _ATTRIBUTES)
    return tuple(text.strip() for text in value) if good else ()


def _attribute(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip()) and len(text) <= LONGEST_ATTRIBUTE


def _rates(fields: Fields, path: str, value: Any) -> tuple[int, ...]:
    good = isinstance(value, list) and len(value) <= MOST_RATES and all(map(_rate, value))
    if not good:
        fields.wrong(path, "is not a list of rates", _RATES)
    return tuple(int(Decimal(rate) * 100) for rate in value) if good else ()


def _rate(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    number = Decimal(value)
    return number.is_finite() and 0 <= number <= 100 and number * 100 == int(number * 100)
