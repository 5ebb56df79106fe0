"""References that the provider accepts and that never mean two things."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.references import item_reference, merchant_reference, provider_reference, shipping_reference
from tests.unit.domain.orders import item, shipping

# The provider's alphabet: letters of any script, digits, white space and ( ) . ' - _ & , / – + :
ACCEPTED = re.compile(r"(?:[^\W\d_]|[0-9\s().'\-_&,/–+:]){1,200}")
MERCHANT = re.compile(r"[A-Za-z0-9_-]{1,25}")
SOURCES = st.one_of(st.from_regex(r"\A[A-Za-z0-9_-]{1,40}\Z"), st.text(min_size=1, max_size=60))


@pytest.mark.parametrize("plain", ["A000123", "SKU 12 (blå)", "B-1/2:3+4&5,6.7_8–9'", "产品-7", "Ω", "x" * 200])
def test_what_fits_is_left_as_it_is(plain: str) -> None:
    assert provider_reference(plain) == plain


@pytest.mark.parametrize(
    ("raw", "start"),
    [
        ("AB#12", "AB-12-"),
        ("50%", "50--"),
        ("Tröja®", "Tröja--"),
        (" padded ", "padded-"),
        ("two\t tabs", "two tabs-"),
        ("party 🎉 hat", "party - hat-"),
        ("x" * 201, "x" * 191 + "-"),
        ("½", "--"),
        ("\u0663", "--"),
    ],
)
def test_what_does_not_fit_is_changed_and_marked(raw: str, start: str) -> None:
    reference = provider_reference(raw)
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{8}", reference)
    assert ACCEPTED.fullmatch(reference)


@given(st.text(min_size=1, max_size=260))
def test_every_reference_is_acceptable_unless_it_says_nothing(raw: str) -> None:
    reference = provider_reference(raw)
    assert reference == "" if raw.isspace() else ACCEPTED.fullmatch(reference)
    assert reference == reference.strip()


@given(st.text(alphabet="ab#% ", min_size=1, max_size=4), st.text(alphabet="ab#% ", min_size=1, max_size=4))
def test_two_references_never_become_one(one: str, other: str) -> None:
    if one != other and one.strip() and other.strip():
        assert provider_reference(one) != provider_reference(other)


def test_long_references_that_differ_at_the_end_stay_different() -> None:
    assert provider_reference("x" * 250 + "a") != provider_reference("x" * 250 + "b")


def test_a_row_goes_by_its_sku_then_its_reference_then_its_id() -> None:
    assert item_reference(item("SKU", 100, reference="ref", id="ci1")) == "SKU"
    assert item_reference(item(" ", 100, reference="ref", id="ci1")) == "ref"
    assert item_reference(item("", 100, id="ci1")) == "ci1"


def test_a_shipping_goes_by_its_reference_then_its_id() -> None:
    assert shipping_reference(shipping(4900, reference="HOME")) == "HOME"
    assert shipping_reference(shipping(4900, reference="")) == "s-"


@pytest.mark.parametrize(
    ("source", "attempt", "reference"),
    [
        ("onksAnol", 1, "onksAnol"),
        ("onksAnol", 2, "onksAnol-2"),
        ("onksAnol", 137, "onksAnol-137"),
        ("56393", 1, "56393-1"),
        ("NC-100045", 1, "NC-100045-1"),
        ("x" * 25, 1, "x" * 25),
        ("x" * 23, 2, "x" * 23 + "-2"),
    ],
)
def test_attempts_are_named_after_the_order(source: str, attempt: int, reference: str) -> None:
    assert merchant_reference(source, attempt) == reference


@given(SOURCES, st.integers(1, 9999))
def test_every_merchant_reference_is_acceptable(source: str, attempt: int) -> None:
    reference = merchant_reference(source, attempt)
    assert MERCHANT.fullmatch(reference)
    assert not reference.isdigit()
    assert reference == merchant_reference(source, attempt)


@given(SOURCES, SOURCES, st.integers(1, 120), st.integers(1, 120))
def test_no_two_attempts_share_a_name(one: str, other: str, first: int, second: int) -> None:
    if (one, first) != (other, second):
        assert merchant_reference(one, first) != merchant_reference(other, second)


def test_the_names_of_look_alike_orders_stay_apart() -> None:
    sources = ["A", "A-1", "A-2", "A-2-1", "1", "1-1", "Å", "Ä", "-", "--", "x" * 26, "x" * 26 + "y"]
    names = [merchant_reference(source, attempt) for source in sources for attempt in range(1, 15)]
    assert len(set(names)) == len(names)


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        merchant_reference("onksAnol", 0)
