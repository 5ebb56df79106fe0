"""What must never be in a log, and what must stay readable."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.observability.redaction import LONGEST_VALUE, redact, redacted
from application.ports.configurations import Secret


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer a3bc+/5c5A0=", "a3bc+/5c5A0="),
        ("bearer abcdefgh", "abcdefgh"),
        ("Qliro " + "Q" * 43 + "=", "Q" * 43),
        ("GET /push?merchant=norce&token=0a1b2c3d4e5f&channel=1", "0a1b2c3d4e5f"),
        ('{"MerchantApiSecret": "s3cr3t value"}', "s3cr3t value"),
        ("api_key=K-77812, rest", "K-77812"),
        ("postgresql://adapter:hunter2@db/payments", "hunter2"),
        ("PersonalNumber 850710-1234 is wrong", "850710-1234"),
        ("PersonalNumber 198507101234 is wrong", "198507101234"),
        ("no 8507101234.", "8507101234"),
        ("hetu 131052-308T", "131052-308T"),
        ("cpr 010170-1234", "010170-1234"),
        ("mail anna.svensson@example.se bounced", "anna.svensson@example.se"),
        ("card 4111 1111 1111 1111 refused", "1111 1111"),
        ("card 4111111111111111 refused", "4111111111111111"),
        ("call +46 70 123 45 67", "123 45 67"),
        ("call 070-123 45 67", "123 45"),
        ("<div id='qliro'><script>window.q1</script></div>", "script"),
        ('CheckViolationError: x\nDETAIL:  Failing row contains (m, {"error": "Anna (b\n) 5"}, null).\nraised', "Anna"),
        ("Failing row contains (m, Anna)", "Anna"),
        ("(DataError) [SQL: UPDATE payment SET name=$1]\n[parameters: ('Anna Svensson',)]", "Anna"),
    ],
)
def test_a_secret_or_personal_text_does_not_survive(text: str, secret: str) -> None:
    assert secret not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Norce answered 409 twice; the order was being changed.",
        "0190b7a2-1111-7222-8333-123456789012 was used before",
        "Qliro answered nothing usable",
        "order 4812345 of payment pyTWfWFQDxIwodoImZHAfSsZvON",
        "since 2026-11-23T12:00:00+00:00",
        "amount 1099.00 is not 1099.01",
    ],
)
def test_what_operators_need_stays_readable(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "token", "norce_token", "merchantApiSecret", "htmlSnippet", "html_snippet"),
        *("personalNumber", "email", "Email", "phone", "mobileNumber", "streetAddress", "givenName", "lastName"),
        *("customer", "body"),
    ],
)
def test_a_value_under_a_telling_name_is_hidden_whatever_it_is(name: str) -> None:
    told = redact(None, "info", {name: "harmless", "number": {name: 17}, "all": [{name: ["x"]}]})
    assert told == {name: "***", "number": {name: "***"}, "all": [{name: "***"}]}


def test_values_of_any_type_are_shown_without_harm() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    event = {"a": Secret("hunter2"), "b": b"secret", "c": Broken(), "d": {"x": {"y": {"z": {"w": [1]}}}}, "e": None}
    assert redact(None, "info", event) == {
        "a": "Secret(***)",
        "b": "[6 bytes]",
        "c": "[Broken]",
        "d": {"x": {"y": {"z": {"w": "[deeper]"}}}},
        "e": None,
    }


def test_ids_keep_their_digits_and_other_texts_in_their_place_do_not() -> None:
    assert redact(None, "info", {"order_id": "8507101234", "correlation": "1234567890123456"}) == {
        "order_id": "8507101234",
        "correlation": "1234567890123456",
    }
    assert redact(None, "info", {"order_id": "anna@example.se"}) == {"order_id": "[e-mail]"}


def test_long_values_are_cut_and_keep_their_end() -> None:
    told = redacted("a" * 3_000 + "the end")
    assert len(told) <= LONGEST_VALUE
    assert told.endswith("the end")


def test_line_breaks_and_direction_marks_cannot_forge_lines() -> None:
    assert redacted("one\ntwo\x1b[31m\u202ethree") == "one two·[31m·three"


def test_many_entries_are_cut() -> None:
    assert len(redact(None, "info", {"all": list(range(1_000))})["all"]) == 50


@given(st.text(max_size=300))
def test_any_text_can_be_redacted_and_then_encoded(text: str) -> None:
    redacted(text).encode("utf-8")


@pytest.mark.parametrize("text", ["1 " * 5_000, "a@" * 5_000, "=:" * 5_000, "[parameters: " * 900, "\ud800" * 3_000])
def test_hostile_texts_cost_little_time(text: str) -> None:
    started = time.process_time()
    redacted(text)
    assert time.process_time() - started < 1
