"""Qliro's books of one order as the domain sees them: pure functions."""

from collections.abc import Iterable

from adapters.qliro.decoding import decoded, sensible
from adapters.qliro.mapping import currency_code, line_type, minor, moment_of, net_price, status_of, whole
from adapters.qliro.wire import ADMIN_ORDER, Names, WireAction, WireAdminOrder, WireTransaction
from domain.errors import LedgerDisagrees
from domain.ledger import ActionKind, ItemAction, ProviderLedger, Transaction, TransactionKind

_KINDS = Names(TransactionKind, otherwise=TransactionKind.UNKNOWN)
_ACTIONS = Names(ActionKind, otherwise=ActionKind.UNKNOWN)


def ledger_answered(raw: bytes) -> ProviderLedger:
    """The books that Qliro answered with. Raises ProviderUnavailable when they can't be understood.

    Raises LedgerDisagrees when they hold more than one currency.
    """
    wire = decoded(ADMIN_ORDER, raw, "order")
    _one_currency(wire)
    return sensible(
        lambda: ProviderLedger(
            provider_order_id=wire.order_id,
            merchant_reference=wire.merchant_reference or "",
            currency=currency_code(wire.currency),
            transactions=_each_once(map(_transaction, wire.payment_transactions or ())),
            actions=tuple(_action(each) for each in wire.order_item_actions or ()),
        )
    )


def _each_once(told: Iterable[Transaction]) -> tuple[Transaction, ...]:
    """An id is one movement, however often it is told: as it was decided, and of equal mentions the last."""
    known: dict[int, Transaction] = {}
    for transaction in told:
        before = known.get(transaction.id)
        if before is None or transaction.status.final or not before.status.final:
            known[transaction.id] = transaction
    return tuple(known.values())


def _transaction(wire: WireTransaction) -> Transaction:
    """An invoice that becomes smaller gives money back, under whichever name (qliro.md 9.2): a new reference or more
    rows never make it so.
    """
    kind, amount = _KINDS.member(wire.type), minor(wire.amount)
    return Transaction(
        id=wire.payment_transaction_id,
        parent=wire.original_payment_transaction_id or None,
        kind=TransactionKind.CREDIT if kind is TransactionKind.UPDATE_INVOICE and amount < 0 else kind,
        status=status_of(wire.status),
        amount=abs(amount),
        at=moment_of(wire.timestamp),
        error_code=_words(wire.error_code, 100),
        error_text=_words(wire.error_code_description, 300),
    )


def _words(value: str | None, longest: int) -> str:
    """On one line and not without end."""
    return " ".join("".join(c if c.isprintable() else " " for c in (value or "")[:longest]).split())


def _action(wire: WireAction) -> ItemAction:
    return ItemAction(
        kind=_ACTIONS.member(wire.action_type),
        transaction_id=wire.payment_transaction_id or 0,
        reference=wire.merchant_reference or "",
        description=wire.description or "",
        type=line_type(wire.type),
        quantity=whole(wire.quantity),
        price_inc=minor(wire.price_per_item_inc_vat),
        price_ex=net_price(wire),
    )


def _one_currency(order: WireAdminOrder) -> None:
    told = {(t.currency or order.currency or "").upper() for t in order.payment_transactions or ()}
    if told - {(order.currency or "").upper()}:
        raise LedgerDisagrees("Qliro shows transactions in another currency than the order's.")
