"""How Qliro knows the merchant: a digest over exactly the bytes that are sent (qliro.md 2)."""

import base64
import hashlib

from application.ports.configurations import Secret


def token_for(body: bytes, secret: Secret) -> str:
    """The token for these bytes; GETs sign the empty body."""
    digest = hashlib.sha256(body + secret.reveal().encode()).digest()
    return base64.b64encode(digest).decode("ascii")


def authorization(body: bytes, secret: Secret) -> str:
    """The whole `Authorization` header."""
    return f"Qliro {token_for(body, secret)}"
