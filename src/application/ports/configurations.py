"""The merchant's own settings for this adapter (norce.md d)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.identifiers import Tenant


class ReferenceSource(StrEnum):
    ORDER_ID = "OrderId"
    ORDER_CART_REFERENCE = "OrderCartReference"


class EnforcedCustomer(StrEnum):
    """Who may buy: private persons, companies, or what the order's customer is (anyone while that is not known)."""

    PHYSICAL = "Physical"
    COMPANY = "Company"
    ORDER_CUSTOMER_TYPE = "OrderCustomerType"


class Secret:
    """A value that can be used but not printed, logged or compared by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; call only where it leaves for its destination."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """Where and as whom to call Qliro. `api_url` is an allowed origin without trailing slash."""

    tenant: Tenant
    api_url: str
    api_key: str
    api_secret: Secret


@dataclass(frozen=True, slots=True)
class Appearance:
    """Styling of the embedded checkout; None = Qliro's own."""

    primary_color: str | None = None
    background_color: str | None = None
    call_to_action_color: str | None = None
    call_to_action_hover_color: str | None = None
    corner_radius: int | None = None
    button_corner_radius: int | None = None


@dataclass(frozen=True, slots=True)
class IntegratedShipping:
    """How Qliro offers delivery itself: with nShift's checkout of this id, or without one as Ingrid does.

    `vat_rates` (basis points) are the rates that delivery may have; without any, those of the order's rows are tried
    first. `cart_attributes` are told to Ingrid with every cart.
    """

    checkout_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    cart_attributes: tuple[str, ...] = ()
    vat_rates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MerchantConfiguration:
    """One tenant's configuration, validated. URLs may hold {orderId}, {merchant}, {channel} until used."""

    account: ProviderAccount
    active: bool
    public_url: str
    confirmation_url: str
    terms_url: str
    integrity_policy_url: str | None = None
    appearance: Appearance = Appearance()
    minimum_customer_age: int | None = None
    require_identity_verification: bool = False
    merchant_constraint_name: str | None = None
    reference_source: ReferenceSource = ReferenceSource.ORDER_ID
    map_discount_per_row: bool = False
    enforced_customer: EnforcedCustomer | None = None
    ask_for_newsletter: bool = False
    newsletter_checked: bool = False
    recurring: bool = False
    use_integrated_shipping: bool = False
    integrated_shipping: IntegratedShipping = IntegratedShipping()
    use_upsell: bool = False
    upsell_timeout_seconds: int = 300
    loyalty_configuration: Mapping[str, object] | None = None
    discount_texts: Mapping[str, str] = field(default_factory=dict)
    voucher_texts: Mapping[str, str] = field(default_factory=dict)
    newsletter_texts: Mapping[str, str] = field(default_factory=dict)
    """culture → the question about the newsletter; at most 50 characters."""
    decline_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """culture → decline reason → text, overriding the built-in ones."""


class MerchantConfigurations(Protocol):
    """Reads a tenant's configuration, cached briefly; concurrent misses make one call."""

    async def read(self, tenant: Tenant) -> MerchantConfiguration:
        """Raises ConfigurationNotFound, ConfigurationInvalid (also when the service fails), PlatformUnauthorized."""
        ...


class ConfiguredMerchants(MerchantConfigurations, Protocol):
    """Tells also which channels a merchant has."""

    async def channels(self, merchant: str) -> tuple[str, ...]:
        """The merchant's channels, whether they use this adapter or not; none when there is no such merchant.

        Raises ConfigurationInvalid when the service fails, PlatformUnauthorized.
        """
        ...
