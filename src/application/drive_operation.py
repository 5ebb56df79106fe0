"""Carry an operation on from wherever it stands: ask Qliro's books, call if needed, wait for the decision."""

from datetime import datetime

from application.adopt_payment import evidence_of
from application.deadline import within_deadline
from application.drive_upsell import DriveUpsell
from application.journal import Journal
from application.patience import Patience
from application.plan_operation import (
    believable,
    disagreement,
    failed_unnamed,
    in_flight,
    next_call,
    outcome_told_by,
    refunded_unseen,
    unnamed,
)
from application.ports.clock import Clock, Ids
from application.ports.configurations import ProviderAccount
from application.ports.provider import PaymentProvider
from domain.checkout import CheckoutStatus
from domain.errors import ProviderUnavailable
from domain.ledger import ProviderLedger
from domain.operation import Operation, OperationKind
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined, Outcome, Pending, Unknown
from domain.payment import Payment
from domain.planned_call import PlannedCall

_POLLS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0)
_BUSY_PAUSES = (0.3, 2.0, 4.0)
_UNCERTAIN_CALLS = 3
_BEFORE_ASKING = 0.2
ODD_BOOKS = "ODD_BOOKS"
_OUTDATED_IDS = frozenset({"PAYMENT_REFERENCE_IS_INCORRECT", "INVALID_PAYMENT_TYPE"})


class DriveOperation:
    """Asks before it repeats: a call whose answer was lost is looked up, and sent again only with the same key."""

    def __init__(self, provider: PaymentProvider, clock: Clock, ids: Ids, patience: Patience) -> None:
        self._provider = provider
        self._clock = clock
        self._ids = ids
        self._patience = patience
        self._upsell = DriveUpsell(provider, clock, ids, patience)

    async def __call__(
        self,
        journal: Journal,
        operation: Operation,
        account: ProviderAccount,
        *,
        fresh: bool,
        books: ProviderLedger | None = None,
    ) -> Operation:
        """The operation, settled or as far as the decision budget allows.

        `fresh` = it was written down just now, so nothing can have been sent before; `books` are then what it was
        planned from. The payment is moved to what the books say; the caller writes it down.
        """
        if operation.kind is OperationKind.UPSELL:
            return await self._upsell(journal, operation, account, fresh=fresh)
        drive = _Drive(self, journal, operation, account, fresh=fresh)
        return await drive.run(books)


class _Drive:
    """One run over one operation."""

    def __init__(
        self, tools: DriveOperation, journal: Journal, operation: Operation, account: ProviderAccount, *, fresh: bool
    ) -> None:
        self._provider, self._clock, self._ids = tools._provider, tools._clock, tools._ids
        self._journal = journal
        self._payment: Payment = journal.payment
        self._id = operation.id
        self._account = account
        self._until: datetime = self._clock.now() + within_deadline(tools._patience.decision)
        self._polls = iter(_POLLS)
        self._pauses = iter(_BUSY_PAUSES)
        self._uncertain = 0 if fresh else 1
        self._received = self._unsent = self._renamed = False

    @property
    def _operation(self) -> Operation:
        return self._payment.operation(self._id)

    async def run(self, books: ProviderLedger | None) -> Operation:
        while self._operation.state.open:
            try:
                ledger, books = books or await self._books(), None
            except ProviderUnavailable as failure:
                return self._decide(self._unless_certain(failure))
            outcome = self._told_by(ledger)
            if outcome is None:
                outcome = await self._ask(ledger)
            if outcome is not None and await self._enough(outcome):
                return self._decide(outcome)
        return self._operation

    def _told_by(self, ledger: ProviderLedger) -> Outcome | None:
        if self._payment.outdated(ledger.mark):  # decides nothing, and nothing is asked for because of it
            return Pending(self._operation.transactions)
        if self._uncertain and not self._operation.current and (made := unnamed(self._operation, ledger)):
            self._payment.decide(self._id, Pending(made), at=self._clock.now())
        told = outcome_told_by(self._operation, ledger)
        if told is None and in_flight(ledger):
            return Pending(self._operation.transactions)
        if told is None and self._received and not refunded_unseen(self._operation, ledger):
            failed = failed_unnamed(self._payment, self._operation, ledger, now=self._clock.now())
            return failed or Pending(self._operation.transactions)
        return told

    async def _ask(self, ledger: ProviderLedger) -> Outcome | None:
        """Make the next call; None = look into the books again."""
        if self._operation.current or (self._received and refunded_unseen(self._operation, ledger)):
            await self._next_step()
        call = next_call(self._operation, ledger)
        if call is None:
            return Accepted(self._operation.transactions)
        odd = disagreement(self._operation, call, ledger)
        outcome: Outcome = Declined(ODD_BOOKS, odd) if odd else await self._call(call)
        match outcome:
            case Unknown():
                self._uncertain += 1
                self._received = outcome == ALREADY_RECEIVED
                if self._uncertain >= _UNCERTAIN_CALLS:
                    return outcome
                await self._clock.sleep(_BEFORE_ASKING)
                return None
            case Declined(code=code) if code == ODD_BOOKS or self._unsent:
                return outcome
            case Declined(retryable=True):
                return await self._after_refusal(outcome)
            case Declined():
                return await self._unless_done(outcome, call)
            case Pending() | Accepted():
                self._payment.decide(self._id, Pending(outcome.transactions), at=self._clock.now())
                return None if outcome.transactions else await self._unless_shown()

    async def _call(self, call: PlannedCall) -> Outcome:
        operation, payment = self._operation, self._payment
        order_id, key = payment.provider_order_id or 0, operation.request_id
        try:
            match operation.kind:
                case OperationKind.CAPTURE:
                    return await self._provider.capture(
                        self._account, order_id, request_id=key, currency=payment.currency, shipments=call.groups
                    )
                case OperationKind.CANCEL:
                    return await self._provider.cancel(self._account, order_id, request_id=key)
                case OperationKind.REFUND:
                    return await self._provider.refund(
                        self._account, order_id, request_id=key, currency=payment.currency, call=call
                    )
                case OperationKind.REDUCE:
                    return await self._provider.reduce(
                        self._account, order_id, request_id=key, currency=payment.currency, keep=call.groups[0]
                    )
                case OperationKind.UPSELL:
                    raise AssertionError("an upsell is driven on its own")
        except ProviderUnavailable as failure:
            return self._unless_certain(failure)

    async def _books(self) -> ProviderLedger:
        ledger = await self._provider.read_ledger(self._account, self._payment.provider_order_id or 0)
        self._payment.observe(evidence_of(ledger, CheckoutStatus.UNKNOWN), at=self._clock.now())
        return ledger

    async def _after_refusal(self, refused: Declined) -> Outcome | None:
        pause = next(self._pauses, None)
        if pause is None or not self._time_left(pause):
            return refused
        if not self._uncertain:  # what is in process may be the call whose answer was lost: then its key stays
            await self._change_key()
        await self._clock.sleep(pause)
        return None

    async def _change_key(self) -> None:
        """Written down before the same is asked under it."""
        self._payment.change_key(self._id, request_id=self._ids.fresh(), at=self._clock.now())
        await self._journal.write()

    async def _unless_shown(self) -> Outcome | None:
        """Qliro names no transaction: only its books can tell, and they are not asked for ever."""
        self._uncertain += 1
        if self._uncertain >= _UNCERTAIN_CALLS:
            return Unknown("Qliro says that it has been done, and its books do not show it.")
        await self._clock.sleep(_BEFORE_ASKING)
        return None

    async def _unless_done(self, refused: Declined, call: PlannedCall) -> Outcome | None:
        """A refusal because nothing is left is a success that somebody else had, or an earlier call of ours.

        One because the ids are outdated is none: the same sum is asked for once more, by the ids of now.
        """
        try:
            ledger = await self._books()
        except ProviderUnavailable as failure:
            return Unknown(failure.message) if self._uncertain else refused
        if self._uncertain and self._may_be_ours(ledger):
            return None
        anew = next_call(self._operation, ledger)
        if not (anew or in_flight(ledger)):
            return Accepted(self._operation.transactions)
        if self._uncertain and not believable(self._payment, now=self._clock.now()):
            return Unknown(f"An answer was lost, and asked again Qliro said: {refused.message}")
        moved = anew is not None and anew != call and anew.amount == call.amount
        if refused.code not in _OUTDATED_IDS or self._uncertain or self._renamed or not moved:
            return refused
        self._renamed = True
        await self._change_key()
        return None

    def _may_be_ours(self, ledger: ProviderLedger) -> bool:
        """Whether a call whose answer was lost may be what stood in the way of this one."""
        outdated = self._payment.outdated(ledger.mark)
        return outdated or bool(in_flight(ledger) or unnamed(self._operation, ledger))

    async def _next_step(self) -> None:
        """The call in hand has succeeded and another one follows: written down before it is made."""
        self._payment.advance(self._id, request_id=self._ids.fresh(), at=self._clock.now())
        self._uncertain, self._received = 0, False
        await self._journal.write()

    async def _enough(self, outcome: Outcome) -> bool:
        """Whether to stop here; otherwise wait a little for an undecided transaction."""
        if not isinstance(outcome, Pending):
            return True
        pause = next(self._polls, _POLLS[-1])
        if not self._time_left(pause):
            return True
        await self._clock.sleep(pause)
        return False

    def _time_left(self, pause: float) -> bool:
        return (self._until - self._clock.now()).total_seconds() > pause

    def _unless_certain(self, failure: ProviderUnavailable) -> Outcome:
        if failure.sent or self._uncertain or self._operation.transactions:
            return Unknown(failure.message)
        self._unsent = True
        return Declined(failure.fault.code or "UNREACHABLE", failure.message, retryable=True)

    def _decide(self, outcome: Outcome) -> Operation:
        return self._payment.decide(self._id, outcome, at=self._clock.now())
