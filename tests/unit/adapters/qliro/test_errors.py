import json
from typing import Any

import pytest
from multidict import CIMultiDict

from adapters.http_call import Reply
from adapters.qliro.errors import error_for, explain, fault_in, messages_in, outcome_for
from domain.errors import ProviderUnavailable
from domain.outcomes import ALREADY_RECEIVED, Accepted, Declined
from tests.golden import golden

CASES = json.loads(golden("qliro/errors.json"))


def a_reply(status: int, body: bytes) -> Reply:
    return Reply(status, CIMultiDict(), body)


def reply_of(case: dict[str, Any]) -> Reply:
    body = case.get("body")
    raw = json.dumps(body).encode() if body is not None else case.get("text", "").encode()
    return a_reply(case["status"], raw)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_every_refusal_has_its_exception(case: dict[str, Any]) -> None:
    error = error_for(reply_of(case))
    assert type(error).__name__ == case["error"]
    if "messages" in case:
        assert list(error.fault.messages) == case["messages"]
    if case.get("body"):
        assert error.fault.code == case["body"]["ErrorCode"] or case["error"] == "ProviderRejected"


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_every_refusal_of_money_has_its_outcome(case: dict[str, Any]) -> None:
    outcome = outcome_for(reply_of(case))
    assert type(outcome).__name__ == case["outcome"]
    if isinstance(outcome, Declined):
        assert outcome.retryable is case.get("retryable", False)
        assert outcome.code
        assert outcome.message


def test_a_request_received_before_is_named_so() -> None:
    body = b'{"ErrorCode":"INVALID_REQUEST","ErrorMessage":"Request with RequestId x has already been received"}'
    assert outcome_for(a_reply(400, body)) == ALREADY_RECEIVED


def test_cancelling_what_is_cancelled_is_done_and_capturing_it_is_not() -> None:
    cancelled = a_reply(400, b'{"ErrorCode":"ORDER_HAS_BEEN_CANCELLED","ErrorReference":"r9"}')
    assert outcome_for(cancelled, cancelling=True) == Accepted(())
    refused = outcome_for(cancelled)
    assert isinstance(refused, Declined)
    assert (refused.code, refused.reference) == ("ORDER_HAS_BEEN_CANCELLED", "r9")


def test_only_too_many_calls_certainly_did_nothing() -> None:
    errors = {status: error_for(a_reply(status, b"")) for status in (429, 503)}
    assert [e.sent for e in errors.values() if isinstance(e, ProviderUnavailable)] == [False, True]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "Qliro does not know the order."),
        (404, b'{"ErrorCode":"ORDER_NOT_FOUND","ErrorMessage":"No such"}', "Qliro does not know the order: No such."),
        (400, b'{"ErrorCode":"ORDER_EXPIRED"}', "Qliro's order is too old to be changed or paid: ORDER_EXPIRED."),
        (400, b'{"ErrorCode":"INVALID_INPUT","ErrorMessage":"Bad"}', "Qliro refused: Bad."),
    ],
)
def test_a_refusal_says_in_words_what_it_is(status: int, body: bytes, words: str) -> None:
    assert error_for(a_reply(status, body)).message == words


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ()),
        ("Order not found", ("Order not found",)),
        ("Evaluation, One. Evaluation, Two.", ("One.", "Two.")),
        ("Property: A.B, Message: Bad. Evaluation, Worse.", ("Bad.", "Worse.")),
        ("Evaluation, over\nlines", ("over\nlines",)),
    ],
)
def test_glued_messages_are_taken_apart(text: str, messages: tuple[str, ...]) -> None:
    assert messages_in(text) == messages


def test_a_page_is_kept_as_a_little_text() -> None:
    fault = fault_in(a_reply(502, b"<html><body>" + b"very long " * 1_000 + b"</body></html>"))
    assert fault.code == ""
    assert len(fault.messages[0]) == 300
    assert "<" not in fault.messages[0]


def test_the_log_line_gets_code_and_reference() -> None:
    body = b'{"ErrorCode":"INVALID_ITEM","ErrorMessage":"secret","ErrorReference":"abc"}'
    assert explain(a_reply(400, body)) == ("INVALID_ITEM", "abc")


def test_a_callback_address_in_a_refusal_keeps_its_token_to_itself() -> None:
    text = "Property: MerchantCheckoutStatusPushUrl, Message: 'https://a.example/push?token=0a1b2c' is no address"
    reply = a_reply(400, json.dumps({"ErrorCode": "INVALID_INPUT", "ErrorMessage": text}).encode())
    assert error_for(reply).fault.messages == (
        "MerchantCheckoutStatusPushUrl: 'https://a.example/push?token=***' is no address",
    )


def test_the_log_gets_a_code_and_no_sentence() -> None:
    assert explain(a_reply(400, b'{"ErrorCode":"Anna Svensson","ErrorReference":"r-1"}')) == ("", "r-1")
