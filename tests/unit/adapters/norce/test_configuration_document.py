import json
from typing import Any

import pytest

from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from adapters.norce.configuration_forms import origin_of, usable_url
from application.ports.configurations import Appearance, MerchantConfiguration, ReferenceSource
from domain.errors import ConfigurationInvalid
from domain.identifiers import Tenant

TENANT = Tenant("friluft", "se-web")
RULES = ConfigurationRules(
    qliro_hosts=frozenset({"https://pago.qit.nu", "https://payments.qit.nu/"}), public_url="https://fallback.example/"
)
MINIMAL: dict[str, Any] = {
    "id": "qliro_checkout_adapter",
    "apiUrl": "https://pago.qit.nu/",
    "merchantApiKey": "KEY",
    "merchantApiSecret": "hemligt-ord",
    "merchantConfirmationUrl": "https://shop.example/done?o={orderId}",
    "merchantTermsUrl": "https://shop.example/terms",
}


def parse(document: object) -> MerchantConfiguration:
    return parse_configuration(json.dumps(document).encode(), TENANT, RULES)


def test_the_least_document_is_enough() -> None:
    made = parse(MINIMAL)
    assert made.account.tenant == TENANT
    assert (made.account.api_url, made.account.api_key) == ("https://pago.qit.nu", "KEY")
    assert made.account.api_secret.reveal() == "hemligt-ord"
    assert made.active
    assert made.public_url == "https://fallback.example"
    assert made.confirmation_url == "https://shop.example/done?o={orderId}"
    assert made.integrity_policy_url is None
    assert made.appearance == Appearance()
    assert made.minimum_customer_age is None
    assert made.reference_source is ReferenceSource.ORDER_ID
    assert made.upsell_timeout_seconds == 300
    assert [made.recurring, made.use_upsell, made.map_discount_per_row, made.use_integrated_shipping] == [False] * 4
    assert (made.discount_texts, made.voucher_texts, made.decline_texts) == ({}, {}, {})


FULL_GROUPS: dict[str, dict[str, Any]] = {
    "adapter": {"publicUrl": "https://gateway.example/checkout/qliro-adapter/", "internalUrl": "https://x"},
    "apiSettings": {"apiUrl": "https://PAYMENTS.qit.nu:443", "merchantApiKey": "K", "merchantApiSecret": "S"},
    "redirectUrls": {
        "merchantConfirmationUrl": "https://s.example/{merchant}/{channel}/{orderId}",
        "merchantTermsUrl": "http://localhost:3000/terms",
        "merchantIntegrityPolicyUrl": "https://s.example/privacy",
    },
    "options": {
        "primaryColor": "#a1B2c3",
        "backgroundColor": "ffF",
        "callToActionColor": "000000",
        "callToActionHoverColor": "",
        "cornerRadius": 0,
        "buttonCornerRadius": 1000.0,
        "minimumCustomerAge": 18,
        "requireIdentityVerification": True,
        "merchantConstraintName": " b2c ",
        "merchantReferenceSource": "orderCARTreference",
        "mapDiscountPerRow": True,
        "recurring": True,
        "useIntegratedShipping": True,
        "useUpsell": True,
        "upsellTimeoutSeconds": 0,
        "loyaltyConfiguration": {"provider": "Voyado"},
    },
    "localizationOptions": {
        "discountLocalizations": {"sv-SE": "Rabatt", "nb-NO": "  ", "fi-FI": None},
        "voucherLocalizations": {"sv-SE": "Presentkort"},
        "declineLocalizations": {"sv-SE": {"OutOfStock": "Slut i lager"}},
    },
}


@pytest.mark.parametrize("grouped", [True, False])
def test_every_field_is_found_in_its_group_or_outside(grouped: bool) -> None:
    flat = {name: value for group in FULL_GROUPS.values() for name, value in group.items()}
    made = parse({"active": False, **(FULL_GROUPS if grouped else flat)})
    assert not made.active
    assert made.account.api_url == "https://payments.qit.nu"
    assert made.public_url == "https://gateway.example/checkout/qliro-adapter"
    assert made.terms_url == "http://localhost:3000/terms"
    assert made.integrity_policy_url == "https://s.example/privacy"
    assert made.appearance == Appearance(
        primary_color="#a1B2c3",
        background_color="#ffffFF",
        call_to_action_color="#000000",
        call_to_action_hover_color=None,
        corner_radius=0,
        button_corner_radius=1_000,
    )
    assert (made.minimum_customer_age, made.require_identity_verification) == (18, True)
    assert made.merchant_constraint_name == "b2c"
    assert made.reference_source is ReferenceSource.ORDER_CART_REFERENCE
    assert made.recurring
    assert made.use_integrated_shipping
    assert made.use_upsell
    assert made.map_discount_per_row
    assert made.upsell_timeout_seconds == 0
    assert made.loyalty_configuration == {"provider": "Voyado"}
    assert made.discount_texts == {"sv-SE": "Rabatt"}
    assert made.voucher_texts == {"sv-SE": "Presentkort"}
    assert made.decline_texts == {"sv-SE": {"OutOfStock": "Slut i lager"}}


def test_the_sister_adapters_names_for_texts_are_understood() -> None:
    made = parse(MINIMAL | {"options": {"discountText": {"sv-SE": "R"}, "voucherText": {"sv-SE": "V"}}})
    assert (made.discount_texts, made.voucher_texts) == ({"sv-SE": "R"}, {"sv-SE": "V"})


def test_age_zero_is_no_limit() -> None:
    assert parse(MINIMAL | {"minimumCustomerAge": 0}).minimum_customer_age is None


WRONG: list[tuple[str, object]] = [
    ("apiUrl", None),
    ("apiUrl", "https://evil.example"),
    ("apiUrl", "http://pago.qit.nu"),
    ("apiUrl", "https://pago.qit.nu@evil.example"),
    ("apiUrl", "https://pago.qit.nu.evil.example"),
    ("apiUrl", "https://pago.qit.nu:8443"),
    ("apiUrl", "https://pago.qit.nu/checkout"),
    ("apiUrl", "https://pago.qit.nu?x"),
    ("apiUrl", "https://pago.qit.nu:99999"),
    ("apiUrl", "pago.qit.nu"),
    ("apiUrl", "file:///etc/passwd"),
    ("apiUrl", 7),
    ("merchantApiKey", None),
    ("merchantApiKey", "k" * 51),
    ("merchantApiKey", "a\nb"),
    ("merchantApiSecret", ""),
    ("merchantApiSecret", {"a": 1}),
    ("merchantConfirmationUrl", None),
    ("merchantConfirmationUrl", "/relative"),
    ("merchantConfirmationUrl", "http://shop.example/"),
    ("merchantConfirmationUrl", "javascript:alert(1)"),
    ("merchantTermsUrl", "https://a b"),
    ("merchantTermsUrl", "https://user:pw@shop.example"),
    ("merchantIntegrityPolicyUrl", "https://[half"),
    ("publicUrl", "ftp://x"),
    ("active", "yes"),
    ("primaryColor", "red"),
    ("backgroundColor", "#12345"),
    ("cornerRadius", 1001),
    ("cornerRadius", -1),
    ("buttonCornerRadius", 1.5),
    ("buttonCornerRadius", True),
    ("minimumCustomerAge", "18"),
    ("minimumCustomerAge", 151),
    ("requireIdentityVerification", 1),
    ("merchantConstraintName", "x" * 101),
    ("merchantReferenceSource", "Random"),
    ("mapDiscountPerRow", "false"),
    ("upsellTimeoutSeconds", 1e300),
    ("loyaltyConfiguration", []),
    ("discountLocalizations", ["Rabatt"]),
    ("voucherLocalizations", {"sv-SE": 3}),
    ("declineLocalizations", {"sv-SE": "text"}),
    ("declineLocalizations", {"not a culture": {}}),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_field_is_named(name: str, value: object) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        parse(MINIMAL | {name: value})
    assert name in refused.value.message


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = {name: value for name, value in WRONG if value is not None}
    with pytest.raises(ConfigurationInvalid) as refused:
        parse(MINIMAL | wrong)
    assert [name for name in wrong if name not in refused.value.message] == []


def test_a_flood_of_wrong_fields_is_told_in_part() -> None:
    texts = {f"no culture {number} {'x' * 1_000}": "x" for number in range(1_000)}
    with pytest.raises(ConfigurationInvalid, match="and 960 more") as refused:
        parse(MINIMAL | {"discountLocalizations": texts})
    assert len(refused.value.message) < 20_000


def test_a_wrong_value_is_not_repeated() -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        parse(MINIMAL | {"merchantApiSecret": "topsecret\n"})
    assert "topsecret" not in refused.value.message


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"\xff", b"[" * 5_000, b'{"a":'])
def test_what_is_no_document_is_invalid(raw: bytes) -> None:
    with pytest.raises(ConfigurationInvalid):
        parse_configuration(raw, TENANT, RULES)


def test_without_any_public_url_there_is_no_way_back() -> None:
    rules = ConfigurationRules(qliro_hosts=RULES.qliro_hosts)
    with pytest.raises(ConfigurationInvalid, match="publicUrl"):
        parse_configuration(json.dumps(MINIMAL).encode(), TENANT, rules)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://PAGO.qit.nu/", "https://pago.qit.nu"),
        ("https://pago.qit.nu:443", "https://pago.qit.nu"),
        ("http://127.0.0.1:8082", "http://127.0.0.1:8082"),
        ("http://[::1]:1/", "http://[::1]:1"),
        ("https://", None),
        ("https://a:b", None),
        ("//pago.qit.nu", None),
        ("https://pago.qit.nu#x", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_only_this_machine_may_be_called_without_tls() -> None:
    assert usable_url("http://127.0.0.1:8080/x")
    assert not usable_url("http://127.0.0.2.example/x")
