"""Calls to Qliro: signed, and to no other place than the operator allows."""

from dataclasses import dataclass

from adapters.http_call import ONCE, Call, Retry
from adapters.qliro.signing import authorization
from application.ports.configurations import ProviderAccount
from domain.errors import ConfigurationInvalid

_ID_NAMES = {"find_order": "merchant_reference"}
"""What the id in a path is called in the log, where it is not an order's."""
_RETRIES = {"GET": Retry(attempts=3, base=0.5), "PUT": Retry(attempts=2, base=0.5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class QliroTimes:
    """Seconds for each kind of call."""

    read: float = 15.0
    write: float = 15.0
    money: float = 30.0


class QliroCalls:
    """Makes the calls of Qliro's APIs. Reads are tried three times, replacing rows twice, everything else once."""

    def __init__(self, allowed_hosts: frozenset[str] | None, times: QliroTimes) -> None:
        self._allowed_hosts = allowed_hosts
        self._times = times

    def __call__(
        self,
        account: ProviderAccount,
        operation: str,
        method: str,
        path: str,
        ident: int | str | None = None,
        *,
        query: str = "",
        body: bytes = b"",
        seconds: float | None = None,
        facts: dict[str, str | int] | None = None,
    ) -> Call:
        """A call about `ident`, which takes its place in the path. Raises ConfigurationInvalid."""
        require_allowed(account, self._allowed_hosts)
        return Call(
            operation=operation,
            merchant=account.tenant.merchant,
            method=method,
            url=account.api_url + path.format(ident) + query,
            path=path,
            headers=signed_headers(account, body),
            body=body,
            seconds=seconds or (self._times.read if method == "GET" else self._times.write),
            retry=_RETRIES.get(method, ONCE),
            facts=facts or ({} if ident is None else {_ID_NAMES.get(operation, "order_id"): ident}),
        )


def require_allowed(account: ProviderAccount, allowed_hosts: frozenset[str] | None) -> None:
    """Raises ConfigurationInvalid when the account names a place that is not among these; None allows all."""
    if allowed_hosts is not None and account.api_url not in allowed_hosts:
        raise ConfigurationInvalid("The configuration's apiUrl names a host that is not among the allowed ones.")


def signed_headers(account: ProviderAccount, body: bytes = b"") -> dict[str, str]:
    """The headers of a request with this body."""
    headers = {"Accept": "application/json", "Authorization": authorization(body, account.api_secret)}
    return headers | {"Content-Type": "application/json"} if body else headers
