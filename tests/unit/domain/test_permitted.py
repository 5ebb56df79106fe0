"""Every state of a payment against everything that may be asked of it."""

import pytest

from domain.errors import OperationRefused, PaymentConflict
from domain.operation import OperationKind
from domain.payment import Payment
from domain.permitted import require_possible
from tests.unit.domain.payments import CANCEL, CAPTURE, ON_HOLD, REFUND, REFUSED, at, intended, told, told_payment

YES, LATER, NEVER = "yes", "not before it is decided", "never"


def removed(*, paid: bool = False) -> Payment:
    payment = intended()
    payment.remove(at=at(1))
    if paid:
        payment.observe(told(60300, mark=1), at=at(2))
    return payment


PAYMENTS = {
    "intent": intended(),
    "pending": told_payment(told(status=ON_HOLD)),
    "authorized": told_payment(told(600, mark=1)),
    "partially captured": told_payment(told(600, 200, mark=2)),
    "captured": told_payment(told(600, 600, mark=2)),
    "captured, the rest released": told_payment(told(600, 200, 400, mark=3)),
    "partially refunded": told_payment(told(600, 600, refunded=100, mark=3)),
    "partially refunded, some still reserved": told_payment(told(600, 200, refunded=100, mark=3)),
    "refunded": told_payment(told(600, 600, refunded=600, mark=3)),
    "cancelled": told_payment(told(600, cancelled=600, mark=2)),
    "declined": told_payment(told(status=REFUSED)),
    "removed": removed(),
    "removed, and yet paid": removed(paid=True),
}
TABLE = {
    "intent": (NEVER, NEVER, NEVER),
    "pending": (LATER, YES, LATER),
    "authorized": (YES, YES, NEVER),
    "partially captured": (YES, YES, YES),
    "captured": (YES, NEVER, YES),
    "captured, the rest released": (YES, YES, YES),
    "partially refunded": (YES, NEVER, YES),
    "partially refunded, some still reserved": (YES, YES, YES),
    "refunded": (YES, NEVER, YES),
    "cancelled": (NEVER, YES, NEVER),
    "declined": (NEVER, NEVER, NEVER),
    "removed": (NEVER, NEVER, NEVER),
    "removed, and yet paid": (YES, YES, NEVER),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_may_be_asked_follows_from_how_the_payment_stands(name: str) -> None:
    assert tuple(answer(PAYMENTS[name], kind) for kind in (CAPTURE, CANCEL, REFUND)) == TABLE[name]


def answer(payment: Payment, kind: OperationKind) -> str:
    try:
        require_possible(payment, kind)
    except PaymentConflict:
        return LATER
    except OperationRefused:
        return NEVER
    return YES
