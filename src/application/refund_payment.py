"""Give back everything that was captured: capture by capture, strictly one after the other."""

from typing import ClassVar

from application.operate_payment import OperatePayment
from domain.operation import OperationKind


class RefundPayment(OperatePayment):
    """Give back everything that was captured: capture by capture, strictly one after the other."""

    kind: ClassVar[OperationKind] = OperationKind.REFUND
