"""Any discrepancy that could be stored."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.identifiers import OrderKey
from domain.money import LARGEST_MINOR, Money

MINOR = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
CURRENCIES = st.sampled_from(["SEK", "NOK", "EUR", "DKK"])
_NASTY = [
    "",
    "=1+1",
    "+46",
    "-5",
    "@x",
    "'",
    "''=",
    '"',
    ",",
    "\r\n",
    "\t=",
    "</td>",
    "<script>",
    "&lt;",
    "\x1b[2J",
    "＝1",
    "null",
]
FOREIGN = st.one_of(
    st.sampled_from(_NASTY), st.text(max_size=20), st.builds("".join, st.lists(st.sampled_from(_NASTY)))
)
SIDES = st.none() | st.builds(
    Side,
    state=FOREIGN,
    amount=st.none() | MINOR,
    currency=st.just("") | CURRENCIES,
    reference=FOREIGN,
    captured=st.none() | MINOR,
    refunded=st.none() | MINOR,
    cancelled=st.none() | MINOR,
)
DISCREPANCIES = st.builds(
    Discrepancy,
    kind=st.sampled_from(DiscrepancyKind),
    order=st.builds(OrderKey, FOREIGN, FOREIGN, FOREIGN),
    payment_id=FOREIGN,
    subject=FOREIGN,
    norce=SIDES,
    provider=SIDES,
    ours=SIDES,
    at_risk=st.none() | st.builds(Money, MINOR, CURRENCIES),
    since=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    verdict=st.sampled_from(Verdict),
    remedy=FOREIGN,
    detail=FOREIGN,
)
