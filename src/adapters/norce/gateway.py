"""The way into a Norce service: whose key, which address, and what a refusal means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from adapters.http_call import Call, Reply
from adapters.http_transport import HttpTransport
from application.ports.configurations import Secret
from domain.discretion import HIDDEN
from domain.errors import PlatformUnauthorized
from domain.identifiers import Tenant
from domain.order import ADAPTER_ID

_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NO_PATHS = {"", ".", ".."}


@dataclass(frozen=True, slots=True)
class NorceTokens:
    """Bearer keys: a merchant's own, or the default. More than one: tried in order, for rotation."""

    default: Sequence[Secret] = ()
    by_merchant: Mapping[str, Sequence[Secret]] = field(default_factory=dict)

    def of(self, merchant: str) -> Sequence[Secret]:
        """The keys to try for this merchant; none at all means that it is not served."""
        return [token for token in self.by_merchant.get(merchant) or self.default if token]


class Unaddressable(Exception):
    """No request can name this tenant or id; so Norce cannot have it."""


def segment(value: str) -> str:
    """One path segment, percent-encoded. Raises Unaddressable for what is none."""
    if value in _NO_PATHS or "/" in value or "\\" in value or len(value) > 200 or not value.isprintable():
        raise Unaddressable
    return quote(value, safe="")


class NorceGateway:
    """Sends to one Norce service on behalf of a tenant. `base_url` may hold `{merchant}`."""

    def __init__(self, transport: HttpTransport, *, base_url: str, tokens: NorceTokens) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._working: dict[str, int] = {}

    def url(self, tenant: Tenant, path: str) -> str:
        """Where `path` of this tenant is. Raises Unaddressable when the merchant cannot be part of an address."""
        if "{merchant}" not in self._base_url:
            return self._base_url + path
        if not _HOST_LABEL.fullmatch(tenant.merchant):
            raise Unaddressable
        return self._base_url.replace("{merchant}", tenant.merchant) + path

    async def send(self, call: Call, tenant: Tenant) -> Reply:
        """The answer with the first key that is accepted. Raises PlatformUnauthorized, or a TransportFailure."""
        headers = {
            "Accept": "application/json",
            "x-merchant": _header(tenant.merchant),
            "x-channel": _header(tenant.channel),
            "x-adapterid": ADAPTER_ID,
            **({"Content-Type": "application/json"} if call.body else {}),
        }
        tokens = self._tokens.of(tenant.merchant)
        first = self._working.get(tenant.merchant, 0) if len(tokens) > 1 else 0
        for offset in range(len(tokens)):
            index = (first + offset) % len(tokens)
            headers["Authorization"] = f"Bearer {tokens[index].reveal()}"
            reply = await self._transport.send(replace(call, headers=dict(headers)))
            if not reply.ok:
                reply = _without(reply, tokens[index])
            if reply.status not in (401, 403):
                if index != first:
                    self._working[tenant.merchant] = index
                return reply
        raise PlatformUnauthorized("Norce does not accept the key of this merchant.")


def _without(reply: Reply, token: Secret) -> Reply:
    """A refusal may repeat the request, and is told to callers: our key is not theirs."""
    return replace(reply, body=reply.body.replace(token.reveal().encode(), HIDDEN.encode()))


def _header(value: str) -> str:
    """A tenant's name is checked before it becomes a header line."""
    if not value or not value.isprintable() or len(value) > 200:
        raise Unaddressable
    return value
