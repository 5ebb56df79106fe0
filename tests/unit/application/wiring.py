"""Every use case, wired by hand over whatever ports a test hands in: one process, as it were."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.adopt_payment import AdoptPayment
from application.book_shipping import BookShipping
from application.cancel_payment import CancelPayment
from application.capture_payment import CapturePayment
from application.change_cart import ChangeCart
from application.change_state import ChangeState
from application.compose_checkout import CheckoutComposer
from application.compose_renewal import RenewalComposer
from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.drive_upsell import DriveUpsell
from application.exclusion import Exclusion
from application.handle_notices import HandleNotices
from application.keep_saved_card import KeepSavedCard
from application.look_after_payments import LookAfterPayments
from application.offer_upsell import OfferUpsell
from application.open_payment import OpenPayment
from application.patience import Patience
from application.place_renewal import PlaceRenewal
from application.ports.callbacks import Purpose
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfigurations
from application.ports.inbox import Inbox, StoredNotice
from application.ports.outbox import Letter, Outbox
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.read_payment import ReadPayment
from application.receive_notice import ReceiveNotice
from application.reduce_reservation import ReduceReservation
from application.refresh_payment import RefreshPayment
from application.refund_payment import RefundPayment
from application.release_orphan import ReleaseOrphan
from application.remove_payment import RemovePayment
from application.renew_payment import RenewPayment
from application.resume_operation import ResumeOperation
from application.schedule_upsell_end import ScheduleUpsellEnd
from application.settle_payment import SettlePayment
from application.settle_upsell import SettleUpsell
from application.start_payment import StartPayment
from application.sync_cart import SyncCart
from application.take_over_payment import TakeOverPayment
from application.tell_norce import TellNorce
from application.tend_upsell import TendUpsell
from application.trust_callback import TrustCallback
from application.update_customer import UpdateCustomer
from application.update_shipping import UpdateShipping
from application.validate_purchase import ValidatePurchase
from application.withdraw_payment import WithdrawPayment
from domain.errors import AdapterError
from domain.identifiers import OrderKey, PaymentKey


class CountingIds:
    """1, 2, 3, … as identifiers."""

    def __init__(self) -> None:
        self._last = 0

    def fresh(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


class PlainAddresses:
    """Callback addresses that a person can read."""

    def callback(self, public_url: str, key: PaymentKey, purpose: Purpose) -> str:
        return f"{public_url}/{key.order_id}/{key.payment_id}/{purpose}"

    def genuine(self, token: str, key: PaymentKey, purpose: Purpose) -> bool:
        return token == f"{key.payment_id}/{purpose}"


class Notebook:
    """An observer that remembers what it was told, by name."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def said(self, name: str) -> list[str]:
        return [text for kind, text in self.notes if kind == name]

    def delivery_postponed(self, order: OrderKey, failure: AdapterError) -> None:
        self.notes.append(("postponed", failure.message))

    def letter_failed(self, letter: Letter, failure: AdapterError, *, parked: bool) -> None:
        self.notes.append(("letter parked" if parked else "letter failed", failure.message))

    def notice_failed(self, notice: StoredNotice, failure: AdapterError, *, parked: bool) -> None:
        self.notes.append(("notice parked" if parked else "notice failed", failure.message))

    def look_failed(self, key: PaymentKey, failure: AdapterError) -> None:
        self.notes.append(("look failed", failure.message))

    def purchase_undecided(self, key: PaymentKey, failure: Exception) -> None:
        self.notes.append(("undecided", f"{type(failure).__name__} {failure}"))

    def disagreement(self, key: PaymentKey, what: str) -> None:
        self.notes.append(("disagreement", what))

    def unexpected(self, where: str, failure: BaseException) -> None:
        self.notes.append(("unexpected", f"{where}: {type(failure).__name__} {failure}"))


@dataclass(frozen=True, slots=True)
class Ports:
    """What a process is built on."""

    payments: Payments
    inbox: Inbox
    outbox: Outbox
    platform: CheckoutPlatform
    provider: PaymentProvider
    configurations: MerchantConfigurations


PATIENCE = Patience(validate=timedelta(seconds=30))
"""Only inside validate does real time count, and a slow machine is no reason to decline."""


class UseCases:
    """One process: all use cases over the given ports, with nothing remembered but what the ports remember."""

    def __init__(
        self, ports: Ports, clock: Clock, ids: Ids, observer: Notebook, *, patience: Patience = PATIENCE
    ) -> None:
        platform, provider, configurations = ports.platform, ports.provider, ports.configurations
        payments = ports.payments
        self.woken = 0
        self.left = 0
        exclusion = Exclusion(payments, clock, patience)
        adopt = AdoptPayment(provider, clock)
        withdraw = WithdrawPayment(platform)
        self.sync_cart = SyncCart(exclusion, platform, provider, configurations, clock)
        schedule = ScheduleUpsellEnd(platform, observer, clock)
        inbox = ports.inbox
        tell = TellNorce(platform, provider, payments, configurations, self.sync_cart, observer, inbox, schedule, clock)
        self.deliver = DeliverMessages(ports.outbox, tell, clock, observer, self._left)
        offer = OfferUpsell(platform, clock)
        self.settle = SettlePayment(exclusion, platform, provider, configurations, adopt, self.deliver, clock, offer)
        drive = DriveOperation(provider, clock, ids, patience)
        self.start = StartPayment(
            exclusion,
            platform,
            provider,
            configurations,
            OpenPayment(platform, provider, CheckoutComposer(PlainAddresses()), withdraw, clock),
            withdraw,
            self.settle,
            clock,
            patience,
            self._left,
        )
        take_over = TakeOverPayment(exclusion, platform, clock)
        self.read = ReadPayment(
            payments,
            platform,
            provider,
            configurations,
            self.start,
            self.settle,
            take_over,
            self.deliver,
            observer,
            clock,
            patience,
        )
        self.trust = TrustCallback(platform, patience)
        self.remove = RemovePayment(exclusion, platform, provider, configurations, withdraw, self.settle, clock)
        self.validate = ValidatePurchase(exclusion, platform, configurations, adopt, observer, clock, patience)
        self.update_customer = UpdateCustomer(payments, platform, provider, configurations, self.settle, clock)
        self.update_shipping = UpdateShipping(exclusion, platform, provider, configurations, clock)
        self.change_cart = ChangeCart(exclusion, payments, provider, configurations, observer, clock, patience)
        operation = (exclusion, self.settle, drive, platform, configurations, self.deliver, clock, ids)
        self.reduce = ReduceReservation(*operation)
        self.capture = CapturePayment(*operation, payments, reduce=self.reduce, provider=provider)
        self.cancel = CancelPayment(*operation, payments)
        self.refund = RefundPayment(*operation, payments)
        self.resume = ResumeOperation(exclusion, self.settle, drive, configurations, self.deliver)
        self.release = ReleaseOrphan(self.cancel, self.refund)
        self.tend = TendUpsell(
            exclusion,
            self.settle,
            DriveUpsell(provider, clock, ids, patience),
            platform,
            provider,
            configurations,
            self.deliver,
            observer,
            clock,
            ids,
        )
        settle_upsell = SettleUpsell(exclusion, self.settle, configurations, self.deliver, observer, clock)
        self.renew = RenewPayment(
            exclusion,
            platform,
            configurations,
            PlaceRenewal(platform, provider, RenewalComposer(PlainAddresses()), clock),
            self.settle,
            self.deliver,
            clock,
            ids,
        )
        self.look_after = LookAfterPayments(
            payments,
            platform,
            self.settle,
            self.resume,
            self.release,
            self.remove,
            self.reduce,
            self.renew,
            clock,
            patience,
            observer,
            self.tend,
            self.sync_cart,
        )
        self.refresh = RefreshPayment(self.settle)
        self.change_state = ChangeState(
            payments, provider, configurations, self.change_cart, self.cancel, observer, clock, patience
        )
        self.receive = ReceiveNotice(ports.inbox, self._wake)
        self.handle_notices = HandleNotices(
            ports.inbox,
            self.settle,
            KeepSavedCard(exclusion, self.settle, self.deliver, clock, observer),
            self.release,
            BookShipping(exclusion, payments, self.settle, self.deliver, observer),
            clock,
            observer,
            settle_upsell,
        )

    def _wake(self) -> None:
        self.woken += 1

    def _left(self) -> None:
        self.left += 1
