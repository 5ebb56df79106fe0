"""Who may call: bearer keys, several at once for rotation, bound to a merchant or good for all."""

import hmac
from collections.abc import Sequence

from aiohttp import web

from application.ports.configurations import Secret
from domain.errors import CallerUnauthorized

_SCHEME = "bearer "


class CallerKeys:
    """Compares with every key that is good for the merchant, in constant time. No key configured = nobody may call.

    Thousands of merchants may have keys of their own: a request does not pay for those of the others.
    """

    def __init__(self, keys: Sequence[tuple[str | None, Secret]]) -> None:
        self._keys: dict[str | None, list[bytes]] = {None: []}
        for merchant, key in keys:
            if key:
                self._keys.setdefault(merchant, []).append(key.reveal().encode())

    def require(self, request: web.Request, merchant: str) -> None:
        """Raises CallerUnauthorized unless the request carries a key that is good for this merchant."""
        given = _given(request)
        good = [hmac.compare_digest(key, given) for key in (*self._keys[None], *self._keys.get(merchant, ()))]
        if not given or not any(good):
            raise CallerUnauthorized("The Authorization header carries no valid key.")


def _given(request: web.Request) -> bytes:
    values = request.headers.getall("Authorization", [])
    if len(values) != 1 or not values[0].lower().startswith(_SCHEME):
        return b""
    return values[0][len(_SCHEME) :].strip().encode("utf-8", "surrogateescape")
