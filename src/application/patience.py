"""How long this service waits for what."""

from dataclasses import dataclass
from datetime import timedelta

from domain.attention import PAUSES


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times. A request that waits longer than these answers that it could not be done now."""

    claim: timedelta = timedelta(seconds=8)
    """For exclusive work on an order, by a storefront or an ERP."""
    hook_claim: timedelta = timedelta(seconds=1)
    """The same inside a hook, while Norce holds its lock: shorter than what validate may take."""
    lease: timedelta = timedelta(seconds=15)
    """A claim's life without renewal: what a dead holder costs the next one."""
    validate: timedelta = timedelta(seconds=2.4)
    """For the decision about a purchase; Qliro takes silence for approval."""
    unsigned: timedelta = timedelta(seconds=1.5)
    """For finding out whose payment a callback without a token is about: validate comes after it."""
    hook: timedelta = timedelta(seconds=3)
    """For a whole hook. Norce gives up later, and what Qliro did by then would not be what Norce holds."""
    decision: timedelta = timedelta(seconds=10)
    """For Qliro to decide a capture, cancel or refund before the answer says it is pending."""
    looks: tuple[timedelta, ...] = PAUSES
    """Between looks at an undecided payment, to begin with; then hourly, then daily."""
    processing: timedelta = timedelta(minutes=15)
    """After this an order that was frozen for a purchase nobody finished is opened again."""
    checkout_lifetime: timedelta = timedelta(hours=24)
    """After this an unpaid Qliro order can't be changed any more."""
