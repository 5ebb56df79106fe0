"""Identifiers as Norce makes them: a type prefix and letters only."""

import secrets
import string

ORDER, PAYMENT, SHIPPING, ITEM, CALLBACK, CONSENT, ACTION, EVENT = "o", "p", "s", "ci", "oc", "cn", "pa", "ev"

_LENGTHS = {ORDER: 8, PAYMENT: 27, SHIPPING: 27, ITEM: 28}


def new_id(prefix: str) -> str:
    """A fresh identifier with this prefix; orders are short, everything else long."""
    length = _LENGTHS.get(prefix, 24) - len(prefix)
    return prefix + "".join(secrets.choice(string.ascii_letters) for _ in range(length))
