"""Whether Norce and Qliro can be reached from here, and whether the clocks agree."""

import asyncio
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from entrypoints.cli.findings import Finding, State
from entrypoints.settings import Settings

_SECONDS = 5.0
_NOTABLE_SKEW = 5.0
_WRONG_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class _Probe:
    """An answer, or why there is none; `skew` in seconds, positive when our clock is ahead."""

    status: int = 0
    failure: str = ""
    skew: float | None = None


async def upstream_findings(settings: Settings) -> list[Finding]:
    """Order API, Configuration API, each Qliro origin, and the clock. Raises nothing."""
    origins = sorted(settings.qliro_origins())
    merchant, key = _merchant(settings)
    bases = {"norce order": settings.norce_order_url, "norce configuration": settings.norce_configuration_url}
    paths = {
        "norce order": "/api/v0/checkout/orders?limit=1",
        "norce configuration": f"/api/v1/configuration/merchants/{merchant or 'unknown'}/channels",
    }
    known = {name: base for name, base in bases.items() if base and (merchant or "{merchant}" not in base)}
    headers = {"Authorization": f"Bearer {key}", "x-merchant": merchant, "x-channel": "doctor"} if merchant else {}
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        asked = [
            _probe(session, base.rstrip("/").replace("{merchant}", merchant) + paths[name], headers)
            for name, base in known.items()
        ]
        probes = await asyncio.gather(*asked, *(_probe(session, origin + "/", {}) for origin in origins))
    norce = dict(zip(known, probes, strict=False))
    qliro = dict(zip(origins, probes[len(known) :], strict=True))
    found = [_norce(name, base, norce.get(name), bool(merchant)) for name, base in bases.items()]
    return [*found, *_qliro(qliro), _clock(probes)]


def _merchant(settings: Settings) -> tuple[str, str]:
    """A merchant with a key of its own to ask with; empty when only the common key is known."""
    for merchant, token in settings.tokens().items():
        return merchant, token.reveal().split(",")[0].strip()
    return "", ""


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
    if probe.status in {401, 403} and with_key:
        remedy = "Check the merchant's key in ADAPTER_NORCE_TOKENS."
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
