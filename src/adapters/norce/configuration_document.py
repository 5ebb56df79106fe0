"""The adapter's configuration document (norce.md d.3): every field checked, errors naming the field.

A field is found at the top level or in one of the groups that Norce's adapters use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.norce.configuration_fields import Fields, invalid, origin_of, usable_url
from adapters.norce.wire import ANYTHING, UNREADABLE
from application.ports.configurations import (
    Appearance,
    MerchantConfiguration,
    ProviderAccount,
    ReferenceSource,
    Secret,
)
from domain.errors import ConfigurationInvalid
from domain.identifiers import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRules:
    """What settings allow: origins of Qliro that may be called, and the callback base when a document has none."""

    qliro_hosts: frozenset[str]
    public_url: str = ""


def parse_configuration(raw: bytes, tenant: Tenant, rules: ConfigurationRules) -> MerchantConfiguration:
    """The tenant's configuration. Raises ConfigurationInvalid naming the field that is wrong, never its value."""
    fields = Fields(_document(raw))
    return MerchantConfiguration(
        account=_account(fields, tenant, rules),
        active=fields.flag("active", default=True),
        public_url=_public_url(fields, rules),
        confirmation_url=fields.needed_url("merchantConfirmationUrl", "confirmationUrl"),
        terms_url=fields.needed_url("merchantTermsUrl", "termsUrl"),
        integrity_policy_url=fields.url("merchantIntegrityPolicyUrl", "integrityPolicyUrl"),
        appearance=_appearance(fields),
        minimum_customer_age=fields.whole("minimumCustomerAge", most=150) or None,
        require_identity_verification=fields.flag("requireIdentityVerification"),
        merchant_constraint_name=fields.text("merchantConstraintName", longest=100),
        reference_source=_reference_source(fields),
        map_discount_per_row=fields.flag("mapDiscountPerRow"),
        recurring=fields.flag("recurring"),
        use_integrated_shipping=fields.flag("useIntegratedShipping"),
        use_upsell=fields.flag("useUpsell"),
        upsell_timeout_seconds=_or(fields.whole("upsellTimeoutSeconds", most=86_400), 300),
        loyalty_configuration=fields.object("loyaltyConfiguration"),
        discount_texts=fields.texts("discountLocalizations", "discountText"),
        voucher_texts=fields.texts("voucherLocalizations", "voucherText"),
        decline_texts=fields.nested_texts("declineLocalizations", "declineText"),
    )


def _document(raw: bytes) -> Mapping[str, Any]:
    try:
        document = ANYTHING.decode(raw)
    except UNREADABLE:
        raise ConfigurationInvalid("The configuration is not readable JSON.") from None
    if not isinstance(document, dict):
        raise ConfigurationInvalid("The configuration is not an object.")
    return document


def _account(fields: Fields, tenant: Tenant, rules: ConfigurationRules) -> ProviderAccount:
    api_url = fields.needed_text("apiUrl", longest=500)
    origin = origin_of(api_url)
    if origin is None or not usable_url(origin):
        raise invalid("apiUrl", "must be the https address of a host, nothing more")
    if origin not in {origin_of(allowed) for allowed in rules.qliro_hosts}:
        raise invalid("apiUrl", "names a host that is not among the allowed ones (ADAPTER_QLIRO_HOSTS)")
    return ProviderAccount(
        tenant=tenant,
        api_url=origin,
        api_key=fields.needed_text("merchantApiKey", longest=50),
        api_secret=Secret(fields.needed_text("merchantApiSecret", longest=500)),
    )


def _public_url(fields: Fields, rules: ConfigurationRules) -> str:
    url = fields.url("publicUrl") or rules.public_url
    if not url:
        raise invalid("publicUrl", "is missing and ADAPTER_PUBLIC_URL is not set")
    if not usable_url(url):
        raise invalid("publicUrl", "must be an absolute https address")
    return url.rstrip("/")


def _appearance(fields: Fields) -> Appearance:
    return Appearance(
        primary_color=fields.colour("primaryColor"),
        background_color=fields.colour("backgroundColor"),
        call_to_action_color=fields.colour("callToActionColor"),
        call_to_action_hover_color=fields.colour("callToActionHoverColor"),
        corner_radius=fields.whole("cornerRadius", most=1_000),
        button_corner_radius=fields.whole("buttonCornerRadius", most=1_000),
    )


def _reference_source(fields: Fields) -> ReferenceSource:
    value = fields.text("merchantReferenceSource")
    if value is None:
        return ReferenceSource.ORDER_ID
    for source in ReferenceSource:
        if source.value.casefold() == value.casefold():
            return source
    raise invalid("merchantReferenceSource", f"must be {' or '.join(ReferenceSource)}")


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
