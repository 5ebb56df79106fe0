"""Take everything that is reserved: one shipment per live reservation, in one request."""

from typing import ClassVar

from application.operate_payment import OperatePayment
from domain.operation import OperationKind


class CapturePayment(OperatePayment):
    """Take everything that is reserved: one shipment per live reservation, in one request."""

    kind: ClassVar[OperationKind] = OperationKind.CAPTURE
