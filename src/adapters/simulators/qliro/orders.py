"""Creating and updating a checkout order: every rule of sections 5.1 and 5.3."""

from datetime import timedelta
from typing import Any

from adapters.simulators.qliro.config import QliroSimConfig, SimMerchant
from adapters.simulators.qliro.delivery import check_delivery, offer_delivery
from adapters.simulators.qliro.errors import ApiError, evaluation, not_supported
from adapters.simulators.qliro.extras import preselect
from adapters.simulators.qliro.items import read_items
from adapters.simulators.qliro.model import Address, Item, Order, total_of
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.options import check_customer, check_options, check_update_options
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import REFERENCE, Fields, Problems

LANGUAGES = ("sv-se", "en-us", "fi-fi", "da-dk", "fr-fr", "de-de", "nb-no", "nl-nl")
REQUIRED_URLS = ("MerchantTermsUrl", "MerchantConfirmationUrl")
PUSH_URLS = ("MerchantCheckoutStatusPushUrl", "MerchantOrderManagementStatusPushUrl")
OPTIONAL_URLS = (
    "MerchantIntegrityPolicyUrl",
    "MerchantOrderValidationUrl",
    "MerchantOrderAvailableShippingMethodsUrl",
    "MerchantNotificationUrl",
    "MerchantSavedCreditCardPushUrl",
    "MerchantOrderAvailableShippingAddressesUrl",
    "MerchantCancelUrl",
    *PUSH_URLS,
)
UPDATABLE = (
    "AvailableShippingMethods",
    "ShippingConfiguration",
    "ShippingAdditionalHeader",
    "ApplicableFees",
    "RequireIdentityVerification",
    "MerchantProvidedMetadata",
    "MerchantConstraintName",
    "PaymentId",
)


def create_order(state: SimState, merchant: SimMerchant, body: dict[str, Any]) -> Order:
    """A new order in InProcess. Raises ApiError with the code of section 4."""
    problems = Problems()
    fields = Fields(body, problems)
    reference = fields.text("MerchantReference", required=True, pattern=REFERENCE)
    currency = fields.text("Currency", required=True)
    country = fields.text("Country", required=True)
    language = fields.text("Language", required=True)
    _check_urls(fields, state.config)
    items = read_items(fields, refuse_duplicates=state.config.refuse_duplicate_items)
    check_options(fields)
    check_delivery(fields, merchant, items, new=True)
    problems.raise_if_any()
    if reference is None or currency is None or country is None or language is None:
        raise AssertionError("required fields were checked above")
    check_market(merchant, currency, country, language)
    _check_push_urls(merchant, body)
    check_total(state, items)
    order = Order(
        state.next_order_id(), merchant.key, reference, currency, country, language,
        state.clock.now(), items, dict(body),
    )  # fmt: skip
    offer_delivery(order, merchant)
    _prefill(order, body.get("CustomerInformation") or {})
    order.reads_to_miss = state.config.quirks.read_lag_count
    order.delivery_rows = state.config.delivery_rows
    preselect(order)
    state.orders[order.id] = order
    return order


def _check_urls(fields: Fields, config: QliroSimConfig) -> None:
    hosts = config.plain_http_hosts if config.require_https else None
    for name in REQUIRED_URLS:
        fields.url(name, required=True, http_hosts=hosts)
    for name in OPTIONAL_URLS:
        fields.url(name, http_hosts=hosts)


def check_market(merchant: SimMerchant, currency: str, country: str, language: str) -> None:
    """PAYMENT_METHOD_NOT_CONFIGURED for what the merchant has not set up."""
    if language not in LANGUAGES or (country, currency) not in merchant.markets:
        text = f"No payment method is configured for {country}, {currency}, {language}"
        raise evaluation("PAYMENT_METHOD_NOT_CONFIGURED", text)


def _check_push_urls(merchant: SimMerchant, body: dict[str, Any]) -> None:
    if not merchant.push_urls_configured and not all(body.get(name) for name in PUSH_URLS):
        raise evaluation("MERCHANT_URL_NOT_SET", "Merchant URL is not set")


def check_total(state: SimState, items: list[Item]) -> None:
    """INVALID_REQUEST_TOTAL_AMOUNT for nothing, or less."""
    total = total_of(items)
    if total < 0 or (total == 0 and not state.config.free_orders):
        text = f"Request total must be positive. Actual Request Total '{to_major(total)}'"
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", text)


def _prefill(order: Order, info: dict[str, Any]) -> None:
    customer = order.customer
    customer.email = info.get("Email")
    customer.mobile = info.get("MobileNumber")
    customer.company = str(info.get("JuridicalType") or "").casefold() == "company"
    customer.billing = address_from(info.get("Address"), order.country)
    customer.shipping = address_from(info.get("ShippingAddress"), order.country)


def address_from(raw: dict[str, Any] | None, country: str) -> Address | None:
    """An address from its wire form; None when it says nothing."""
    if not raw or not any(raw.values()):
        return None
    return Address(
        raw.get("FirstName"), raw.get("LastName"), raw.get("CompanyName"), raw.get("CareOf"), raw.get("Street"),
        raw.get("Street2"), raw.get("PostalCode"), raw.get("City"), raw.get("CountryCode") or country,
    )  # fmt: skip


def has_expired(state: SimState, order: Order) -> bool:
    """Too old to be changed or bought (24 h after creation unless configured otherwise)."""
    age = state.clock.now() - order.created
    return order.expired or age > timedelta(seconds=state.config.order_lifetime)


def drop_stale_attempt(state: SimState, order: Order) -> None:
    """A bank's question that nobody answers is given up after a while; the order is free again."""
    attempt = order.attempt
    if attempt is not None and attempt.awaiting_challenge:
        waited = state.clock.now() - attempt.started
        if waited > timedelta(seconds=state.config.challenge_seconds):
            order.attempt = None


def update_order(state: SimState, order: Order, body: dict[str, Any]) -> None:
    """Replace the item list and what else may change. Raises ApiError and then changes nothing."""
    problems = Problems()
    fields = Fields(body, problems)
    items = read_items(fields, refuse_duplicates=state.config.refuse_duplicate_items)
    version = fields.text("MerchantUpdateVersion", most=36)
    if version == "":
        fields.bad("MerchantUpdateVersion", "The MerchantUpdateVersion must have 1 to 36 characters.")
    check_update_options(fields)
    check_customer(fields)
    merchant = state.merchant(order.merchant_key)
    check_delivery(fields, merchant, items, new=False)
    problems.raise_if_any()
    _refuse_update(state, order)
    check_total(state, items)
    order.items = items
    _overwrite(order, body)
    offer_delivery(order, merchant)
    if version is not None:
        order.update_version = version
    preselect(order)


def _refuse_update(state: SimState, order: Order) -> None:
    if order.paid:
        raise evaluation("ORDER_COMPLETED", f"Order {order.id} is already completed")
    if has_expired(state, order):
        text = "Unable to update as too much time has passed after order creation time"
        raise ApiError("ORDER_EXPIRED", text)
    drop_stale_attempt(state, order)
    if order.attempt is not None and state.config.refuse_put_during_payment:
        raise not_supported("Operation is not supported for this order while a payment is in process")


def _overwrite(order: Order, body: dict[str, Any]) -> None:
    for name in UPDATABLE:
        if body.get(name) is not None:
            order.request[name] = body[name]
    person = body.get("PickupPersonDetails")
    if isinstance(person, dict) and any(person.values()):
        order.request["PickupPersonDetails"] = person
    info = body.get("CustomerInformation") or {}
    if info.get("Email") and not order.customer.identified:
        order.customer.email = info["Email"]
    postal = (info.get("Address") or {}).get("PostalCode")
    if postal and not order.customer.identified:
        order.customer.billing = order.customer.billing or Address(country=order.country)
        order.customer.billing.postal_code = postal
