"""The object graph: synchronous, explicit, one container per process. Nothing here opens a connection."""

from collections.abc import Callable
from datetime import timedelta

from dependency_injector import containers, providers

from adapters.callback_tokens import CallbackTokens
from adapters.http_guards import GuardSettings
from adapters.http_transport import HttpTransport
from adapters.norce.answers import explain as norce_explain
from adapters.norce.client import NorceClient
from adapters.norce.configuration import CacheTimes, NorceConfigurations
from adapters.norce.configuration_document import ConfigurationRules
from adapters.norce.gateway import NorceTokens
from adapters.observability.operator_log import OperatorLog
from adapters.qliro.calls import QliroTimes
from adapters.qliro.client import QliroClient
from adapters.qliro.errors import explain
from adapters.system import SystemClock, SystemIds
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
from application.ports.configurations import Secret
from application.ports.inbox import Inbox
from application.ports.outbox import Outbox
from application.ports.payments import Payments
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
from entrypoints.http.acts import Acts
from entrypoints.http.auth import CallerKeys
from entrypoints.settings import Settings


def _patience(settings: Settings) -> Patience:
    return Patience(
        claim=timedelta(seconds=settings.claim_wait_seconds),
        hook_claim=timedelta(seconds=settings.hook_wait_seconds),
        lease=timedelta(seconds=settings.lease_seconds),
        validate=timedelta(seconds=settings.validate_seconds),
        decision=timedelta(seconds=settings.decision_seconds),
        looks=settings.looks(),
        processing=timedelta(minutes=settings.processing_minutes),
        checkout_lifetime=timedelta(hours=settings.checkout_lifetime_hours),
    )


def _tokens(settings: Settings) -> NorceTokens:
    own = {merchant: _keys(token.reveal()) for merchant, token in settings.tokens().items()}
    return NorceTokens(_keys(settings.norce_token), own)


def _keys(listed: str) -> list[Secret]:
    return [Secret(part.strip()) for part in listed.split(",") if part.strip()]


def _rules(settings: Settings) -> ConfigurationRules:
    return ConfigurationRules(qliro_hosts=settings.qliro_origins(), public_url=settings.public_url.rstrip("/"))


def _guards(settings: Settings) -> GuardSettings:
    return GuardSettings(concurrency=settings.upstream_concurrency)


class Container(containers.DeclarativeContainer):
    """Override providers before anything is built; use cases are stateless singletons."""

    settings = providers.Dependency(instance_of=Settings)
    payments: providers.Dependency[Payments] = providers.Dependency()
    inbox: providers.Dependency[Inbox] = providers.Dependency()
    outbox: providers.Dependency[Outbox] = providers.Dependency()
    wake: providers.Dependency[Callable[[], None]] = providers.Dependency()

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(SystemIds)
    observer = providers.Singleton(OperatorLog)
    patience = providers.Singleton(_patience, settings)
    addresses = providers.Singleton(CallbackTokens, settings.provided.secrets.call())
    callers = providers.Singleton(CallerKeys, settings.provided.inbound.call())

    norce_transport = providers.Singleton(
        HttpTransport, "norce", guards=providers.Factory(_guards, settings), observer=observer, explain=norce_explain
    )
    configuration_transport = providers.Singleton(
        HttpTransport,
        "norce-configuration",
        guards=providers.Factory(_guards, settings),
        observer=observer,
        explain=norce_explain,
    )
    qliro_transport = providers.Singleton(
        HttpTransport, "qliro", guards=providers.Factory(_guards, settings), observer=observer, explain=explain
    )
    platform = providers.Singleton(
        NorceClient,
        norce_transport,
        base_url=settings.provided.norce_order_url,
        tokens=providers.Factory(_tokens, settings),
        seconds=settings.provided.norce_timeout_seconds,
    )
    configurations = providers.Singleton(
        NorceConfigurations,
        configuration_transport,
        base_url=settings.provided.norce_configuration_url,
        tokens=providers.Factory(_tokens, settings),
        rules=providers.Factory(_rules, settings),
        times=providers.Factory(CacheTimes, fresh=settings.provided.configuration_ttl_seconds),
    )
    provider = providers.Singleton(
        QliroClient,
        qliro_transport,
        allowed_hosts=settings.provided.qliro_origins.call(),
        times=providers.Factory(
            QliroTimes, read=settings.provided.qliro_timeout_seconds, write=settings.provided.qliro_timeout_seconds
        ),
    )

    exclusion = providers.Singleton(Exclusion, payments, clock, patience)
    composer = providers.Singleton(CheckoutComposer, addresses)
    adopt = providers.Singleton(AdoptPayment, provider, clock)
    withdraw = providers.Singleton(WithdrawPayment, platform)
    sync_cart = providers.Singleton(SyncCart, exclusion, platform, provider, configurations, clock)
    schedule_upsell_end = providers.Singleton(ScheduleUpsellEnd, platform, observer, clock)
    tell_norce = providers.Singleton(
        TellNorce, platform, provider, payments, configurations, sync_cart, observer, inbox, schedule_upsell_end, clock
    )
    deliver = providers.Singleton(DeliverMessages, outbox, tell_norce, clock, observer, wake)
    offer_upsell = providers.Singleton(OfferUpsell, platform, clock)
    settle = providers.Singleton(
        SettlePayment, exclusion, platform, provider, configurations, adopt, deliver, clock, offer_upsell
    )
    drive = providers.Singleton(DriveOperation, provider, clock, ids, patience)

    open_payment = providers.Singleton(OpenPayment, platform, provider, composer, withdraw, clock)
    start_payment = providers.Singleton(
        StartPayment,
        exclusion,
        platform,
        provider,
        configurations,
        open_payment,
        withdraw,
        settle,
        clock,
        patience,
        wake,
    )
    take_over = providers.Singleton(TakeOverPayment, exclusion, platform, clock)
    read_payment = providers.Singleton(
        ReadPayment,
        payments,
        platform,
        provider,
        configurations,
        start_payment,
        settle,
        take_over,
        deliver,
        observer,
        clock,
        patience,
    )
    remove_payment = providers.Singleton(
        RemovePayment, exclusion, platform, provider, configurations, withdraw, settle, clock
    )
    validate_purchase = providers.Singleton(
        ValidatePurchase, exclusion, platform, configurations, adopt, observer, clock, patience
    )
    update_customer = providers.Singleton(UpdateCustomer, payments, platform, provider, configurations, settle, clock)
    update_shipping = providers.Singleton(UpdateShipping, exclusion, platform, provider, configurations, clock)
    change_cart = providers.Singleton(
        ChangeCart, exclusion, payments, provider, configurations, observer, clock, patience
    )
    _operation = (exclusion, settle, drive, platform, configurations, deliver, clock, ids)
    reduce = providers.Singleton(ReduceReservation, *_operation)
    capture_payment = providers.Singleton(CapturePayment, *_operation, payments, reduce=reduce, provider=provider)
    cancel_payment = providers.Singleton(CancelPayment, *_operation, payments)
    refund_payment = providers.Singleton(RefundPayment, *_operation, payments)
    release_orphan = providers.Singleton(ReleaseOrphan, cancel_payment, refund_payment)
    drive_upsell = providers.Singleton(DriveUpsell, provider, clock, ids, patience)
    tend_upsell = providers.Singleton(
        TendUpsell,
        exclusion,
        settle,
        drive_upsell,
        platform,
        provider,
        configurations,
        deliver,
        observer,
        clock,
        ids,
    )
    settle_upsell = providers.Singleton(SettleUpsell, exclusion, settle, configurations, deliver, observer, clock)
    resume = providers.Singleton(ResumeOperation, exclusion, settle, drive, configurations, deliver)
    renewals = providers.Singleton(RenewalComposer, addresses)
    place_renewal = providers.Singleton(PlaceRenewal, platform, provider, renewals, clock)
    renew_payment = providers.Singleton(
        RenewPayment, exclusion, platform, configurations, place_renewal, settle, deliver, clock, ids
    )
    look_after = providers.Singleton(
        LookAfterPayments,
        payments,
        platform,
        settle,
        resume,
        release_orphan,
        remove_payment,
        reduce,
        renew_payment,
        clock,
        patience,
        observer,
        tend_upsell,
        sync_cart,
    )
    refresh_payment = providers.Singleton(RefreshPayment, settle)
    change_state = providers.Singleton(
        ChangeState, payments, provider, configurations, change_cart, cancel_payment, observer, clock, patience
    )
    trust_callback = providers.Singleton(TrustCallback, platform, patience)
    receive_notice = providers.Singleton(ReceiveNotice, inbox, wake)
    keep_card = providers.Singleton(KeepSavedCard, exclusion, settle, deliver, clock, observer)
    book_shipping = providers.Singleton(BookShipping, exclusion, payments, settle, deliver, observer)
    handle_notices = providers.Singleton(
        HandleNotices, inbox, settle, keep_card, release_orphan, book_shipping, clock, observer, settle_upsell
    )

    acts = providers.Singleton(
        Acts,
        callers=callers,
        addresses=addresses,
        start_payment=start_payment,
        read_payment=read_payment,
        remove_payment=remove_payment,
        renew_payment=renew_payment,
        validate_purchase=validate_purchase,
        receive_notice=receive_notice,
        update_customer=update_customer,
        update_shipping=update_shipping,
        change_cart=change_cart,
        change_state=change_state,
        trust_callback=trust_callback,
        tend_upsell=tend_upsell,
        refresh_payment=refresh_payment,
        capture_payment=capture_payment,
        cancel_payment=cancel_payment,
        refund_payment=refund_payment,
    )
