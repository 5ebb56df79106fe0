import json
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.qliro.money_requests import cancel_order, mark_items_as_shipped, return_items
from adapters.qliro.requests import create_order, language_for, update_order
from application.ports.configurations import Appearance
from application.ports.provider import CallbackUrls, CheckoutDraft, NewsletterQuestion
from domain.checkout import Basket, LineType, OrderLine
from domain.errors import OrderNotExpressible
from domain.ledger import ItemGroup, OrderItem
from domain.order import Address, CustomerType
from domain.planned_call import PlannedCall
from tests.golden import golden

KEY = "FRILUFT-KEY"
REQUEST = UUID("0190a000-0000-7000-8000-000000000001")
FREE = Basket((OrderLine("fri", "Gave", LineType.PRODUCT, 1, 0, 0, 0),), 0, "NOK")
MINIMAL = CheckoutDraft(
    merchant_reference="r1",
    basket=FREE,
    country="NO",
    culture="nn-NO",
    confirmation_url="https://shop.example/done",
    terms_url="https://shop.example/terms",
    callbacks=CallbackUrls(
        "https://a.example/validate?t=1", "https://a.example/push?t=2", "https://a.example/status?t=3"
    ),
)
FULL = replace(
    MINIMAL,
    merchant_reference="oHkTwPqZ-1",
    payment_id="p1",
    basket=Basket(
        (
            OrderLine("T-2", "Tält för två", LineType.PRODUCT, 2, 112_500, 90_000, 2_500),
            OrderLine("gift", "Presentkort", LineType.DISCOUNT, 1, -30_899, -30_899, 0),
            OrderLine("box-1", "Ombud", LineType.SHIPPING, 1, 5_900, 4_701, 2_550),
        ),
        200_001,
        "SEK",
    ),
    country="se",
    culture="sv-SE",
    integrity_policy_url="https://shop.example/privacy",
    appearance=Appearance("#112233", "#FFFFFF", "#000000", "#333333", 0, 8),
    minimum_customer_age=18,
    require_identity_verification=True,
    merchant_constraint_name="b2c",
    enforced_type=CustomerType.PERSON,
    newsletter=NewsletterQuestion(checked=True, text="Ja, tack!"),
    loyalty={"Provider": "Voyado", "Threshold": Decimal("10.50"), "Levels": ["guld"]},
    delivery=Address(given_name="Ebba", family_name="Berg", street_address="Byn 2", postal_code="98100", city="Kiruna"),
    customer=Address(
        type="person",
        given_name="Ebba",
        family_name="Berg",
        street_address="Storgatan 1",
        postal_code="972 31",
        city="Luleå",
        country="SE",
        phone="+46700000000",
        email="ebba@example.com",
        national_identification_number="790625-5307",
        vat_id="SE1",
    ),
)


def test_a_subscription_marks_the_products_of_new_and_changed_orders_and_says_where_to_tell_the_card() -> None:
    basket = replace(FULL.basket, subscription=True)
    callbacks = replace(FULL.callbacks, saved_card="https://a.example/save-recurring-details?t=4")
    created = json.loads(create_order(KEY, replace(FULL, basket=basket, callbacks=callbacks)))
    assert created["MerchantSavedCreditCardPushUrl"] == callbacks.saved_card
    marked = {"Subscription": {"Enabled": True}}
    for body in (created, json.loads(update_order(KEY, basket, version="8"))):
        assert [row.get("Metadata") for row in body["OrderItems"]] == [marked, None, None]


def test_everything_that_is_set_is_sent() -> None:
    assert create_order(KEY, FULL) == golden("qliro/create-full.json")


def test_nothing_that_is_not_set_is_sent() -> None:
    assert create_order(KEY, MINIMAL) == golden("qliro/create-minimal.json")


def test_an_age_of_zero_is_not_sent() -> None:
    assert create_order(KEY, replace(MINIMAL, minimum_customer_age=0)) == golden("qliro/create-minimal.json")


def test_identity_is_verified_in_sweden_only() -> None:
    draft = replace(MINIMAL, require_identity_verification=True)
    assert b"RequireIdentityVerification" not in create_order(KEY, draft)


def test_an_order_without_a_country_is_not_sent() -> None:
    with pytest.raises(OrderNotExpressible):
        create_order(KEY, replace(MINIMAL, country=""))


def test_an_update_replaces_every_row() -> None:
    assert update_order(KEY, FREE, version="7") == golden("qliro/update.json")


TENT = OrderItem("T-2", LineType.PRODUCT, 2, 112_500, 90_000, "Tält")
GIFT = OrderItem("gift", LineType.DISCOUNT, 1, -30_899, -30_899)
EXTRA = OrderItem("extra", LineType.FEE, 1, 5, 4)


def test_rows_are_shipped_per_reservation() -> None:
    shipments = (ItemGroup(3301001, (TENT, GIFT)), ItemGroup(3301002, (EXTRA,)))
    sent = mark_items_as_shipped(KEY, 4177001, request_id=REQUEST, currency="SEK", shipments=shipments)
    assert sent == golden("qliro/ship.json")


def test_a_cancel_names_the_order_only() -> None:
    assert cancel_order(KEY, 4177001, request_id=REQUEST) == golden("qliro/cancel.json")


def test_rows_are_returned_from_one_capture() -> None:
    capture = ItemGroup(3301001, (TENT, GIFT))
    sent = return_items(KEY, 4177001, request_id=REQUEST, currency="SEK", call=PlannedCall((capture,)))
    assert sent == golden("qliro/return.json")


@pytest.mark.parametrize(
    ("culture", "language"),
    [
        ("sv-SE", "sv-se"),
        ("sv-FI", "sv-se"),
        ("sv", "sv-se"),
        ("fi", "fi-fi"),
        ("fi-FI", "fi-fi"),
        ("da-DK", "da-dk"),
        ("nb-NO", "nb-no"),
        ("nn-NO", "nb-no"),
        ("no", "nb-no"),
        ("nb", "nb-no"),
        ("de-AT", "de-de"),
        ("fr_FR", "fr-fr"),
        ("nl-BE", "nl-nl"),
        ("en-GB", "en-us"),
        ("pl-PL", "en-us"),
        ("", "en-us"),
    ],
)
def test_a_culture_becomes_one_of_eight_languages(culture: str, language: str) -> None:
    assert language_for(culture) == language


def test_a_company_has_its_own_number_and_kind() -> None:
    company = Address(
        type="organization",
        organization_name="Fjell AS",
        organization_identification_number="123456785",
        national_identification_number="ignored",
    )
    sent = json.loads(create_order(KEY, replace(MINIMAL, customer=company)))["CustomerInformation"]
    assert sent == {
        "PersonalNumber": "123456785",
        "JuridicalType": "Company",
        "Address": {"CompanyName": "Fjell AS"},
    }


def test_a_value_longer_than_qliro_takes_is_left_out() -> None:
    customer = Address(email="x" * 256, phone="1" * 51, street_address2="y" * 41, city="Luleå", postal_code="z" * 16)
    sent = json.loads(create_order(KEY, replace(MINIMAL, customer=customer)))["CustomerInformation"]
    assert sent == {"Address": {"City": "Luleå"}}


def test_an_unknown_customer_is_not_sent() -> None:
    assert b"CustomerInformation" not in create_order(KEY, replace(MINIMAL, customer=Address(type="person")))


def test_no_number_has_more_than_two_decimals() -> None:
    def decimals(value: object) -> list[int]:
        if isinstance(value, dict):
            return [d for inner in value.values() for d in decimals(inner)]
        if isinstance(value, list):
            return [d for inner in value for d in decimals(inner)]
        return [-int(value.as_tuple().exponent)] if isinstance(value, Decimal) else []

    sent = json.loads(create_order(KEY, FULL), parse_float=Decimal)
    assert set(decimals(sent)) == {2}
