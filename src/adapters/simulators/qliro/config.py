"""Everything about the simulator that a test or the sandbox may choose."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

RETRY_SECONDS: tuple[float, ...] = (0, 2, 5, 10, 30, 60, 120, 1800, 3600, 86_400, 259_200)
DAY = 86_400.0


class DeliveryPlatform(StrEnum):
    """Who delivers for a merchant whose delivery is integrated at Qliro (section 13)."""

    UNIFAUN = "Unifaun"
    INGRID = "Ingrid"


class Booking(StrEnum):
    """What the platform does when the customer has bought."""

    BOOKED = "booked"
    FAILED = "failed"
    NONE = "none"


class DeliveryRows(StrEnum):
    """How Qliro writes a delivery with services into the order: as one row, or the services on their own."""

    ONE = "one"
    SERVICES_APART = "services_apart"
    SERVICES_AS_FEES = "services_as_fees"


@dataclass(frozen=True, slots=True)
class SimMerchant:
    """One merchant account: API key, secret, and what is set up for it."""

    key: str
    secret: str = field(repr=False)
    name: str = "Sandbox"
    markets: tuple[tuple[str, str], ...] = (
        ("SE", "SEK"), ("NO", "NOK"), ("DK", "DKK"), ("FI", "EUR"), ("DE", "EUR"), ("NL", "EUR"), ("FR", "EUR"),
    )  # fmt: skip
    push_urls_configured: bool = False
    shipping_methods: tuple[dict[str, Any], ...] = ()
    """What a provider integrated at Qliro offers to orders without shipping of their own (section 13)."""
    delivery_platform: DeliveryPlatform | None = None
    """Which platform that is: nShift wants its checkout's id, Ingrid the goods of every row, neither a Shipping row."""


class SettleMode(StrEnum):
    """When an Admin transaction gets its result."""

    AFTER_DELAY = "after_delay"
    AFTER_REPLY = "after_reply"
    BEFORE_REPLY = "before_reply"
    MANUAL = "manual"


class CaptureOfDebit(StrEnum):
    """What MarkItemsAsShipped does with money that was taken at once (section 19, question 7)."""

    CAPTURE = "capture"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class SettlementFee:
    """What Qliro keeps of a capture: a percentage of it and a fixed sum in minor units."""

    percent: Decimal = Decimal("1.00")
    fixed: int = 100


@dataclass(frozen=True, slots=True)
class PayOutExchange:
    """Pay-outs of one currency are made in another, at a rate."""

    currency: str
    rate: Decimal


def _settlement_fees() -> dict[str, SettlementFee]:
    return {
        "CREDITCARDS": SettlementFee(Decimal("1.45"), 150),
        "QLIRO_INVOICE": SettlementFee(Decimal("2.25"), 500),
        "QLIRO_PARTPAYMENT": SettlementFee(Decimal("2.25"), 500),
        "*": SettlementFee(),
    }


@dataclass(slots=True)
class Quirks:
    """Oddities of the real API that a client must survive; all off by default."""

    read_lag_seconds: float = 0.0
    read_lag_count: int = 0
    extra_fields: bool = False
    integer_enums: bool = False
    detailed_error_message: bool = False
    null_lists: bool = False
    stale_admin_seconds: float = 0.0
    merchant_404_as_json: bool = False


@dataclass(slots=True)
class QliroSimConfig:
    """Knobs with the documented behaviour as default; times in seconds."""

    merchants: tuple[SimMerchant, ...] = (SimMerchant("sandbox", "sandbox-secret"),)
    orders_before: int = 4_000_000
    """The first order's id is the next one. A client that remembers another run must not meet its ids again."""
    public_url: str | None = None
    settle: SettleMode = SettleMode.AFTER_DELAY
    transaction_delay: float = 0.05
    trustly_hold: float | None = 0.02
    order_lifetime: float = DAY
    session_seconds: int = 5400
    retry_schedule: tuple[float, ...] = RETRY_SECONDS
    retry_time_scale: float = 1.0
    push_timeout: float = 10.0
    push_intermediate: bool = False
    push_on_create: bool = False
    validate_timeout: float = 5.0
    silence_approves: bool = True
    repeated_request_code: str = "INVALID_REQUEST"
    request_memory: float = 7 * DAY
    refused_requests_consume_id: bool = True
    refuse_merchant_payments: str = ""
    """With an ErrorCode every payment without the customer is answered with it."""
    refuse_put_during_payment: bool = True
    refuse_duplicate_items: bool = True
    free_orders: bool = False
    challenge_seconds: float = 600.0
    require_https: bool = True
    plain_http_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    mask_customers: bool = True
    three_d_secure: bool = True
    record_declined_attempts: bool = False
    reject_parallel_returns: bool = True
    capture_of_debit: CaptureOfDebit = CaptureOfDebit.CAPTURE
    addition_limit_percent: Decimal = Decimal(10)
    payment_links: bool = False
    booking: Booking = Booking.BOOKED
    booking_delay: float = 0.0
    booking_error: str = "The carrier did not answer"
    delivery_rows: DeliveryRows = DeliveryRows.ONE
    upsell_seconds: int = 300
    upsell_enabled: bool = True
    upsell_most: int | None = None
    """Minor units; None = what Qliro allows: a share of the order with its own methods, else a sum."""
    upsell_limit_percent: Decimal = Decimal(10)
    upsell_redirects: bool | None = None
    """Whether customers pay at a link; None = as the method does. A card with SCA is True."""
    upsell_replaces: bool | None = None
    """Whether one reservation takes the place of all before; None = with Qliro's own methods."""
    upsell_session_seconds: float = 900.0
    poll_milliseconds: int = 500
    settlement_days: int = 1
    """Banking days from the day of a capture or refund to its pay-out."""
    settlement_fees: dict[str, SettlementFee] = field(default_factory=_settlement_fees)
    """By payment method; `*` for all others."""
    settlement_exchange: dict[str, PayOutExchange] = field(default_factory=dict)
    """By the currency of the orders; without an entry pay-outs are made in it."""
    quirks: Quirks = field(default_factory=Quirks)
