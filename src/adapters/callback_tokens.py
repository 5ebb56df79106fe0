"""Callback addresses with tokens nobody can guess: HMAC of payment and purpose, valid for ever (qliro.md 7.1)."""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from application.ports.callbacks import Purpose
from application.ports.configurations import Secret
from domain.identifiers import PaymentKey


class CallbackTokens:
    """The first secret signs, all of them verify, so that secrets can be rotated without losing late pushes."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        if not secrets:
            raise ValueError("at least one callback secret is needed")
        self._secrets = tuple(secret.reveal().encode() for secret in secrets)

    def callback(self, public_url: str, key: PaymentKey, purpose: Purpose) -> str:
        """Order, payment and purpose in the path; merchant, channel and token in the query."""
        order, payment = quote(key.order_id, safe=""), quote(key.payment_id, safe="")
        query = urlencode(
            {"merchant": key.merchant, "channel": key.channel, "token": _token(self._secrets[0], key, purpose)}
        )
        base = public_url.rstrip("/")
        return f"{base}/api/checkout/v1/callback/orders/{order}/payments/{payment}/{purpose}?{query}"

    def genuine(self, token: str, key: PaymentKey, purpose: Purpose) -> bool:
        """Compares with every secret's token, all of them in constant time."""
        given = token.encode("utf-8", "surrogateescape")
        matches = [hmac.compare_digest(_token(secret, key, purpose).encode(), given) for secret in self._secrets]
        return any(matches)


def _token(secret: bytes, key: PaymentKey, purpose: Purpose) -> str:
    parts = (key.merchant, key.channel, key.order_id, key.payment_id, str(purpose))
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:40]
