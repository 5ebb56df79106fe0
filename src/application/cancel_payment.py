"""Release everything that is reserved and not captured."""

from typing import ClassVar

from application.operate_payment import OperatePayment
from domain.operation import OperationKind


class CancelPayment(OperatePayment):
    """Release everything that is reserved and not captured."""

    kind: ClassVar[OperationKind] = OperationKind.CANCEL
