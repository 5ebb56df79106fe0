"""Between the domain and Qliro's documents, exactly: pure functions."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from adapters.qliro.persons import addresses_of
from adapters.qliro.wire import (
    ADMIN_ORDER,
    CHECKOUT,
    CREATED,
    PLACED,
    RECEIVED,
    RECEIVED_UPSELL,
    TRANSACTION,
    UNREADABLE,
    Names,
    Received,
    ReceivedTransaction,
    WireAction,
    WireAdminOrder,
    WireAgent,
    WireCheckout,
    WireItem,
    WireMetadata,
    WireSavedCard,
    WireShippingProperties,
    WireTransaction,
    WireUpsell,
)
from application.ports.merchant_payments import PlacedPayment
from domain.checkout import CheckoutLine, CheckoutStatus, LineType, PickupAgent, ProviderCheckout
from domain.errors import InvalidAmount, LedgerDisagrees, ProviderUnavailable
from domain.ledger import (
    ActionKind,
    ItemAction,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.money import to_minor
from domain.outcomes import Accepted, Outcome, Pending, Unknown
from domain.saved_card import SavedCard
from domain.upsell import UpsellAnswer, UpsellEligibility

Decoded = TypeVar("Decoded")
_KINDS = Names(TransactionKind, otherwise=TransactionKind.UNKNOWN)
_STATUSES = Names(TransactionStatus, otherwise=TransactionStatus.UNKNOWN)
_ACTIONS = Names(ActionKind, otherwise=ActionKind.UNKNOWN)
_LINE_TYPES = Names(LineType, otherwise=LineType.PRODUCT)
_CHECKOUT_STATUSES = Names(CheckoutStatus, otherwise=CheckoutStatus.UNKNOWN)


def created_order_id(raw: bytes) -> int:
    """The id of the order that was created. Raises ProviderUnavailable when the answer does not tell it."""
    return _read(CREATED, raw, "answer to a new order").order_id


def placed_answered(raw: bytes) -> PlacedPayment:
    """The order that a payment without the customer became. Raises ProviderUnavailable when it is not told."""
    placed = _read(PLACED, raw, "answer to a payment")
    told = [status_of(each.status) for each in placed.payment_transactions or ()]
    return PlacedPayment(placed.order_id, decided=bool(told) and all(status.final for status in told))


def checkout_answered(raw: bytes) -> ProviderCheckout:
    """The checkout order that Qliro answered with. Raises ProviderUnavailable when it is none."""
    wire = _read(CHECKOUT, raw, "order")
    billing, shipping = addresses_of(wire)
    return _sensible(
        lambda: ProviderCheckout(
            provider_order_id=wire.order_id,
            merchant_reference=wire.merchant_reference or "",
            status=_checkout_status(wire),
            currency=_currency(wire.currency),
            country=(wire.country or "").upper(),
            language=wire.language or "",
            total=_minor(wire.total_price),
            lines=tuple(_line(item) for item in wire.order_items or ()),
            snippet=wire.order_html_snippet or "",
            billing=billing,
            shipping=shipping,
            payment_method=(wire.payment_method and wire.payment_method.payment_method_name) or None,
            payment_type=(wire.payment_method and wire.payment_method.payment_type_code) or None,
            newsletter=wire.signup_for_newsletter,
            saved_card=_saved_card(wire.merchant_saved_credit_card),
            upsell=_eligibility(wire.upsell),
        )
    )


def ledger_answered(raw: bytes) -> ProviderLedger:
    """The books that Qliro answered with. Raises ProviderUnavailable when they can't be understood.

    Raises LedgerDisagrees when they hold more than one currency.
    """
    wire = _read(ADMIN_ORDER, raw, "order")
    _one_currency(wire)
    return _sensible(
        lambda: ProviderLedger(
            provider_order_id=wire.order_id,
            merchant_reference=wire.merchant_reference or "",
            currency=_currency(wire.currency),
            transactions=tuple(_transaction(each) for each in wire.payment_transactions or ()),
            actions=tuple(_action(each) for each in wire.order_item_actions or ()),
        )
    )


def transaction_answered(raw: bytes) -> Transaction:
    """The transaction that Qliro answered with. Raises ProviderUnavailable when it can't be understood."""
    wire = _read(TRANSACTION, raw, "transaction")
    return _sensible(lambda: _transaction(wire))


def outcome_answered(raw: bytes) -> Outcome:
    """What a successful answer to a money operation says: received, and only carried out if it says so itself."""
    try:
        return _outcome(RECEIVED.decode(raw))
    except UNREADABLE:
        return Unknown("Qliro's answer can't be understood")


def upsell_answered(raw: bytes) -> UpsellAnswer:
    """What a successful answer to an upsell says: a transaction, or where the customer pays."""
    try:
        wire = RECEIVED_UPSELL.decode(raw)
    except UNREADABLE:
        return UpsellAnswer(Unknown("Qliro's answer can't be understood"))
    return UpsellAnswer(_outcome(wire), _web_address(wire.upsell_link))


def _web_address(link: str | None) -> str:
    """A customer's browser is sent there: nothing but the web will do."""
    known = (link or "").strip()
    return known if known.startswith(("https://", "http://")) and known.isprintable() and len(known) <= 2_000 else ""


def _eligibility(wire: WireUpsell | None) -> UpsellEligibility:
    if wire is None:
        return UpsellEligibility()
    return UpsellEligibility(bool(wire.eligible_for_upsell), _moment(wire.eligible_for_upsell_until))


def _outcome(wire: Received) -> Outcome:
    told = wire.payment_transactions or (
        ReceivedTransaction(payment_transaction_id=wire.payment_transaction_id, status=wire.status),
        ReceivedTransaction(
            payment_transaction_id=wire.reversal_payment_transaction_id,
            status=wire.reversal_payment_transaction_status,
        ),
    )
    known = [(each.payment_transaction_id, status_of(each.status)) for each in told if each.payment_transaction_id]
    ids = tuple(ident for ident, _ in known if ident)
    done = bool(known) and all(status is TransactionStatus.SUCCESS for _, status in known)
    return Accepted(ids) if done else Pending(ids)


def line_type(value: str | int | None) -> LineType:
    """The kind of row that a name in any case, or a number, stands for; a product when it is neither."""
    return _LINE_TYPES.member(value)


def status_of(value: str | int | None) -> TransactionStatus:
    """A transaction's status; one unheard of is unknown."""
    return _STATUSES.member(value)


def _checkout_status(wire: WireCheckout) -> CheckoutStatus:
    value = wire.customer_checkout_status
    if isinstance(value, str) and value.casefold() == "success":
        return CheckoutStatus.COMPLETED
    return _CHECKOUT_STATUSES.member(value)


def _saved_card(wire: WireSavedCard | None) -> SavedCard | None:
    """A card without a token is none."""
    if wire is None or not wire.id:
        return None
    return SavedCard(
        token=wire.id,
        brand=card_brand(wire.brand_name),
        masked_number=wire.masked_number or "",
        bin=wire.bin or "",
        last4_digits=wire.last4_digits or "",
        expiry_year=wire.expiry_year,
        expiry_month=wire.expiry_month,
    )


def card_brand(value: str | int | None) -> str:
    """A brand's name, also one given by its number or not known when this was written; empty when it says nothing."""
    if isinstance(value, int):
        value = _BRANDS[value] if 0 <= value < len(_BRANDS) else ""
    name = (value or "").upper()
    return "" if name == _BRANDS[0] else name


_BRANDS = ("UNKNOWN", "VISA", "MASTERCARD", "AMEX")


def _line(wire: WireItem) -> CheckoutLine:
    metadata = wire.metadata or WireMetadata()
    told = metadata.additional_shipping_properties or WireShippingProperties()
    return CheckoutLine(
        reference=wire.merchant_reference or "",
        description=wire.description or "",
        type=line_type(wire.type),
        quantity=_whole(wire.quantity),
        price_inc=_minor(wire.price_per_item_inc_vat),
        price_ex=_net(wire),
        transaction_id=wire.payment_transaction_id or None,
        shipping_method=metadata.shipping_method_merchant_reference or None,
        secondary_option=metadata.shipping_method_secondary_option_merchant_reference or None,
        access_code=metadata.shipping_method_access_code or None,
        shipping_provider=_text(told.shipping_provider),
        service_id=_text(told.service_id),
        agent=_agent(told.agent),
        upsell_id=wire.upsell_id or None,
    )


def _agent(wire: WireAgent | None) -> PickupAgent | None:
    if wire is None:
        return None
    known = PickupAgent(
        _text(wire.id), wire.name or None, wire.address1 or None, wire.zip_code or None, wire.city or None
    )
    return known if any(known) else None


def _text(value: str | int | None) -> str | None:
    return None if value is None or value == "" else str(value)


def _transaction(wire: WireTransaction) -> Transaction:
    return Transaction(
        id=wire.payment_transaction_id,
        parent=wire.original_payment_transaction_id or None,
        kind=_KINDS.member(wire.type),
        status=status_of(wire.status),
        amount=abs(_minor(wire.amount)),
        at=_moment(wire.timestamp),
        error_code=wire.error_code or "",
    )


def _action(wire: WireAction) -> ItemAction:
    return ItemAction(
        kind=_ACTIONS.member(wire.action_type),
        transaction_id=wire.payment_transaction_id or 0,
        reference=wire.merchant_reference or "",
        description=wire.description or "",
        type=_LINE_TYPES.member(wire.type),
        quantity=_whole(wire.quantity),
        price_inc=_minor(wire.price_per_item_inc_vat),
        price_ex=_net(wire),
    )


def _read(decoder: msgspec.json.Decoder[Decoded], raw: bytes, what: str) -> Decoded:
    if b"\\u0000" in raw:
        raise ProviderUnavailable(f"Qliro answered something that is no {what}: it contains NUL characters.")
    try:
        return decoder.decode(raw)
    except UNREADABLE as wrong:
        reason = str(wrong) if isinstance(wrong, msgspec.ValidationError) else "it is not readable JSON"
        raise ProviderUnavailable(f"Qliro answered something that is no {what}: {reason}.") from None


def _sensible(build: Callable[[], Decoded]) -> Decoded:
    try:
        return build()
    except InvalidAmount:
        raise ProviderUnavailable("Qliro answered with an amount, quantity or currency that cannot be one.") from None


def _currency(code: str | None) -> str:
    if not code:
        raise InvalidAmount("a currency must be stated")
    return code.upper()


def _one_currency(order: WireAdminOrder) -> None:
    told = {(t.currency or order.currency or "").upper() for t in order.payment_transactions or ()}
    if told - {(order.currency or "").upper()}:
        raise LedgerDisagrees("Qliro shows transactions in another currency than the order's.")


def _net(wire: WireItem | WireAction) -> int:
    """A price without VAT that is not stated is the price with it."""
    stated = wire.price_per_item_ex_vat
    return _minor(wire.price_per_item_inc_vat if stated is None else stated)


def _minor(amount: Decimal | None) -> int:
    if amount is None:
        raise InvalidAmount("an amount must be stated")
    return to_minor(amount)


def _whole(quantity: Decimal | None) -> int:
    """A quantity that is not stated is one piece."""
    if quantity is None:
        return 1
    if not quantity.is_finite() or not 0 <= quantity <= 1_000_000_000 or (whole := int(quantity)) != quantity:
        raise InvalidAmount("a quantity must be a whole number")
    return whole


def _moment(text: str | None) -> datetime | None:
    """Times without an offset are UTC; one that cannot be read is not known."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
