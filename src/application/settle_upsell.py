"""What Qliro tells of an upsell (qliro.md 7.2, 12): its books decide, but a link that nobody paid at is not in them."""

from dataclasses import dataclass
from uuid import UUID

from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion
from application.journal import Journal
from application.observation import Observer
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfigurations
from application.ports.inbox import Notice
from application.settle_payment import SettlePayment
from domain.errors import LedgerDisagrees, ProviderUnavailable
from domain.identifiers import PaymentKey
from domain.ledger import ProviderLedger, Transaction, TransactionStatus
from domain.operation import OperationState
from domain.outcomes import Accepted, Declined
from domain.payment import Payment
from domain.upsell import UpsellAttempt

REFUSED = "UPSELL_FAILED"
_FAILED = frozenset({"error", "cancelled"})


@dataclass(frozen=True, slots=True)
class UpsellTold:
    """What a push says: `transaction` is 0 when none was made. A result unheard of is neither: only the books count."""

    upsell_id: str
    success: bool
    failed: bool
    transaction: int

    @classmethod
    def by(cls, notice: Notice) -> "UpsellTold":
        facts = notice.facts
        status = str(facts.get("status") or "").lower()
        success, failed = status == "success", status in _FAILED
        return cls(str(facts.get("upsellId") or ""), success, failed, int(facts.get("transactionId") or 0))


class SettleUpsell:
    """Settles one attempt and the payment with it, in one commit. The same push again changes nothing."""

    def __init__(
        self,
        exclusion: Exclusion,
        settle: SettlePayment,
        configurations: MerchantConfigurations,
        deliver: DeliverMessages,
        observer: Observer,
        clock: Clock,
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._configurations = configurations
        self._deliver = deliver
        self._observer = observer
        self._clock = clock

    async def __call__(self, key: PaymentKey, told: UpsellTold) -> Payment:
        """The payment as it then stands.

        Raises OrderBusy, ProviderUnavailable (the books don't show it yet) and LedgerDisagrees (they show the
        contrary): the push is kept and looked at again.
        """
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            journal = Journal(held, payment)
            reading = await self._settle.bring(payment, configuration)
            if reading.ledger is not None:
                self._decide(payment, reading.ledger, told)
            owed = await journal.write(release=True, relay=True)
        await self._deliver.at_once(key.order, owed)
        return payment

    def _decide(self, payment: Payment, ledger: ProviderLedger, told: UpsellTold) -> None:
        made = ledger.transaction(told.transaction) if told.transaction else None
        if told.success:
            _require_success(made, told)
        elif told.failed and made is not None and made.status is TransactionStatus.SUCCESS:
            raise LedgerDisagrees(f"Qliro says that an upsell failed, and shows transaction {made.id} as a success.")
        attempt = payment.upsell.named(told.upsell_id) if payment.upsell else None
        if attempt is None:
            return  # another instance's, or the portal's: the books have been followed
        if told.success:
            self._succeeded(payment, attempt, told.transaction)
        elif told.failed and payment.operation(attempt.operation_id).state.open:
            reason = Declined(REFUSED, "Qliro says that the upsell failed.")
            payment.decide(attempt.operation_id, reason, at=self._clock.now())

    def _succeeded(self, payment: Payment, attempt: UpsellAttempt, transaction: int) -> None:
        ident: UUID = attempt.operation_id
        now, state = self._clock.now(), payment.operation(ident).state
        if state.open:
            payment.decide(ident, Accepted((transaction,)), at=now)
        elif state is OperationState.FAILED and payment.sold_late(ident, transaction, at=now):
            text = f"upsell {attempt.upsell_id} was given up and has been paid all the same (transaction {transaction})"
            self._observer.disagreement(payment.key, text)


def _require_success(made: Transaction | None, told: UpsellTold) -> None:
    if made is None or not made.status.final:
        raise ProviderUnavailable(f"Qliro's books don't show transaction {told.transaction} as decided yet.")
    if made.status is not TransactionStatus.SUCCESS:
        raise LedgerDisagrees(f"Qliro says that an upsell succeeded, and ended transaction {made.id} as {made.status}.")
