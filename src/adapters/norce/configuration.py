"""The Configuration API (norce.md d): a tenant's document, read when needed and remembered for a while."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from adapters.http_call import Call, Reply, Retry, TransportFailure
from adapters.http_transport import HttpTransport
from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from adapters.norce.gateway import NorceGateway, NorceTokens, Unaddressable, segment
from adapters.norce.wire import UNREADABLE
from application.deadline import no_deadline, remaining_budget
from application.ports.configurations import ConfiguredMerchants, MerchantConfiguration
from domain.errors import AdapterError, ConfigurationInvalid, ConfigurationNotFound, PlatformUnauthorized
from domain.identifiers import Tenant
from domain.order import ADAPTER_ID

_CHANNELS = "/api/v1/configuration/merchants/{}/channels"
_CHANNEL_NAMES = msgspec.json.Decoder(tuple[str, ...])
_NO_CHANNEL = "-"
"""What the header says when no channel is meant: it may not be empty."""
_PATH = "/api/v1/configuration/merchants/{}/channels/{}/configurations/{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTimes:
    """Seconds: how long a document is fresh, an error remembered, and a document good enough when there is no other."""

    fresh: float = 60.0
    error: float = 5.0
    stale: float = 900.0


@dataclass(slots=True)
class _Entry:
    """What is remembered of a tenant: a document with its age, or an error; `until` when it must be asked again."""

    until: float
    document: MerchantConfiguration | None = None
    read_at: float = 0.0
    error: AdapterError | None = None


class _ServiceFailed(Exception):
    """The service gave no answer about the document."""


class NorceConfigurations:
    """Implements MerchantConfigurations. Tenants do not wait for each other; callers of one tenant share one call.

    A document that can't be read again because the service fails is used up to `stale` seconds after it was read.
    """

    def __init__(
        self,
        transport: HttpTransport,
        *,
        base_url: str,
        tokens: NorceTokens,
        rules: ConfigurationRules,
        times: CacheTimes | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        most: int = 10_000,
    ) -> None:
        self._gateway = NorceGateway(transport, base_url=base_url, tokens=tokens)
        self._rules = rules
        self._times = times or CacheTimes()
        self._monotonic = monotonic
        self._most = most
        self._entries: dict[Tenant, _Entry] = {}
        self._reading: dict[Tenant, asyncio.Task[MerchantConfiguration]] = {}

    async def read(self, tenant: Tenant) -> MerchantConfiguration:
        entry = self._entries.get(tenant)
        if entry is not None and self._monotonic() < entry.until:
            if entry.error is not None:
                raise type(entry.error)(entry.error.message)
            if entry.document is not None:
                return entry.document
        return await self._shared(tenant)

    async def channels(self, merchant: str) -> tuple[str, ...]:
        try:
            url = self._gateway.url(Tenant(merchant, ""), _CHANNELS.format(segment(merchant)))
            call = Call(
                operation="read_channels",
                merchant=merchant,
                method="GET",
                url=url,
                path=_CHANNELS,
                headers={},
                seconds=4.0,
                retry=Retry(attempts=2, base=0.1),
            )
            reply = await self._gateway.send(call, Tenant(merchant, _NO_CHANNEL))
        except Unaddressable:
            return ()
        except TransportFailure as failure:
            raise ConfigurationInvalid(f"The channels could not be read: {failure}") from failure
        if reply.status == 404:
            return ()
        if not reply.ok:
            raise ConfigurationInvalid(f"Norce's configuration service answered {reply.status}.")
        try:
            return _CHANNEL_NAMES.decode(reply.body)
        except UNREADABLE:
            raise ConfigurationInvalid("Norce answered something that is no list of channels.") from None

    async def close(self) -> None:
        """Give up calls that are under way."""
        tasks = tuple(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _shared(self, tenant: Tenant) -> MerchantConfiguration:
        """One call for all who ask at once; whoever has no time left stops waiting, the call goes on."""
        task = self._reading.get(tenant)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._refresh(tenant))
            self._reading[tenant] = task
            task.add_done_callback(lambda done: self._finished(tenant, done))
        try:
            async with asyncio.timeout(remaining_budget()):
                return await asyncio.shield(task)
        except TimeoutError:
            return self._stale(tenant) or _unanswered()

    def _finished(self, tenant: Tenant, task: asyncio.Task[MerchantConfiguration]) -> None:
        self._reading.pop(tenant, None)
        if not task.cancelled():
            task.exception()

    async def _refresh(self, tenant: Tenant) -> MerchantConfiguration:
        try:
            with no_deadline():
                document = parse_configuration(await self._fetch(tenant), tenant, self._rules)
        except _ServiceFailed as failed:
            return self._kept(tenant, failed)
        except (ConfigurationNotFound, ConfigurationInvalid, PlatformUnauthorized) as error:
            self._remember(tenant, _Entry(self._monotonic() + self._times.error, error=error))
            raise
        now = self._monotonic()
        self._remember(tenant, _Entry(now + self._times.fresh, document, read_at=now))
        return document

    def _kept(self, tenant: Tenant, failed: _ServiceFailed) -> MerchantConfiguration:
        """The document of before the failure, if it is not too old; it will be asked for again soon."""
        again = self._monotonic() + self._times.error
        kept = self._stale(tenant)
        if kept is None:
            error = ConfigurationInvalid(f"The configuration could not be read: {failed}")
            self._remember(tenant, _Entry(again, error=error))
            raise error from failed
        self._entries[tenant].until = again
        return kept

    def _stale(self, tenant: Tenant) -> MerchantConfiguration | None:
        entry = self._entries.get(tenant)
        if entry is None or self._monotonic() - entry.read_at > self._times.stale:
            return None
        return entry.document

    def _remember(self, tenant: Tenant, entry: _Entry) -> None:
        if len(self._entries) >= self._most and tenant not in self._entries:
            now = self._monotonic()
            self._entries = {known: kept for known, kept in self._entries.items() if now < kept.until}
        self._entries[tenant] = entry

    async def _fetch(self, tenant: Tenant) -> bytes:
        try:
            names = (segment(tenant.merchant), segment(tenant.channel), ADAPTER_ID)
            call = Call(
                operation="read_configuration",
                merchant=tenant.merchant,
                method="GET",
                url=self._gateway.url(tenant, _PATH.format(*names)),
                path=_PATH,
                headers={},
                seconds=4.0,
                retry=Retry(attempts=2, base=0.1),
                facts={"channel": tenant.channel},
            )
            return _body_of(await self._gateway.send(call, tenant))
        except Unaddressable:
            raise ConfigurationNotFound(_NOT_FOUND) from None
        except TransportFailure as failure:
            raise _ServiceFailed(str(failure)) from failure


_NOT_FOUND = "This merchant's channel has no configuration for Qliro Checkout."


def _body_of(reply: Reply) -> bytes:
    if reply.ok:
        return reply.body
    if reply.status == 404:
        raise ConfigurationNotFound(_NOT_FOUND)
    raise _ServiceFailed(f"Norce's configuration service answered {reply.status}.")


def _unanswered() -> MerchantConfiguration:
    raise ConfigurationInvalid("The configuration could not be read in time.")


def _(client: NorceConfigurations) -> ConfiguredMerchants:
    return client
