"""The batch job: compare Norce, Qliro and our books, mend what may be mended, name the rest."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from entrypoints.cli.report_options import AS_USUAL, ReportOptions
from entrypoints.cli.usage import WrongUsage

if TYPE_CHECKING:
    from application.reconciliation_scope import Scope
    from domain.lifecycle import PaymentStatus
    from domain.reconciliation import ReconciliationRun
    from entrypoints.cli.report_shown import Shown
    from entrypoints.reconciling import Conduct

app = App(name="reconcile", result_action="return_value")
app.command(
    "entrypoints.cli.settlements:settlements",
    name="settlements",
    help="Explain every krona that Qliro paid out; export it for bookkeeping.",
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which payments are meant; without any: all that are undecided, what changed in the last 48 hours, and the rest in
    turn.
    """

    since: Annotated[
        str,
        Parameter(help="Changed since: 2026-11-20, 2026-11-20T18:00, yesterday, -2d, 48h.", allow_leading_hyphen=True),
    ] = ""
    until: Annotated[str, Parameter(help="Changed before; the same forms.", allow_leading_hyphen=True)] = ""
    merchant: Annotated[str, Parameter(help="Only this merchant's.")] = ""
    channel: Annotated[str, Parameter(help="Only this channel's.")] = ""
    order: Annotated[str, Parameter(help="Only this order's, whenever they changed and decided or not.")] = ""
    state: Annotated[str, Parameter(help="Only those in these states of ours or Norce's: authorized,captured")] = ""
    only_open: Annotated[bool, Parameter(help="Only what nobody has decided or delivered yet.", negative="")] = False
    decided_every: Annotated[
        int, Parameter(help="Days in which each decided payment is looked at once; 0 = never. Not with a period.")
    ] = 30


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What may be done, and how fast."""

    apply: Annotated[bool, Parameter(help="Mend. Without it nothing is changed anywhere.", negative="")] = False
    cancel_orphans: Annotated[
        bool, Parameter(help="Also cancel paid reservations whose Norce order is gone.", negative="")
    ] = False
    orphan_age: Annotated[str, Parameter(help="Only reservations that have been there for so long.")] = "7d"
    late_after: Annotated[str, Parameter(help="How long operations and messages may take.")] = "15m"
    concurrency: Annotated[int, Parameter(help="Calls in flight per merchant and upstream, at most.")] = 16
    rate: Annotated[float, Parameter(help="Calls per second per merchant and upstream, at most; 0 = no limit.")] = 0.0
    parts: Annotated[int, Parameter(help="Parts of the work in this process's hands at a time.")] = 4


_EVERYTHING, _DRY = Which(), How()
_HINT = " Is it another merchant's? Name --merchant."


@app.default
def reconcile(*, which: Which = _EVERYTHING, how: How = _DRY, told: ReportOptions = AS_USUAL) -> int:
    """Compare payments three ways. Several of these may run at once: they share the work."""
    from adapters.system import SystemClock

    now = SystemClock().now()
    return run(scope(which, how, now=now), conduct(how), told)


@app.command
def runs(
    *,
    limit: Annotated[int, Parameter(help="The newest so many.")] = 20,
    format: Annotated[Literal["table", "json"], Parameter(help="`table` or `json`.")] = "table",
) -> int:
    """List the runs that are on record, the newest first."""
    from entrypoints.cli.reconcile_runs import list_runs
    from entrypoints.settings import load

    return list_runs(load(), limit=limit, as_json=format == "json")


@app.command
def show(
    run: Annotated[str, Parameter(name="RUN", help="As `runs` shows it, the beginning of that, or `latest`.")],
    /,
    *,
    told: ReportOptions = AS_USUAL,
) -> int:
    """Show a run that is on record again, in any form. Exit status 0 when it was shown."""
    from entrypoints.cli.reconcile_runs import show_run
    from entrypoints.settings import load

    return show_run(load(), run, told)


def run(scope: "Scope", conduct: "Conduct", told: ReportOptions) -> int:
    """The exit status. Raises SettingsError and WrongUsage before anything is done; without a database it is 1."""
    from adapters.observability.logging import configure_logging
    from adapters.persistence.embedded import EmbeddedServerError
    from application.find_order import UnknownOrder
    from domain.errors import AdapterError
    from entrypoints.cli.report_shown import shown
    from entrypoints.collector import spare_what_is_loaded
    from entrypoints.reconciling import reconciler
    from entrypoints.settings import load

    settings = load()
    settings.require_upstreams()
    configure_logging("error", settings.log_format)

    async def act(report: "Shown") -> "ReconciliationRun":
        async with reconciler(settings, pool_size=settings.database_pool) as opened:
            spare_what_is_loaded()
            ended = await opened.reconcile(scope, report.findings, who=who(), conduct=conduct)
            await report.tell(ended, opened.store.reconciliations)
            if scope.lists_norce and not any(ended.counts.requests.values()):
                print("Nobody's payments are known here: name --merchant to look at what Norce has.", file=sys.stderr)
            return ended

    try:
        with shown(told, settings) as report:
            return 0 if asyncio.run(act(report)).clean else 1
    except UnknownOrder as unknown:
        raise WrongUsage(f"--order: {unknown}{_HINT if not scope.merchant else ''}") from unknown
    except (AdapterError, EmbeddedServerError, OSError) as failure:
        print(f"{failure} `qliro-adapter doctor` tells more.", file=sys.stderr)
        return 1


def scope(which: Which, how: How, *, now: datetime) -> "Scope":
    """What is asked for. Raises WrongUsage."""
    from application.mend_payment import MendingRules
    from application.reconciliation_scope import RECENT, Scope, todays_rotation
    from entrypoints.cli.moments import moment_of, span_of

    since = moment_of(which.since, now=now, option="--since") if which.since else None
    until = moment_of(which.until, now=now, option="--until") if which.until else None
    if since and since > now:
        raise WrongUsage("--since lies in the future.")
    if until is not None and since is not None and until <= since:
        raise WrongUsage("--until must be later than --since.")
    if how.cancel_orphans and not how.apply:
        raise WrongUsage("--cancel-orphans goes with --apply only.")
    if not 0 <= which.decided_every <= 366:
        raise WrongUsage("--decided-every must be 0 (never) to 366.")
    windowed = since is not None or until is not None
    rotating = which.decided_every and not (windowed or which.only_open)
    rules = MendingRules(
        apply=how.apply,
        cancel_orphans=how.cancel_orphans,
        orphan_age=span_of(how.orphan_age, option="--orphan-age"),
    )
    return Scope(
        merchant=which.merchant.strip(),
        channel=which.channel.strip(),
        order_id=which.order.strip(),
        statuses=_statuses(which.state),
        only_open=which.only_open,
        undecided=not windowed,
        since=since if windowed else now - RECENT,
        until=until,
        rotation=todays_rotation(which.decided_every, now=now) if rotating else None,
        rules=rules,
        asked=_asked(which, how),
    )


def conduct(how: How) -> "Conduct":
    """How the run is to behave. Raises WrongUsage."""
    from application.reconcile_payments import Pace
    from application.tempo import TempoSettings
    from entrypoints.cli.moments import span_of
    from entrypoints.reconciling import Conduct

    if not 1 <= how.concurrency <= 1_000:
        raise WrongUsage("--concurrency must be 1 to 1000.")
    if not 1 <= how.parts <= 64:
        raise WrongUsage("--parts must be 1 to 64.")
    if how.rate != 0 and not 0.01 <= how.rate <= 100_000:
        raise WrongUsage("--rate must be 0 (no limit) or 0.01 to 100000.")
    return Conduct(
        tempo=TempoSettings(at_once=how.concurrency, per_second=how.rate),
        pace=Pace(parts=how.parts),
        late_after=span_of(how.late_after, option="--late-after"),
    )


def _asked(which: Which, how: How) -> dict[str, str]:
    """What makes two calls ask for the same: not how fast."""
    names = ("since", "until", "merchant", "channel", "order", "state", "only_open", "decided_every")
    asked = {name: str(getattr(which, name)) for name in names}
    return asked | {name: str(getattr(how, name)) for name in ("apply", "cancel_orphans", "orphan_age", "late_after")}


def _statuses(text: str) -> "frozenset[PaymentStatus]":
    from domain.lifecycle import PaymentStatus
    from domain.norce_state import statuses_shown_as

    found: set[PaymentStatus] = set()
    for name in (part.strip().lower().replace("-", "_") for part in text.split(",") if part.strip()):
        meant = {PaymentStatus(name)} if name in set(PaymentStatus) else statuses_shown_as(name)
        if not meant:
            known = ", ".join(PaymentStatus)
            raise WrongUsage(f"--state: {name!r} is no state; there are {known}, and Norce's names for them.")
        found |= meant
    return frozenset(found)


def who() -> str:
    """Who runs this, for the record: user and machine."""
    import getpass
    import socket

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return f"{name}@{socket.gethostname()}"
