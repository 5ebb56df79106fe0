"""References as the provider accepts them: a narrow alphabet, short, and never two for the same thing.

Whatever has to be changed to fit gets a short digest of what it was, so that two different originals stay different.
"""

import re
from hashlib import sha256

from domain.order import Item, OrderShipping

LONGEST_ITEM_REFERENCE = 200
LONGEST_MERCHANT_REFERENCE = 25
_DIGEST = 8
_SIGNS = frozenset("().'-_&,/–+: ")
_PLAIN = re.compile(r"[A-Za-z0-9().'\-_&,/+:]+(?: [A-Za-z0-9().'\-_&,/+:]+)*")
_MERCHANT = re.compile(r"[A-Za-z0-9_-]+")
_ENDS_LIKE_AN_ATTEMPT = re.compile(r"(?:^|-)\d+$")


def item_reference(item: Item) -> str:
    """What names a cart row to the provider: the SKU, which merchants and their systems know; else the row's own
    reference; else its id. Empty only when the row has none of them.
    """
    return provider_reference(item.sku) or provider_reference(item.reference) or provider_reference(item.id)


def shipping_reference(shipping: OrderShipping) -> str:
    return provider_reference(shipping.reference) or provider_reference(shipping.id)


def provider_reference(raw: str) -> str:
    """`raw` in the alphabet of item references, at most 200 characters; equal only for equal originals."""
    if len(raw) <= LONGEST_ITEM_REFERENCE and _PLAIN.fullmatch(raw):
        return raw
    kept = "".join(c if _allowed(c) else " " if c.isspace() else "-" for c in raw)
    clean = " ".join(kept.split())
    if clean == raw and len(raw) <= LONGEST_ITEM_REFERENCE:
        return raw
    return tagged(clean, raw) if clean else ""


def tagged(reference: str, content: str) -> str:
    """`reference` with a digest of `content` behind it, cut to fit."""
    return f"{reference[: LONGEST_ITEM_REFERENCE - _DIGEST - 1].rstrip()}-{_digest(content)}"


def merchant_reference(source: str, attempt: int) -> str:
    """The name of one attempt to pay an order: 1–25 of A-Z a-z 0-9 _ -, never digits only, unlike any other's.

    `source` names the order (its id or its cart's reference, as the merchant chose); two different sources never
    give the same name. `attempt` starts at 1 and must grow with every provider order made for the same source. The
    first attempt carries the bare name where that can't be mistaken for a later attempt of another source.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    suffix = f"-{attempt}"
    whole = bool(_MERCHANT.fullmatch(source))
    if (
        attempt == 1
        and whole
        and len(source) <= LONGEST_MERCHANT_REFERENCE
        and not _ENDS_LIKE_AN_ATTEMPT.search(source)
    ):
        return source
    room = LONGEST_MERCHANT_REFERENCE - len(suffix)
    if whole and len(source) <= room:
        return source + suffix
    clean = re.sub(r"[^A-Za-z0-9_-]+", "-", source).strip("-")
    return f"{clean[: room - _DIGEST - 1]}-{_digest(source)}{suffix}".lstrip("-")


def _allowed(character: str) -> bool:
    """Letters of any script within the basic plane, decimal digits 0-9 and the few signs."""
    if character in _SIGNS or "0" <= character <= "9":
        return True
    return character.isalpha() and character <= "\uffff"


def _digest(content: str) -> str:
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
