"""Whether Norce and Qliro can be reached from here, and whether the clocks agree."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import aiohttp

from entrypoints.cli.findings import Finding, State
from entrypoints.settings import Settings

_SECONDS = 5.0
_NOTABLE_SKEW = 5.0
_WRONG_SKEW = 60.0
_KEY_REFUSED = (401, 403)
_AT_ONCE, _NAMED = 8, 10


@dataclass(frozen=True, slots=True)
class _Probe:
    """An answer, or why there is none; `skew` in seconds, positive when our clock is ahead."""

    status: int = 0
    failure: str = ""
    skew: float | None = None


@dataclass(frozen=True, slots=True)
class _Keyring:
    """A merchant with its keys for Norce; without a name nobody is known to ask for."""

    name: str = ""
    keys: tuple[str, ...] = field(default=("",), repr=False)


async def upstream_findings(settings: Settings) -> list[Finding]:
    """Order API, Configuration API, the key of each merchant, each Qliro origin, and the clock. Raises nothing."""
    origins = sorted(settings.qliro_origins())
    merchant, *others = keyrings = _keyrings(settings) or [_Keyring()]
    bases = {"norce order": settings.norce_order_url, "norce configuration": settings.norce_configuration_url}
    bases = {name: base.rstrip("/") for name, base in bases.items()}
    paths = {
        "norce order": "/api/v0/checkout/orders?limit=1",
        "norce configuration": f"/api/v1/configuration/merchants/{merchant.name or 'unknown'}/channels",
    }
    known = {name: base for name, base in bases.items() if base and (merchant.name or "{merchant}" not in base)}
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        asked = [_ask(session, base + paths[name], merchant) for name, base in known.items()]
        probes = await asyncio.gather(*asked, *(_probe(session, origin + "/", {}) for origin in origins))
        refused = await _refused(session, bases["norce order"] + paths["norce order"], others)
    norce = dict(zip(known, probes, strict=False))
    qliro = dict(zip(origins, probes[len(known) :], strict=True))
    found = [_norce(name, base, norce.get(name), bool(merchant.name)) for name, base in bases.items()]
    return [*found, *_keys(keyrings, refused), *_qliro(qliro), _clock(probes)]


def _keyrings(settings: Settings) -> list[_Keyring]:
    """Merchants that the settings name: those with keys of their own, and callers' for whom there is the common one."""
    rings = {merchant: token.reveal() for merchant, token in settings.tokens().items()}
    for merchant, _ in settings.inbound():
        if merchant and settings.norce_token:
            rings.setdefault(merchant, settings.norce_token)
    return [_Keyring(name, tuple(key.strip() for key in keys.split(","))) for name, keys in rings.items()]


async def _ask(session: aiohttp.ClientSession, url: str, merchant: _Keyring) -> _Probe:
    """With the first key that is accepted, as the adapter does."""
    url = url.replace("{merchant}", merchant.name)
    answer = _Probe(_KEY_REFUSED[0])
    for key in merchant.keys:
        headers = {"Authorization": f"Bearer {key}", "x-merchant": merchant.name, "x-channel": "doctor"}
        answer = await _probe(session, url, headers if merchant.name else {})
        if answer.status not in _KEY_REFUSED:
            break
    return answer


async def _refused(session: aiohttp.ClientSession, url: str, merchants: Sequence[_Keyring]) -> list[str]:
    """Whose keys are not accepted."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def refused(merchant: _Keyring) -> bool:
        async with places:
            return (await _ask(session, url, merchant)).status in _KEY_REFUSED

    answers = await asyncio.gather(*(refused(merchant) for merchant in merchants))
    return [merchant.name for merchant, wrong in zip(merchants, answers, strict=True) if wrong]


def _keys(merchants: Sequence[_Keyring], refused: Sequence[str]) -> list[Finding]:
    """What the first merchant's answers do not tell."""
    if not merchants[0].name:
        remedy = "ADAPTER_NORCE_TOKENS, or merchant:key in ADAPTER_INBOUND_KEYS, names merchants to try it for."
        return [Finding(State.NOTE, "norce keys", "not tried: no merchant is known by name", remedy)]
    if not refused:
        return [Finding(State.OK, "norce keys", f"of {len(merchants)} merchants tried")] if len(merchants) > 1 else []
    named = ", ".join(refused[:_NAMED]) + (f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else "")
    return [Finding(State.WRONG, "norce keys", f"not accepted: {named}", "Check these merchants' keys for Norce.")]


async def _probe(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> _Probe:
    try:
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            return _Probe(answer.status, skew=_skew(answer.headers.get("Date", "")))
    except TimeoutError:
        return _Probe(failure=f"did not answer within {_SECONDS:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as wrong:
        return _Probe(failure=f"cannot be reached ({type(wrong).__name__})")


def _skew(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _norce(name: str, base: str, probe: _Probe | None, with_key: bool) -> Finding:
    setting = "ADAPTER_NORCE_ORDER_URL" if name == "norce order" else "ADAPTER_NORCE_CONFIGURATION_URL"
    if not base:
        return Finding(State.WRONG, name, f"{setting} is not set", "Set it to the service's base, without /api.")
    if probe is None:
        return Finding(
            State.NOTE,
            name,
            "not asked: its address depends on the merchant, and no merchant is known by name",
            "Put a merchant into ADAPTER_NORCE_TOKENS to have it checked.",
        )
    if probe.failure:
        return Finding(State.WRONG, name, probe.failure, f"Check {setting}, DNS, proxies and firewalls.")
    if probe.status in _KEY_REFUSED and with_key:
        remedy = "Check the key of the first merchant in ADAPTER_NORCE_TOKENS, or ADAPTER_NORCE_TOKEN."
        return Finding(State.WRONG, name, f"does not accept the key ({probe.status})", remedy)
    if probe.status >= 500:
        return Finding(State.WRONG, name, f"answers {probe.status}", "Ask Norce, or wait and look again.")
    return Finding(State.OK, name, f"answers ({probe.status})")


def _qliro(probes: dict[str, _Probe]) -> list[Finding]:
    """One unreachable host of several may be meant so; none reachable is wrong."""
    if not probes:
        return [Finding(State.WRONG, "qliro", "ADAPTER_QLIRO_HOSTS is empty", "Name at least one origin of Qliro.")]
    missing = State.WRONG if all(probe.failure for probe in probes.values()) else State.NOTE
    remedy = "Check DNS, proxies and firewalls, or take it out of ADAPTER_QLIRO_HOSTS."
    return [
        Finding(missing, "qliro", f"{origin} {probe.failure}", remedy)
        if probe.failure
        else Finding(State.OK, "qliro", f"{origin} answers ({probe.status})")
        for origin, probe in probes.items()
    ]


def _clock(probes: list[_Probe]) -> Finding:
    """Against the median of the answers' Date headers, which tell whole seconds."""
    skews = sorted(probe.skew for probe in probes if probe.skew is not None)
    if not skews:
        return Finding(State.NOTE, "clock", "not checked: nobody told the time", "Mend the connections first.")
    skew = skews[len(skews) // 2]
    told = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the others"
    if abs(skew) <= _NOTABLE_SKEW:
        return Finding(State.OK, "clock", "agrees with the others")
    state = State.WRONG if abs(skew) > _WRONG_SKEW else State.NOTE
    return Finding(state, "clock", told, "Synchronise this machine's clock (NTP).")
