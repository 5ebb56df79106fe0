"""Carry an attempt to sell more on from wherever it stands: ask Qliro's books, call once, wait for the decision.

A call whose answer was lost is looked up before anything is repeated, and repeated only with the key that was stored
before: Qliro carries out one request per key. Where the customer has to pay at a link, only Qliro's message or the
end of the window decides.
"""

from dataclasses import replace
from datetime import timedelta

from application.adopt_payment import evidence_of
from application.journal import Journal
from application.patience import Patience
from application.ports.clock import Clock, Ids
from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from domain.checkout import CheckoutStatus
from domain.errors import ProviderUnavailable
from domain.operation import Operation
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Pending, Unknown
from domain.payment import Payment
from domain.upsell import UpsellAnswer, UpsellAttempt, UpsellWindow
from domain.upselling import upsell_told_by

_POLLS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0)
_BUSY_PAUSES = (0.3, 1.0, 2.0)
_MOST_CALLS = 3
_BEFORE_ASKING = 0.2
LATEST = timedelta(seconds=30)
"""So long after the end a request is waited for that may or may not have arrived."""
EXPIRED = "UPSELL_EXPIRED"


class DriveUpsell:
    """Brings an attempt as far as the decision budget allows."""

    def __init__(self, provider: PaymentProvider, clock: Clock, ids: Ids, patience: Patience) -> None:
        self.provider = provider
        self.clock = clock
        self.ids = ids
        self.patience = patience

    async def __call__(
        self, journal: Journal, operation: Operation, account: ProviderAccount, *, fresh: bool
    ) -> Operation:
        """`fresh` = it was written down just now, so nothing can have been sent before. The caller writes it down."""
        return await _Run(self, journal, operation, account, fresh=fresh).on()


class _Run:
    """One run over one attempt."""

    def __init__(
        self, tools: DriveUpsell, journal: Journal, operation: Operation, account: ProviderAccount, *, fresh: bool
    ) -> None:
        self._tools, self._provider, self._clock = tools, tools.provider, tools.clock
        self._journal, self._account = journal, account
        self._payment: Payment = journal.payment
        self._id = operation.id
        self._ends = self._clock.now() + tools.patience.decision
        self._polls, self._pauses = iter(_POLLS), iter(_BUSY_PAUSES)
        self._asked, self._calls = not fresh, 0
        self._uncertain = not fresh
        self._refused: Declined | None = None
        self._over = False

    @property
    def _operation(self) -> Operation:
        return self._payment.operation(self._id)

    @property
    def _window(self) -> UpsellWindow:
        window = self._payment.upsell
        if window is None:
            raise AssertionError("an attempt belongs to a window")
        return window

    @property
    def _attempt(self) -> UpsellAttempt:
        attempt = self._window.attempt(self._id)
        if attempt is None:
            raise AssertionError("an attempt is noted with its operation")
        return attempt

    async def on(self) -> Operation:
        while self._operation.state.open and not self._over:
            if self._asked and not await self._looked_up():
                break
            if self._operation.state.open:
                await self._next()
        return self._operation

    async def _looked_up(self) -> bool:
        """Whether the books could be read; what they say is applied."""
        try:
            ledger = await self._provider.read_ledger(self._account, self._payment.provider_order_id or 0)
        except ProviderUnavailable:
            return False
        self._payment.observe(evidence_of(ledger, CheckoutStatus.UNKNOWN), at=self._clock.now())
        if self._payment.outdated(ledger.mark):
            return True
        outcome = upsell_told_by(self._payment, self._operation, ledger)
        if outcome is not None:
            self._payment.decide(self._id, outcome, at=self._clock.now())
        return True

    async def _next(self) -> None:
        """One step on: wait, give up, or ask."""
        now = self._clock.now()
        if self._attempt.link:
            self._over = True
            if now >= self._window.until:
                self._give_up("The customer has not paid at the link in time.")
        elif self._operation.transactions:
            self._over = not await self._waited(next(self._polls, _POLLS[-1]))
        elif self._refused is not None:
            self._payment.decide(self._id, self._refused, at=now)
        elif now >= self._window.until:
            self._late()
        elif self._calls >= _MOST_CALLS:
            self._over = not await self._waited(next(self._polls, _POLLS[-1]))
        else:
            await self._ask()

    def _late(self) -> None:
        """Nothing is asked for any more; what may have arrived is waited for a little."""
        self._over = True
        if not self._uncertain or self._clock.now() >= self._window.until + LATEST:
            self._give_up("Qliro's books show nothing of it.")

    def _give_up(self, reason: str) -> None:
        self._payment.decide(self._id, Declined(EXPIRED, reason), at=self._clock.now())

    async def _ask(self) -> None:
        self._asked = True
        self._calls += 1
        try:
            answer = await self._called()
        except ProviderUnavailable as failure:
            if not failure.sent:  # the background tries again
                self._over = True
                return
            answer = UpsellAnswer(Unknown(failure.message))
        match answer.outcome:
            case Declined(retryable=True):
                await self._again_later()
            case Declined():
                await self._refuse(answer.outcome)
            case Pending() | Accepted() if answer.outcome.transactions or answer.link:
                await self._received(answer)
            case _:
                await self._lost(answer)

    async def _called(self) -> UpsellAnswer:
        operation, payment = self._operation, self._payment
        return await self._provider.upsell(
            self._account,
            payment.provider_order_id or 0,
            request_id=operation.request_id,
            upsell_id=self._attempt.upsell_id,
            currency=payment.currency,
            rows=operation.plan[0].groups[0].items,
        )

    async def _received(self, answer: UpsellAnswer) -> None:
        if answer.link:
            self._payment.try_upsell(replace(self._attempt, link=answer.link), at=self._clock.now())
        ids = answer.outcome.transactions if isinstance(answer.outcome, Pending | Accepted) else ()
        self._payment.decide(self._id, Pending(ids), at=self._clock.now())
        await self._journal.write()

    async def _lost(self, answer: UpsellAnswer) -> None:
        lost = answer.outcome if isinstance(answer.outcome, Unknown) else Unknown("Qliro's answer names nothing.")
        self._uncertain = True
        if lost == ALREADY_RECEIVED:
            self._calls = _MOST_CALLS
        self._payment.decide(self._id, lost, at=self._clock.now())
        self._over = not await self._waited(_BEFORE_ASKING)

    async def _refuse(self, refused: Declined) -> None:
        """A refusal of a repeat may be because the first one arrived: the books are asked before it counts."""
        if self._uncertain:
            self._refused = refused
        else:
            self._payment.decide(self._id, refused, at=self._clock.now())

    async def _again_later(self) -> None:
        """Another transaction stood in the way. Nothing has been done under this key, unless an earlier call was."""
        if not self._uncertain:
            self._payment.change_key(self._id, request_id=self._tools.ids.fresh(), at=self._clock.now())
            await self._journal.write()
        pause = next(self._pauses, None)
        self._over = pause is None or not await self._waited(pause)

    async def _waited(self, pause: float) -> bool:
        """Whether there was time left to wait so long."""
        if (self._ends - self._clock.now()).total_seconds() <= pause:
            return False
        await self._clock.sleep(pause)
        return True
