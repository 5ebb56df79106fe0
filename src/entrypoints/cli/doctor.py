"""Look for what would keep the service from working, and say how to mend it. Changes nothing."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from adapters.persistence.embedded import EmbeddedServerError, embedded_server
from adapters.persistence.session_check import check_session
from adapters.persistence.store import Store, open_store
from adapters.system import SystemClock
from domain.errors import StoreUnavailable
from entrypoints.cli.doctor_upstreams import upstream_findings
from entrypoints.cli.findings import Finding, State
from entrypoints.settings import Settings, SettingsError

_SHORT_KEY = 16


@dataclass(frozen=True, slots=True)
class _Advice:
    """A setting that works but could be better."""

    applies: bool
    found: str
    remedy: str


async def diagnose(settings: Settings) -> list[Finding]:
    """Every check, in the order in which to mend. Raises nothing; takes a few seconds at most."""
    upstreams = asyncio.create_task(upstream_findings(settings))
    return [*_settings(settings), *await _database(settings), *await upstreams]


def run_doctor(settings: Settings) -> int:
    """Print the findings. 0 when nothing is wrong, 1 when something is, 2 when it is the settings."""
    findings = asyncio.run(diagnose(settings))
    show(findings)
    wrong = [finding for finding in findings if finding.state is State.WRONG]
    if any(finding.check == "settings" for finding in wrong):
        return 2
    return 1 if wrong else 0


def show(findings: Sequence[Finding]) -> None:
    """A table for people, a line per finding for programs."""
    if not sys.stdout.isatty():
        for finding in findings:
            print("\t".join((finding.state, finding.check, finding.found, finding.remedy)).rstrip())
        return
    from rich.console import Console
    from rich.table import Table

    colours = {State.OK: "green", State.NOTE: "yellow", State.WRONG: "bold red"}
    table = Table("", "check", "found", "what to do", title_justify="left")
    for finding in findings:
        state = f"[{colours[finding.state]}]{finding.state}[/]"
        table.add_row(state, finding.check, _plain(finding.found), _plain(finding.remedy))
    Console().print(table)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _settings(settings: Settings) -> list[Finding]:
    try:
        settings.require_serving()
    except SettingsError as wrong:
        return [
            Finding(State.WRONG, "settings", f"{name}: {message}", f"Set {name}; see docs/settings.md.")
            for name, message in wrong.problems
        ]
    advice = [
        Finding(State.NOTE, "settings", given.found, given.remedy) for given in _advice(settings) if given.applies
    ]
    return [Finding(State.OK, "settings", "everything required is there"), *advice]


def _advice(settings: Settings) -> list[_Advice]:
    public = urlsplit(settings.public_url)
    return [
        _Advice(
            not settings.public_url,
            "ADAPTER_PUBLIC_URL is not set",
            "Then every merchant's configuration needs adapter.publicUrl.",
        ),
        _Advice(
            public.scheme == "http" and public.hostname not in {"127.0.0.1", "localhost", "::1"},
            "ADAPTER_PUBLIC_URL is not https",
            "Qliro calls back over https only: put a TLS proxy in front and name its address.",
        ),
        _Advice(
            any(len(key.reveal()) < _SHORT_KEY for _, key in settings.inbound()),
            f"a key in ADAPTER_INBOUND_KEYS has fewer than {_SHORT_KEY} characters",
            "Use long random keys, for example from `openssl rand -base64 32`.",
        ),
        _Advice(
            not settings.metrics_key,
            "ADAPTER_METRICS_KEY is not set: /metrics is closed",
            "Set it to let Prometheus in.",
        ),
        _Advice(
            not settings.database_url,
            "ADAPTER_DATABASE_URL is not set: the embedded server is used",
            "Fine for one machine; for replicas and backups use a PostgreSQL of your own.",
        ),
    ]


async def _database(settings: Settings) -> list[Finding]:
    where = _shown(settings)
    try:
        async with AsyncExitStack() as stack:
            url = settings.database_url
            url = url or await stack.enter_async_context(embedded_server(Path(settings.data_dir)))
            store = open_store(url, clock=SystemClock(), pool_size=1)
            stack.push_async_callback(store.close)
            async with asyncio.timeout(10):
                return [*await _schema(store, where), *await _session(url)]
    except (StoreUnavailable, TimeoutError) as failure:
        return [_unavailable(where, failure.__cause__ or failure)]
    except (EmbeddedServerError, OSError, ValueError) as failure:
        remedy = "Check that ADAPTER_DATA_DIR can be written, or set ADAPTER_DATABASE_URL."
        return [Finding(State.WRONG, "database", f"{where}: {failure}", remedy)]


def _unavailable(where: str, cause: BaseException) -> Finding:
    match cause:
        case StoreUnavailable():
            found, remedy = (
                "is read-only",
                "Point ADAPTER_DATABASE_URL at the server that takes writes, or make this one.",
            )
        case asyncpg.TooManyConnectionsError():
            found = "has no connection left"
            remedy = "Raise its max_connections, or keep ADAPTER_DATABASE_POOL x processes below it."
        case _:
            found = f"does not answer ({type(cause).__name__})"
            remedy = (
                "Check ADAPTER_DATABASE_URL (host, port, user, password), and that the server lets this machine in."
            )
    return Finding(State.WRONG, "database", f"{where} {found}", remedy)


async def _schema(store: Store, where: str) -> list[Finding]:
    await store.ping()
    answers = Finding(State.OK, "database", f"{where} answers")
    try:
        current = await store.schema_is_current()
    except StoreUnavailable:
        current = False
    if current:
        return [answers, Finding(State.OK, "schema", "is the newest")]
    return [answers, Finding(State.WRONG, "schema", "is not the newest", "Run `qliro-adapter migrate`.")]


async def _session(url: str) -> list[Finding]:
    """Silence when all is well: only those with a pooler in between need to hear of it."""
    checked = await check_session(url)
    if not checked.prepared:
        remedy = "Have the pooler keep a session per connection: docs/scaling.md says how."
        return [Finding(State.WRONG, "session", "does not last: a pooler hands it from client to client", remedy)]
    if not checked.limited:
        remedy = "Set statement_timeout and lock_timeout for the role: docs/scaling.md says how."
        return [Finding(State.NOTE, "session", "our time limits do not arrive: a pooler drops them", remedy)]
    return []


def _shown(settings: Settings) -> str:
    """Where the database is, without user and password."""
    if not settings.database_url:
        return f"embedded server in {settings.data_dir}"
    parts = urlsplit(settings.database_url)
    return f"{parts.hostname or 'local socket'}{parts.path}"
