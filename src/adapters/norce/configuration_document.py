"""The adapter's configuration document (norce.md d.3): every field checked, errors naming the field.

A field is found at the top level or in one of the groups that Norce's adapters use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.norce.configuration_fields import Fields
from adapters.norce.configuration_forms import origin_of, usable_url
from adapters.norce.configuration_problems import Problem, refusal
from adapters.norce.configuration_shipping import integrated_shipping
from adapters.norce.wire import ANYTHING, UNREADABLE
from application.ports.configurations import (
    Appearance,
    EnforcedCustomer,
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
    """The tenant's configuration. Raises ConfigurationInvalid naming every field that is wrong, never its value."""
    configuration, problems = read_configuration(document_of(raw), tenant, rules)
    if problems:
        raise refusal(problems)
    return configuration


def read_configuration(
    document: Mapping[str, Any], tenant: Tenant, rules: ConfigurationRules
) -> tuple[MerchantConfiguration, tuple[Problem, ...]]:
    """The configuration and everything that is wrong with it; of use only when nothing is."""
    fields = Fields(document)
    configuration = _read(fields, tenant, rules)
    return configuration, tuple(dict.fromkeys(fields.problems))


def _read(fields: Fields, tenant: Tenant, rules: ConfigurationRules) -> MerchantConfiguration:
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
        reference_source=fields.choice(ReferenceSource, "merchantReferenceSource") or ReferenceSource.ORDER_ID,
        map_discount_per_row=fields.flag("mapDiscountPerRow"),
        enforced_customer=fields.choice(EnforcedCustomer, "enforcedJuridicalType", "enforcedCustomerType"),
        ask_for_newsletter=fields.flag("askForNewsletterSignup"),
        newsletter_checked=fields.flag("askForNewsletterSignupChecked"),
        recurring=fields.flag("recurring"),
        use_integrated_shipping=fields.flag("useIntegratedShipping"),
        integrated_shipping=integrated_shipping(fields),
        use_upsell=fields.flag("useUpsell"),
        upsell_timeout_seconds=_or(fields.whole("upsellTimeoutSeconds", most=86_400), 300),
        loyalty_configuration=fields.object("loyaltyConfiguration"),
        discount_texts=fields.texts("discountLocalizations", "discountText"),
        voucher_texts=fields.texts("voucherLocalizations", "voucherText"),
        newsletter_texts=fields.newsletter_texts("newsletterLocalizations", "newsletterText"),
        decline_texts=fields.nested_texts("declineLocalizations", "declineText"),
    )


def document_of(raw: bytes) -> Mapping[str, Any]:
    """The JSON object in these bytes. Raises ConfigurationInvalid."""
    try:
        document = ANYTHING.decode(raw)
    except UNREADABLE:
        raise ConfigurationInvalid("The configuration is not readable JSON.") from None
    if not isinstance(document, dict):
        raise ConfigurationInvalid("The configuration is not an object.")
    return document


def _account(fields: Fields, tenant: Tenant, rules: ConfigurationRules) -> ProviderAccount:
    return ProviderAccount(
        tenant=tenant,
        api_url=_api_url(fields, rules),
        api_key=fields.needed_text("merchantApiKey", longest=50),
        api_secret=Secret(fields.needed_text("merchantApiSecret", longest=500)),
    )


def _api_url(fields: Fields, rules: ConfigurationRules) -> str:
    allowed = sorted({origin for host in rules.qliro_hosts if (origin := origin_of(host))})
    given = fields.needed_host("apiUrl")
    origin = origin_of(given)
    if given and origin not in allowed:
        why = "is not among the allowed hosts (ADAPTER_QLIRO_HOSTS)"
        fields.wrong(fields.place_of("apiUrl"), why, " or ".join(allowed))
    return origin or ""


def _public_url(fields: Fields, rules: ConfigurationRules) -> str:
    given = fields.url("publicUrl")
    url = given or rules.public_url
    if given is None and not url and not fields.has_problem("publicUrl"):
        fields.wrong("adapter.publicUrl", "is missing and ADAPTER_PUBLIC_URL is not set", "an absolute https address")
    elif given is None and url and not usable_url(url):
        fields.wrong("ADAPTER_PUBLIC_URL", "is not an absolute https address", "or set adapter.publicUrl")
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


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
