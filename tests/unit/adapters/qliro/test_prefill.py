"""What a new checkout is told of a known customer."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.qliro.prefill import prefill
from application.ports.provider import CheckoutDraft
from domain.order import Address, CustomerType
from tests.unit.adapters.qliro.test_requests import MINIMAL

EBBA = Address(
    type="person",
    given_name="Ebba",
    family_name="Berg",
    street_address="Storgatan 1",
    postal_code="972 31",
    city="Luleå",
    country="SE",
    email="ebba@example.com",
    phone="+46700000000",
    national_identification_number="790625-5307",
)
FIRM = Address(
    type="organization",
    organization_name="Provbolaget AB",
    given_name="Ebba",
    organization_identification_number="556001-1982",
    national_identification_number="790625-5307",
    country="SE",
)


def told(customer: Address | None = EBBA, delivery: Address | None = None, **members: Any) -> dict[str, Any]:
    draft: CheckoutDraft = replace(MINIMAL, country="SE", customer=customer, delivery=delivery, **members)
    found: dict[str, Any] = msgspec.to_builtins(prefill(draft)) or {}
    return found


def test_a_person_is_told_with_what_qliro_takes() -> None:
    assert told() == {
        "PersonalNumber": "790625-5307",
        "Email": "ebba@example.com",
        "JuridicalType": "Physical",
        "MobileNumber": "+46700000000",
        "Address": {
            "FirstName": "Ebba",
            "LastName": "Berg",
            "Street": "Storgatan 1",
            "PostalCode": "972 31",
            "City": "Luleå",
        },
    }


def test_nothing_known_is_nothing_told() -> None:
    assert told(None) == {}
    assert told(Address(type="person")) == {}


@pytest.mark.parametrize("masked", ["E***", "*", "79****-****", "••••", "e***a@example.com", "a\nb", " ", "x" * 300])
def test_what_is_masked_or_malformed_is_never_told(masked: str) -> None:
    fields = {name for name in Address.__slots__ if name not in ("type", "country")}
    customer = replace(EBBA, **dict.fromkeys(fields, masked))
    assert told(customer) == {}
    assert told(customer, customer) == {}


def test_one_masked_value_leaves_the_others() -> None:
    assert told(replace(EBBA, family_name="B***"))["Address"] == {
        "FirstName": "Ebba", "Street": "Storgatan 1", "PostalCode": "972 31", "City": "Luleå",
    }  # fmt: skip


@pytest.mark.parametrize(
    "mail", ["ebba", "ebba@", "@example.com", "ebba@example", "a b@example.com", "a@b@example.com"]
)
def test_what_is_no_mail_address_is_left_out(mail: str) -> None:
    assert "Email" not in told(replace(EBBA, email=mail))


def test_numbers_and_addresses_of_another_country_are_left_out() -> None:
    assert told(replace(EBBA, country="NO")) == {
        "Email": "ebba@example.com", "JuridicalType": "Physical", "MobileNumber": "+46700000000",
    }  # fmt: skip
    assert "ShippingAddress" not in told(EBBA, replace(EBBA, city="Narvik", country="NO"))
    assert told(replace(EBBA, country="se")) == told()


def test_another_delivery_address_is_told_beside_the_customers_own() -> None:
    assert "ShippingAddress" not in told(EBBA, EBBA)
    assert told(EBBA, Address(given_name="Ebba", street_address="Byn 2", city="Kiruna"))["ShippingAddress"] == {
        "FirstName": "Ebba", "Street": "Byn 2", "City": "Kiruna",
    }  # fmt: skip


def test_a_company_has_its_own_number() -> None:
    assert told(FIRM) == {
        "PersonalNumber": "556001-1982",
        "JuridicalType": "Company",
        "Address": {"FirstName": "Ebba", "CompanyName": "Provbolaget AB"},
    }


@pytest.mark.parametrize("members", [{"enforced_type": CustomerType.PERSON}, {"minimum_customer_age": 18}])
def test_where_only_persons_may_buy_a_company_is_taken_for_the_person_behind_it(members: dict[str, Any]) -> None:
    assert told(FIRM, **members) == {
        "PersonalNumber": "790625-5307",
        "JuridicalType": "Physical",
        "Address": {"FirstName": "Ebba"},
    }


def test_where_only_companies_may_buy_a_persons_number_is_not_told() -> None:
    told_now = told(EBBA, enforced_type=CustomerType.ORGANIZATION)
    assert told_now["JuridicalType"] == "Company"
    assert "PersonalNumber" not in told_now


@given(st.builds(Address, **{name: st.none() | st.text(max_size=300) for name in Address.__slots__}))
def test_every_value_that_is_told_fits(customer: Address) -> None:
    def values(found: object) -> list[str]:
        if isinstance(found, dict):
            return [value for each in found.values() for value in values(each)]
        return [str(found)]

    for value in values(told(customer, customer)):
        assert value == value.strip() != ""
        assert value.isprintable()
        assert "*" not in value
        assert len(value) <= 255
