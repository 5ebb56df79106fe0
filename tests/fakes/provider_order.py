"""An order as the fake provider keeps it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from application.ports.configurations import ProviderAccount
from application.ports.merchant_payments import MerchantPaymentDraft
from application.ports.provider import CallbackUrls, CheckoutDraft
from domain.checkout import CheckoutLine, CheckoutStatus, OrderLine, ProviderCheckout
from domain.ledger import (
    ActionKind,
    ItemAction,
    ItemGroup,
    OrderItem,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.order import Address
from domain.outcomes import Declined, Outcome, Pending
from domain.saved_card import SavedCard
from domain.upsell import UpsellEligibility

_EPOCH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ACTS = {
    TransactionKind.CAPTURE: ActionKind.SHIP,
    TransactionKind.REVERSAL: ActionKind.RELEASE,
    TransactionKind.REFUND: ActionKind.RETURN,
}


@dataclass(slots=True)
class FakeOrder:
    """One order at the provider; tests may change anything."""

    id: int
    owner: ProviderAccount
    draft: CheckoutDraft
    lines: tuple[OrderLine, ...]
    status: CheckoutStatus = CheckoutStatus.IN_PROCESS
    expired: bool = False
    cancelled: bool = False
    added: tuple[CheckoutLine, ...] = ()
    """Shipping and fees that the provider added itself."""
    billing: Address | None = None
    shipping: Address | None = None
    newsletter: bool | None = None
    saved_card: SavedCard | None = None
    transactions: list[Transaction] = field(default_factory=list)
    actions: list[ItemAction] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    """The versions of the updates received."""
    upsell: UpsellEligibility = field(default_factory=UpsellEligibility)
    upsell_link: str = ""
    """Where customers pay for more; empty = it is added to what they pay with."""
    upsell_replaces: bool = False
    """Whether an upsell makes one reservation of all, or one more."""
    upsold: dict[str, tuple[OrderItem, ...]] = field(default_factory=dict)
    """Rows that were asked for, by upsell id."""
    beside: set[int] = field(default_factory=set)
    """Reservations that leave their parent as it is."""
    merchant_made: MerchantPaymentDraft | None = None
    """Charged without a customer: it has no checkout."""

    @classmethod
    def charged(cls, order_id: int, owner: ProviderAccount, draft: MerchantPaymentDraft) -> "FakeOrder":
        """An order that the merchant made; money operations treat it like any that was bought."""
        checkout = CheckoutDraft(
            merchant_reference=draft.merchant_reference,
            basket=draft.basket,
            country=draft.country,
            culture=draft.culture,
            confirmation_url="",
            terms_url="",
            callbacks=CallbackUrls("", "", draft.order_management),
        )
        return cls(order_id, owner, checkout, draft.basket.lines, CheckoutStatus.COMPLETED, merchant_made=draft)

    def all_lines(self) -> tuple[CheckoutLine, ...]:
        own = tuple(
            CheckoutLine(
                reference=line.reference,
                description=line.description,
                type=line.type,
                quantity=line.quantity,
                price_inc=line.price_inc,
                price_ex=line.price_ex,
            )
            for line in self.lines
        )
        return own + self.added

    @property
    def total(self) -> int:
        return sum(line.quantity * line.price_inc for line in self.all_lines())

    def ledger(self) -> ProviderLedger:
        return ProviderLedger(
            provider_order_id=self.id,
            merchant_reference=self.draft.merchant_reference,
            currency=self.draft.basket.currency,
            transactions=tuple(self.transactions),
            actions=tuple(self.actions),
        )

    def act(self, kind: ActionKind, transaction_id: int, row: CheckoutLine | OrderItem) -> None:
        """Note what a transaction does to a row, all of its quantity."""
        self.actions.append(
            ItemAction(
                kind=kind,
                transaction_id=transaction_id,
                reference=row.reference,
                description=row.description,
                type=row.type,
                quantity=row.quantity,
                price_inc=row.price_inc,
                price_ex=row.price_ex,
            )
        )

    def begin(
        self,
        transaction_id: int,
        kind: TransactionKind,
        amount: int,
        *,
        parent: int | None = None,
        status: TransactionStatus = TransactionStatus.CREATED,
    ) -> Transaction:
        """Note a new transaction."""
        made = Transaction(transaction_id, parent, kind, status, amount, _EPOCH)
        self.transactions.append(made)
        return made

    def move(self, transaction_id: int, kind: TransactionKind, group: ItemGroup, *, amount: int | None = None) -> int:
        """Begin to move these rows, or this much; they count once the transaction succeeds. The transaction's id."""
        self.begin(transaction_id, kind, group.total_inc if amount is None else amount, parent=group.transaction_id)
        for item in group.items:
            self.act(_ACTS[kind], transaction_id, item)
        return transaction_id

    def replace_reservation(self, transaction_id: int, keep: ItemGroup) -> Outcome:
        """Begin to reserve these rows instead of those of their reservation, which ends when the new one succeeds."""
        old = self.ledger().transaction(keep.transaction_id)
        if old is None or keep.total_inc > self.ledger().totals().remaining:
            return Declined("OPERATION_NOT_SUPPORTED", "Adding items that increase the reserved amount is not allowed")
        self.begin(transaction_id, TransactionKind.PREAUTHORIZATION, keep.total_inc, parent=old.id)
        for item in keep.items:
            self.act(ActionKind.RESERVE, transaction_id, item)
        return Pending((transaction_id,))

    def sell_more(self, transaction_id: int, rows: tuple[OrderItem, ...], status: TransactionStatus) -> int:
        """Begin to reserve, or to take, what these rows cost; with `upsell_replaces` together with all before."""
        first = next(t for t in self.transactions if t.status is TransactionStatus.SUCCESS)
        worth = sum(row.total_inc for row in rows)
        kept = self.ledger().shippable() if self.upsell_replaces else ()
        if not kept:
            self.beside.add(transaction_id)
        amount = worth + sum(group.total_inc for group in kept)
        made = self.begin(transaction_id, first.kind, amount, parent=first.id)
        for row in (*(row for group in kept for row in group.items), *rows):
            self.act(ActionKind.RESERVE, transaction_id, row)
        if status.final:
            self.decide(made, status)
        return transaction_id

    def decide(self, made: Transaction, status: TransactionStatus, error_code: str = "") -> None:
        """A transaction's end."""
        decided = replace(made, status=status, error_code=error_code)
        self.transactions = [decided if t.id == made.id else t for t in self.transactions]
        reserves = made.kind is TransactionKind.PREAUTHORIZATION and made.id not in self.beside
        replaced = reserves and made.parent and status is TransactionStatus.SUCCESS
        if replaced:
            self.transactions = [
                replace(t, status=TransactionStatus.CANCELLED) if t.id == made.parent else t for t in self.transactions
            ]
        if made.kind is TransactionKind.REVERSAL and status is TransactionStatus.SUCCESS:
            self.cancelled = self.ledger().totals().captured == 0

    def checkout(self) -> ProviderCheckout:
        """The checkout as the provider tells it."""
        paid = bool(self.transactions)
        return ProviderCheckout(
            provider_order_id=self.id,
            merchant_reference=self.draft.merchant_reference,
            status=self.status,
            currency=self.draft.basket.currency,
            country=self.draft.country,
            language=self.draft.culture.lower(),
            total=self.total,
            lines=self.all_lines(),
            snippet=f"<script>/* order {self.id} */</script>",
            billing=self.billing,
            shipping=self.shipping,
            payment_method="CREDITCARDS" if paid else None,
            payment_type="VISA" if paid else None,
            newsletter=self.newsletter,
            saved_card=self.saved_card,
            upsell=self.upsell,
            payment_id=self.draft.payment_id,
        )


def beyond(wanted: tuple[ItemGroup, ...], there: tuple[ItemGroup, ...], *, gone: str) -> Declined | None:
    """Why these rows cannot be moved: not there, or more than there is."""
    left = {
        (group.transaction_id, item.reference, item.price_inc): item.quantity for group in there for item in group.items
    }
    if not left:
        return Declined(gone, "There is nothing left")
    for group in wanted:
        for item in group.items:
            quantity = left.get((group.transaction_id, item.reference, item.price_inc))
            if quantity is None:
                return Declined("INVALID_ITEM", "Could not find a matching item")
            if item.quantity > quantity:
                return Declined("EXCEEDING_QUANTITY", "Quantity exceeds what is available")
    return None
