"""What upstreams say is shown without what opens doors, and kept without what belongs to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.discretion import discreet, without_credentials


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer norce-key-1 is not known", "norce-key-1"),
        ("basic dXNlcjpwYXNzd29yZA== refused", "dXNlcjpwYXNzd29yZA"),
        ("Qliro " + "Q" * 43 + "= does not match", "Q" * 43),
        ("'https://a.example/push?merchant=m&channel=c&token=0a1b2c3d4e5f' is not reachable", "0a1b2c3d4e5f"),
        ("cannot reach https://adapter:hunter2@host/x", "hunter2"),
    ],
)
def test_what_opens_doors_is_never_shown(text: str, secret: str) -> None:
    assert secret not in without_credentials(text)
    assert secret not in discreet(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bearer authentication is required",
        "RecurringToken: not found",
        "CustomerInformation.Email: 'anna@example.se' is not valid",
        "PersonalNumber 850710-1234 is wrong",
        "https://shop.example/confirmation?orderId=1 is no address",
    ],
)
def test_a_caller_reads_everything_else_as_it_was_said(text: str) -> None:
    assert without_credentials(text) == text


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("Email: 'anna.svensson@example.se' is not valid", "anna"),
        ("PersonalNumber 850710-1234 is wrong", "1234"),
        ("PersonalNumber 198507101234 is wrong", "1234"),
        ("PersonalNumber 8507101234 is wrong", "1234"),
        ("fødselsnummer 22034149589", "149589"),
        ("cpr 0208429205", "9205"),
        ("PersonalNumber 1201019807 is wrong", "9807"),
        ("hetu 131052-308T", "308T"),
        ("card 4111 1111 1111 1111 refused", "1111 1111"),
        ("call +46 70 123 45 67", "123 45"),
        ("call 070-123 45 67", "123 45"),
    ],
)
def test_what_belongs_to_a_person_is_not_kept(text: str, personal: str) -> None:
    assert personal not in discreet(text)


@pytest.mark.parametrize(
    "text",
    [
        "order 1806128571 was bought for 78520, Norce's costs 481900 (minor units)",
        "transaction 2001234567 and 3290004",
        "0190b7a2-1111-7222-8333-123456789012 was used before",
        "since 2026-11-23T12:00:00+00:00",
        "on 2026-11-23 amount 1099.00 is not 1099.01",
    ],
)
def test_what_operators_need_is_kept(text: str) -> None:
    assert discreet(text) == text


@given(st.text() | st.text(alphabet="0123456789 -+@:/?&=BbearTtokn."))
def test_any_text_may_come(text: str) -> None:
    assert len(discreet(text)) <= 2 * len(text) + 8
