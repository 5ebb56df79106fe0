"""The provider's books for the tests of the domain, written as a clerk would. Amounts in minor units."""

from dataclasses import dataclass, field

from domain.checkout import LineType
from domain.ledger import (
    ActionKind,
    ItemAction,
    ItemGroup,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)

Row = tuple[str, int, int, LineType]

HAT: Row = ("HAT", 2, 24900, LineType.PRODUCT)
SCARF: Row = ("SCARF", 1, 10600, LineType.PRODUCT)
COUPON: Row = ("COUPON", 1, -5000, LineType.DISCOUNT)
FREIGHT: Row = ("FREIGHT", 1, 4900, LineType.SHIPPING)
CART = (HAT, SCARF, COUPON, FREIGHT)  # 603.00


def some(row: Row, quantity: int) -> Row:
    return row[0], quantity, row[2], row[3]


def worth(*rows: Row) -> int:
    return sum(quantity * price for _, quantity, price, _ in rows)


@dataclass
class Books:
    transactions: dict[int, Transaction] = field(default_factory=dict)
    actions: list[ItemAction] = field(default_factory=list)
    next_id: int = 100

    def enter(
        self,
        kind: TransactionKind,
        amount: int,
        *rows: Row,
        parent: int | None = None,
        status: TransactionStatus = TransactionStatus.SUCCESS,
        action: ActionKind = ActionKind.UNKNOWN,
    ) -> int:
        """Write down a transaction with its rows; its id."""
        self.next_id += 1
        self.transactions[self.next_id] = Transaction(self.next_id, parent, kind, status, amount)
        for reference, quantity, price, type_ in rows:
            self.actions.append(
                ItemAction(
                    action, self.next_id, reference, f"About {reference}", type_, quantity, price, price * 4 // 5
                )
            )
        return self.next_id

    def reserve(self, *rows: Row, parent: int | None = None) -> int:
        kind = TransactionKind.PREAUTHORIZATION
        return self.enter(kind, worth(*rows), *rows, parent=parent, action=ActionKind.RESERVE)

    def charge(self, *rows: Row) -> int:
        return self.enter(TransactionKind.DEBIT, worth(*rows), *rows, action=ActionKind.RESERVE)

    def ship(self, parent: int | None, *rows: Row) -> int:
        return self.enter(TransactionKind.CAPTURE, worth(*rows), *rows, parent=parent, action=ActionKind.SHIP)

    def give_back(self, parent: int | None, *rows: Row) -> int:
        return self.enter(TransactionKind.REFUND, worth(*rows), *rows, parent=parent, action=ActionKind.RETURN)

    def release(self, parent: int | None, *rows: Row) -> int:
        return self.enter(TransactionKind.REVERSAL, worth(*rows), *rows, parent=parent, action=ActionKind.RELEASE)

    def override(self, transaction_id: int) -> None:
        old = self.transactions[transaction_id]
        self.transactions[transaction_id] = Transaction(
            old.id, old.parent, old.kind, TransactionStatus.CANCELLED, old.amount
        )

    def read(self) -> ProviderLedger:
        return ProviderLedger(4009289, "onksAnol", "SEK", tuple(self.transactions.values()), tuple(self.actions))


def left(groups: tuple[ItemGroup, ...]) -> dict[int, dict[str, int]]:
    """Groups as transaction → reference → quantity."""
    return {g.transaction_id: {item.reference: item.quantity for item in g.items} for g in groups}
