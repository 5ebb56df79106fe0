"""The customer at the checkout: identify, choose, press buy, answer the bank (sections 6, 7.4 and 15)."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.extras import current_items, preselect
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import Family, Method, method_called, offered, wants_saved_card
from adapters.simulators.qliro.model import (
    ActionType,
    Address,
    Attempt,
    CheckoutStatus,
    Order,
    SavedCard,
    ShippingChoice,
    Transaction,
    TxStatus,
    total_of,
)
from adapters.simulators.qliro.orders import drop_stale_attempt, has_expired
from adapters.simulators.qliro.persons import Person, Verdict
from adapters.simulators.qliro.presentation import require_allowed
from adapters.simulators.qliro.pushes import (
    notify_shipping,
    push_checkout_status,
    push_saved_card,
    push_transaction,
)
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, add_transaction, book
from adapters.simulators.qliro.validate_call import Decline, ask_shipping_methods, ask_validation


class Result(StrEnum):
    COMPLETED = "completed"
    ON_HOLD = "on_hold"
    DECLINED = "declined"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a press of the buy button ended; `challenge` waits for the customer's bank."""

    result: Result
    reason: str | None = None
    message: str | None = None
    redirect_url: str | None = None
    transaction_id: int | None = None


def refuse(text: str) -> ApiError:
    """The checkout page can't do this now (never seen by merchants' servers)."""
    return ApiError("CHECKOUT_REFUSED", text, status=409)


def _open_checkout(state: SimState, order: Order) -> None:
    if order.paid:
        raise refuse("the order is already completed")
    if has_expired(state, order):
        raise refuse("the order has expired")
    drop_stale_attempt(state, order)
    if order.attempt is not None:
        raise refuse("a payment is in process")


async def identify(
    state: SimState,
    order: Order,
    *,
    person: Person | None,
    email: str,
    mobile: str | None = None,
    postal_code: str | None = None,
    address: Address | None = None,
    masked: bool | None = None,
) -> None:
    """The customer says who they are, by a test identity or by a typed address."""
    _open_checkout(state, order)
    require_allowed(order, person, state.clock.now().date())
    customer = order.customer
    customer.email = email
    customer.mobile = mobile or (person.mobile if person is not None else None)
    customer.number = person.number if person is not None else None
    customer.company = person is not None and person.company
    customer.verdict = person.verdict if person is not None else Verdict.APPROVED
    customer.masked = (state.config.mask_customers and address is None) if masked is None else masked
    customer.billing = address or (_address_of(person, postal_code) if person is not None else customer.billing)
    customer.shipping = None
    customer.identified = True
    await cart_changed(state, order)


def _address_of(person: Person, postal_code: str | None) -> Address:
    return Address(
        first_name=person.first_name, last_name=person.last_name, company_name=person.company_name,
        street=person.street, postal_code=postal_code or person.postal_code, city=person.city,
        country=person.country,
    )  # fmt: skip


def forget_customer(state: SimState, order: Order) -> None:
    """The customer leaves again; address and choices go with them."""
    _open_checkout(state, order)
    order.customer = type(order.customer)(email=order.customer.email)
    order.method = None


async def cart_changed(state: SimState, order: Order) -> None:
    """After address or cart changes the merchant is asked for shipping methods, if it wants to be."""
    if order.customer.identified and not order.paid:
        methods = await ask_shipping_methods(state, order)
        if methods is not None:
            order.request["AvailableShippingMethods"] = methods
    preselect(order)


def choose_shipping(state: SimState, order: Order, choice: ShippingChoice) -> None:
    """Pick one of AvailableShippingMethods and its pickup point."""
    _open_checkout(state, order)
    methods = order.request.get("AvailableShippingMethods") or []
    method = next((m for m in methods if m["MerchantReference"] == choice.method), None)
    if method is None:
        raise refuse(f"there is no shipping method {choice.method}")
    options = [o["MerchantReference"] for o in method.get("SecondaryOptions") or []]
    if choice.option is None and options:
        choice = ShippingChoice(choice.method, options[0], choice.services, choice.access_code)
    if choice.option is not None and choice.option not in options:
        raise refuse(f"there is no pickup point {choice.option}")
    order.choice = choice


def choose_method(state: SimState, order: Order, name: str) -> Method:
    """Pick a payment method; its fee joins the cart."""
    _open_checkout(state, order)
    method = next((m for m in offered(order) if m.name == name), None)
    if method is None:
        raise refuse(f"payment method {name} is not offered")
    order.method = name
    return method


async def press_buy(state: SimState, order: Order, *, identity_verified: bool = True) -> Outcome:
    """Validate with the merchant, then reserve, or ask the bank first (cards)."""
    _open_checkout(state, order)
    if not order.customer.identified or order.method is None:
        raise refuse("customer and payment method must be chosen first")
    method = method_called(order.method)
    if order.request.get("RequireIdentityVerification"):
        order.identity_verified = identity_verified
    order.attempt = Attempt(current_items(order), order.method, state.clock.now())
    declined = await ask_validation(state, order)
    if declined is None and order.customer.verdict is Verdict.DENIED:
        declined = Decline("CreditDenied", "The payment was denied")
    if declined is not None:
        return _declined(state, order, declined)
    if method is not None and method.family is Family.CARD and state.config.three_d_secure:
        order.attempt.awaiting_challenge = True
        return Outcome(Result.CHALLENGE)
    return _reserve(state, order)


def answer_challenge(state: SimState, order: Order, *, approve: bool) -> Outcome:
    """The customer's bank has spoken (3-D Secure); a no leaves the order InProcess."""
    if order.attempt is None or not order.attempt.awaiting_challenge:
        raise refuse("no bank is waiting for an answer")
    if not approve:
        return _declined(state, order, Decline("AuthenticationFailed", "The bank did not approve the payment"))
    return _reserve(state, order)


def _declined(state: SimState, order: Order, decline: Decline) -> Outcome:
    attempt = order.attempt
    order.attempt = None
    if attempt is not None and state.config.record_declined_attempts and not decline.by_merchant:
        method = method_called(attempt.method)
        assert method is not None
        plan = Planned(method.first_type, total_of(attempt.items), None)
        tx = add_transaction(state, order, plan, request_id=None, status=TxStatus.ERROR)
        tx.error_code, tx.error_text = "DECLINED", "Declined by provider"
    return Outcome(Result.DECLINED, decline.reason, decline.message)


def _reserve(state: SimState, order: Order) -> Outcome:
    attempt = order.attempt
    assert attempt is not None
    method = method_called(attempt.method)
    assert method is not None
    amount = total_of(attempt.items)
    actions = [(ActionType.RESERVE, item) for item in attempt.items]
    plan = Planned(method.first_type, amount, None, actions)
    order.attempt = None
    order.final_items = attempt.items
    order.customer.masked = False
    on_hold = order.customer.verdict is Verdict.ON_HOLD
    by_bank = method.family is Family.BANK
    status = TxStatus.ON_HOLD if on_hold or by_bank else TxStatus.SUCCESS
    tx = add_transaction(state, order, plan, request_id=None, status=status)
    tx.method, tx.subtype = method.name, method.subtype
    if status is TxStatus.ON_HOLD:
        order.status = CheckoutStatus.ON_HOLD
        push_checkout_status(state, order)
        push_transaction(state, order, tx)
        if not on_hold and state.config.trustly_hold is not None:
            state.spawn(_bank_answers(state, order, tx, state.config.trustly_hold))
    else:
        _complete(state, order, tx)
    result = Result.ON_HOLD if status is TxStatus.ON_HOLD else Result.COMPLETED
    return Outcome(result, redirect_url=order.url("MerchantConfirmationUrl"), transaction_id=tx.id)


async def _bank_answers(state: SimState, order: Order, tx: Transaction, wait: float) -> None:
    await state.clock.sleep(wait)
    if tx.status is TxStatus.ON_HOLD:
        resolve_hold(state, order, approve=True)


def _complete(state: SimState, order: Order, tx: Transaction) -> None:
    tx.status = TxStatus.SUCCESS
    tx.moment = order.completed_at = state.clock.now()
    order.status = CheckoutStatus.COMPLETED
    book(state, order, tx, Movement.AUTHORIZED, tx.amount)
    if method_called(tx.method) is not None and tx.kind.value == "Debit":
        book(state, order, tx, Movement.CAPTURED, tx.amount, "direct payment")
    push_checkout_status(state, order)
    push_transaction(state, order, tx)
    if wants_saved_card(order) and tx.method == "CREDITCARDS":
        order.saved_card = SavedCard(str(uuid.uuid4()))
        state.keep_card(order)
        push_saved_card(state, order)
    notify_shipping(state, order)


def resolve_hold(state: SimState, order: Order, *, approve: bool) -> None:
    """Bank or risk answer an OnHold order: Completed, or Refused for good."""
    tx = next((t for t in order.transactions if t.status is TxStatus.ON_HOLD), None)
    if order.status is not CheckoutStatus.ON_HOLD or tx is None:
        raise refuse("the order is not on hold")
    if approve:
        _complete(state, order, tx)
        return
    tx.status, tx.moment = TxStatus.ERROR, state.clock.now()
    tx.error_code, tx.error_text = "DECLINED", "Declined by provider"
    order.status = CheckoutStatus.REFUSED
    push_checkout_status(state, order)
    push_transaction(state, order, tx)
