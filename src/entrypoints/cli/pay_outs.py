"""Which pay-outs a command is about, as people say it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from entrypoints.cli.usage import WrongUsage

if TYPE_CHECKING:
    from datetime import date

    from application.explain_settlements import Question
    from domain.settlement import Period
    from entrypoints.settings import Settings

DEFAULT_DAYS = 61
_LONGEST_DAYS = 3_660


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class PayOuts:
    """Which pay-outs are meant: by the day on which Qliro paid, both ends included."""

    first: Annotated[
        str,
        Parameter(
            name="--from",
            help="First day: 2026-11-01, 2026/11/01, -30d; 61 days up to --to.",
            allow_leading_hyphen=True,
        ),
    ] = ""
    last: Annotated[
        str,
        Parameter(name="--to", help="Last day, Qliro's yesterday at the latest; yesterday.", allow_leading_hyphen=True),
    ] = ""
    merchant: Annotated[str, Parameter(help="Only this merchant's.")] = ""
    channel: Annotated[str, Parameter(help="Only this channel's; others are told as `other channels`.")] = ""
    currency: Annotated[str, Parameter(help="Only this currency: SEK, NOK, EUR …")] = ""
    term: Annotated[
        int | None, Parameter(help="Days after a capture within which it must be paid; ADAPTER_SETTLEMENT_TERM_DAYS.")
    ] = None
    lookups: Annotated[
        bool, Parameter(help="Ask Qliro for an order's rows where nothing else tells its VAT: one call per order.")
    ] = True


def question(pay_outs: PayOuts, settings: "Settings") -> "Question":
    """What is asked for. Raises WrongUsage."""
    from application.explain_settlements import Question

    term = settings.settlement_term_days if pay_outs.term is None else pay_outs.term
    period, currency = _period(pay_outs), _currency(pay_outs.currency)
    if not 0 <= term <= 366:
        raise WrongUsage("--term must be 0 to 366 days.")
    return Question(
        period=period,
        term_days=term,
        merchant=pay_outs.merchant.strip(),
        channel=pay_outs.channel.strip(),
        currency=currency,
        tariff=settings.tariff(),
    )


def _period(pay_outs: PayOuts) -> "Period":
    from datetime import timedelta

    from adapters.system import SystemClock
    from domain.settlement import Period
    from entrypoints.cli.moments import moment_of

    now = SystemClock().now()
    last = moment_of(pay_outs.last or "yesterday", now=now, option="--to").date()
    first = (
        moment_of(pay_outs.first, now=now, option="--from").date()
        if pay_outs.first
        else last - timedelta(days=DEFAULT_DAYS - 1)
    )
    if last < first:
        raise WrongUsage(f"--from {first} is later than --to {last}.")
    if (last - first).days >= _LONGEST_DAYS:
        raise WrongUsage(f"--from {first} to --to {last} is more than {_LONGEST_DAYS} days.")
    return Period(first, last)


def _currency(told: str) -> str:
    """In capitals; empty stands for all."""
    currency = told.strip().upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise WrongUsage(f"--currency: {told!r} is no currency code.")
    return currency


def too_late(last: "date") -> str:
    """What to say of a last day that Qliro has not settled yet."""
    return f"--to {last} is too late: Qliro has settled up to its yesterday."
