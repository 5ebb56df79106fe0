"""Qliro's request signature (section 2) and the short-lived token of the embedded checkout."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.simulators.qliro.config import SimMerchant

SCHEME = "Qliro "


def sign(body: bytes, secret: str) -> str:
    """Base64 of SHA-256 over the body bytes followed by the secret; an empty body for GET."""
    return base64.b64encode(hashlib.sha256(body + secret.encode()).digest()).decode("ascii")


def merchants_of(header: str | None, body: bytes, merchants: Sequence[SimMerchant]) -> list[SimMerchant]:
    """Every merchant whose secret signed exactly these bytes; empty means 401."""
    if header is None or not header.startswith(SCHEME):
        return []
    token = header[len(SCHEME) :].encode("ascii", "replace")
    return [m for m in merchants if hmac.compare_digest(sign(body, m.secret).encode("ascii"), token)]


def _pad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def make_jwt(claims: dict[str, Any], key: bytes) -> str:
    """An HS256 token with these claims."""
    head = _segment(b'{"alg":"HS256","typ":"JWT"}')
    signed = f"{head}.{_segment(msgspec.json.encode(claims))}"
    return f"{signed}.{_segment(hmac.digest(key, signed.encode(), 'sha256'))}"


def read_jwt(token: str, key: bytes) -> dict[str, Any] | None:
    """The claims when the token is ours, else None; expiry is the caller's business."""
    signed, _, signature = token.rpartition(".")
    try:
        if not hmac.compare_digest(hmac.digest(key, signed.encode(), "sha256"), _pad(signature)):
            return None
        claims = msgspec.json.decode(_pad(signed.split(".")[1]))
    except (ValueError, IndexError):
        return None
    return claims if isinstance(claims, dict) else None
