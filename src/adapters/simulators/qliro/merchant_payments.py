"""Payments without the customer: /v2/merchantpayment and its retry (section 11)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from adapters.simulators.qliro.admin_api import BASE, accepted, admit, transactions_answer
from adapters.simulators.qliro.config import SimMerchant
from adapters.simulators.qliro.errors import ApiError, evaluation, not_supported
from adapters.simulators.qliro.items import read_items
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.merchant_api import read_request
from adapters.simulators.qliro.model import (
    ActionType,
    CheckoutStatus,
    Customer,
    Item,
    ItemType,
    Order,
    Transaction,
    TxStatus,
    TxType,
    total_of,
)
from adapters.simulators.qliro.orders import address_from, check_market, check_total
from adapters.simulators.qliro.persons import Verdict, find
from adapters.simulators.qliro.rendering import distort
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.saved_cards import card_state
from adapters.simulators.qliro.state import OutcomeRule, SimState
from adapters.simulators.qliro.transactions import Planned, begin, book
from adapters.simulators.qliro.validation import INT64, REFERENCE, Fields

CARD, INVOICE = "CREDITCARDS", "QLIRO_INVOICE"
REQUIRED = {"FirstName": 100, "LastName": 100, "Street": 100, "PostalCode": 15, "City": 100}
OPTIONAL = {"CompanyName": 100, "Street2": 40, "CareOf": 100, "Area": 100, "AreaCode": 10}
CUSTOMER = {"PersonalNumber": 50, "VatNumber": 50, "Email": 255, "MobileNumber": 50}
LETTER_FEE = Item("InvoiceFee", ItemType.FEE, 1, 2_900, 2_320, "Letter invoice")


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    subtype: str
    token: str | None
    letter: bool


class _Market(NamedTuple):
    country: str
    currency: str
    language: str


async def create_payment(state: SimState, call: Call) -> web.StreamResponse:
    """POST /v2/merchantpayment: a new order that is never a checkout, and a reservation to be decided."""
    merchant, fields = read_request(state, call)
    reference = fields.text("MerchantReference", required=True, pattern=REFERENCE)
    market = _Market(*(fields.text(name, required=True) or "" for name in ("Country", "Currency", "Language")))
    hosts = state.config.plain_http_hosts if state.config.require_https else None
    fields.url("MerchantOrderManagementStatusPushUrl", http_hosts=hosts)
    items = read_items(fields, refuse_duplicates=state.config.refuse_duplicate_items)
    _check_address(fields, "BillingAddress", required=True)
    _check_address(fields, "ShippingAddress", required=False)
    method = _read_method(fields)
    _check_customer(fields, method)
    fields.problems.raise_if_any()
    _remember(state, call, merchant)
    check_market(merchant, market.currency, market.country, market.language)
    check_total(state, items)
    _check_card(state, merchant, method)
    if state.config.refuse_merchant_payments:
        raise evaluation(state.config.refuse_merchant_payments, "The payment was refused")
    order = _placed(state, call, merchant, reference or "", market, items)
    call.order_id = order.id
    accepted(state, call, order)
    (made,) = await _reserve(state, call, order, merchant, method)
    answer = {"OrderId": order.id, "PaymentTransactions": [{"PaymentTransactionId": made.id, "Status": "Created"}]}
    return json_answer(distort(answer, state.config.quirks))


def _placed(
    state: SimState, call: Call, merchant: SimMerchant, reference: str, market: _Market, items: list[Item]
) -> Order:
    """An order that is never a checkout."""
    order = Order(
        state.next_order_id(), merchant.key, reference, market.currency, market.country, market.language,
        state.clock.now(), items, dict(call.body),
    )  # fmt: skip
    order.merchant_made = True
    order.customer = _customer(call.body, market.country)
    state.orders[order.id] = order
    return order


async def retry_payment(state: SimState, call: Call) -> web.StreamResponse:
    """POST /v2/merchantpayment/retry: another way to pay an order whose reservation was refused."""
    merchant, fields = read_request(state, call)
    order_id = fields.integer("OrderId", required=True, least=1, most=INT64) or 0
    method = _read_method(fields)
    _check_address(fields, "BillingAddress", required=False)
    fields.problems.raise_if_any()
    order = state.find(order_id)
    admit(state, call, order)
    if not order.merchant_made or order.status is not CheckoutStatus.REFUSED:
        raise not_supported("Operation is not supported for this order: its payment was not refused")
    _check_customer(Fields({**order.request, **_given(call.body)}, fields.problems), method)
    fields.problems.raise_if_any()
    _check_card(state, merchant, method)
    accepted(state, call, order)
    if call.body.get("Customer") or call.body.get("BillingAddress"):
        order.customer = _customer({**order.request, **_given(call.body)}, order.country)
    order.status = CheckoutStatus.IN_PROCESS
    return transactions_answer(state, await _reserve(state, call, order, merchant, method))


async def _reserve(
    state: SimState, call: Call, order: Order, merchant: SimMerchant, method: _Method
) -> list[Transaction]:
    order.method = method.name
    order.final_items = [*order.items, *([LETTER_FEE] if method.letter else [])]

    def reserved(tx: Transaction) -> None:
        order.status, order.completed_at = CheckoutStatus.COMPLETED, state.clock.now()
        book(state, order, tx, Movement.AUTHORIZED, tx.amount, "merchant payment")

    def undecided(_: Transaction, status: TxStatus) -> None:
        order.status = CheckoutStatus.ON_HOLD if status is TxStatus.ON_HOLD else CheckoutStatus.REFUSED

    plan = Planned(
        TxType.PREAUTHORIZATION,
        total_of(order.final_items),
        None,
        [(ActionType.RESERVE, item) for item in order.final_items],
        on_success=reserved,
        otherwise=undecided,
        fails_with=_verdict(state, order, merchant, method),
    )
    made = await begin(state, order, [plan], request_id=call.request_id)
    for tx in made:
        tx.method, tx.subtype = method.name, method.subtype
    return made


def _verdict(state: SimState, order: Order, merchant: SimMerchant, method: _Method) -> OutcomeRule | None:
    """A card past its date, or a person whom Qliro does not trust, is refused afterwards; None leaves it to others."""
    if method.token is not None:
        old = card_state(state, merchant, method.token).expired
        return OutcomeRule("CARD_EXPIRED", "The saved card has expired") if old else None
    person = find(order.customer.number or "", order.country)
    if person is None or person.verdict is Verdict.APPROVED:
        return None
    denied = OutcomeRule("DECLINED", "The payment was denied")
    return denied if person.verdict is Verdict.DENIED else OutcomeRule(None, hold=True)


def _remember(state: SimState, call: Call, merchant: SimMerchant) -> None:
    """A RequestId is good once, whatever came of it."""
    now = state.clock.now()
    if call.request_id is None:
        return
    if state.memory.knows(merchant.key, call.request_id, now=now, memory=state.config.request_memory):
        text = f"Request with RequestId {call.request_id} has already been received"
        raise evaluation(state.config.repeated_request_code, text)
    if state.config.refused_requests_consume_id:
        state.memory.remember(merchant.key, call.request_id, now=now)


def _read_method(fields: Fields) -> _Method:
    method = fields.sub("PaymentMethod")
    if method is None:
        fields.bad("PaymentMethod", "The PaymentMethod field is required.")
        return _Method("", "", None, letter=False)
    name = (method.text("Name", required=True) or "").upper()
    subtype, token = method.text("Subtype"), method.guid("MerchantSavedCreditCardId")
    letter = bool(method.flag("SelectedLetterInvoiceOption"))
    if name == CARD and token is None:
        method.bad("MerchantSavedCreditCardId", "The MerchantSavedCreditCardId field is required.")
    if name == INVOICE and (subtype or "").upper() != "INVOICE":
        method.bad("Subtype", "The Subtype must be INVOICE.")
    if name not in {CARD, INVOICE, ""}:
        method.bad("Name", f"The payment method '{name}' can't be used without the customer.")
    return _Method(name, "VISA" if name == CARD else "INVOICE", token if name == CARD else None, letter)


def _check_address(fields: Fields, name: str, *, required: bool) -> None:
    address = fields.sub(name)
    if address is None:
        if required:
            fields.bad(name, f"The {name} field is required.")
        return
    for part, most in REQUIRED.items():
        address.text(part, required=True, most=most)
    for part, most in OPTIONAL.items():
        address.text(part, most=most)


def _check_customer(fields: Fields, method: _Method) -> None:
    customer = fields.sub("Customer")
    if customer is None:
        if method.name == INVOICE:
            fields.bad("Customer", "The Customer field is required.")
        return
    for name, most in CUSTOMER.items():
        customer.text(name, required=name == "PersonalNumber" and method.name == INVOICE, most=most)


def _check_card(state: SimState, merchant: SimMerchant, method: _Method) -> None:
    if method.token is not None and not card_state(state, merchant, method.token).known:
        name = "PaymentMethod.MerchantSavedCreditCardId"
        raise ApiError("INVALID_INPUT", f"Property: {name}, Message: The saved credit card does not exist.")


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("Customer", "BillingAddress") if body.get(name)}


def _customer(body: dict[str, Any], country: str) -> Customer:
    told = body.get("Customer") or {}
    billing = address_from(body.get("BillingAddress"), country)
    return Customer(
        email=told.get("Email"),
        mobile=told.get("MobileNumber"),
        number=told.get("PersonalNumber"),
        company=str(told.get("JuridicalType") or "").casefold() == "company",
        identified=True,
        billing=billing,
        shipping=address_from(body.get("ShippingAddress"), country) or billing,
    )


ROUTES: tuple[Route, ...] = (
    route("POST", f"{BASE}/merchantpayment", create_payment),
    route("POST", f"{BASE}/merchantpayment/retry", retry_payment),
)
