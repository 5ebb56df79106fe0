"""What the routes may call, resolved once when the application is built."""

from dataclasses import dataclass

from aiohttp import web

from application.cancel_payment import CancelPayment
from application.capture_payment import CapturePayment
from application.change_cart import ChangeCart
from application.change_state import ChangeState
from application.ports.callbacks import CallbackAddresses
from application.read_payment import ReadPayment
from application.receive_notice import ReceiveNotice
from application.refresh_payment import RefreshPayment
from application.refund_payment import RefundPayment
from application.remove_payment import RemovePayment
from application.renew_payment import RenewPayment
from application.start_payment import StartPayment
from application.tend_upsell import TendUpsell
from application.trust_callback import TrustCallback
from application.update_customer import UpdateCustomer
from application.update_shipping import UpdateShipping
from application.validate_purchase import ValidatePurchase
from entrypoints.http.auth import CallerKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Every use case behind the HTTP API, with who may call and how callbacks are told from forgeries."""

    callers: CallerKeys
    addresses: CallbackAddresses
    trust_callback: TrustCallback
    start_payment: StartPayment
    read_payment: ReadPayment
    remove_payment: RemovePayment
    renew_payment: RenewPayment
    validate_purchase: ValidatePurchase
    receive_notice: ReceiveNotice
    update_customer: UpdateCustomer
    update_shipping: UpdateShipping
    change_cart: ChangeCart
    change_state: ChangeState
    tend_upsell: TendUpsell
    refresh_payment: RefreshPayment
    capture_payment: CapturePayment
    cancel_payment: CancelPayment
    refund_payment: RefundPayment


ACTS = web.AppKey("acts", Acts)
