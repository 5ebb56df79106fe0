import pytest
from multidict import CIMultiDict

from adapters.http_call import Reply
from adapters.norce.answers import created_id, explain, logged_keys, refusal, validation_codes
from domain.errors import (
    OrderConflict,
    OrderNotFound,
    OrderRefused,
    OrderUnavailable,
    PaymentNotFound,
    ShippingNotFound,
)


def a_reply(status: int, body: bytes = b"") -> Reply:
    return Reply(status, CIMultiDict(), body)


@pytest.mark.parametrize(
    ("status", "body", "codes"),
    [
        (200, b"", ()),
        (200, b" null\n", ()),
        (200, b"{}", ()),
        (200, b'{"errors":null}', ()),
        (200, b"[]", ()),
        (200, b'{"errors":[]}', ()),
        (400, b'[{"code":"cart-empty","adapterId":"order"},{"code":"x"}]', ("cart-empty", "x")),
        (400, b'{"errors":[{"code":"payment-missing"}]}', ("payment-missing",)),
        (400, b'["plain"]', ("plain",)),
        (400, b'[{"adapterId":"order"}]', ("order-validation",)),
        (200, b'[{"code":"late"}]', ("late",)),
    ],
)
def test_validation_results_are_understood_in_every_shape(status: int, body: bytes, codes: tuple[str, ...]) -> None:
    assert validation_codes(a_reply(status, body)) == codes


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"code":"order-bad-request","message":"x-channel"}', b"<html>"]
)
def test_a_refusal_without_reasons_is_no_validation_result(body: bytes) -> None:
    with pytest.raises(OrderRefused):
        validation_codes(a_reply(400, body))


@pytest.mark.parametrize("body", [b"<html>", b"3", b'{"a":1}', b"[" * 5_000])
def test_an_approval_that_cannot_be_read_is_none(body: bytes) -> None:
    with pytest.raises(OrderUnavailable):
        validation_codes(a_reply(200, body))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"code":"order-validation","message":"Hook denied"}', OrderRefused),
        (404, b"", OrderNotFound),
        (404, b'{"code":"order-not-found"}', OrderNotFound),
        (404, b'{"code":"payment-not-found"}', PaymentNotFound),
        (404, b'{"code":"shipping-not-found"}', ShippingNotFound),
        (409, b'{"title":"Conflict"}', OrderConflict),
        (415, b"", OrderRefused),
        (302, b"", OrderUnavailable),
        (500, b"<html>", OrderUnavailable),
        (503, b"", OrderUnavailable),
    ],
)
def test_every_status_has_its_error(status: int, body: bytes, error: type[Exception]) -> None:
    assert type(refusal(a_reply(status, body))) is error


def test_only_a_refused_call_certainly_did_nothing() -> None:
    outcomes = {status: refusal(a_reply(status)) for status in (429, 500)}
    assert [getattr(outcomes[status], "sent", None) for status in (429, 500)] == [False, True]


def test_norces_words_are_handed_on_shortened() -> None:
    error = refusal(a_reply(400, b'{"message":"' + b"no " * 1_000 + b'"}'))
    assert "no no" in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id":""}', b'{"id":7}', b"oops", b'"p1"'])
def test_an_answer_without_an_id_leaves_it_open_what_was_made(body: bytes) -> None:
    with pytest.raises(OrderUnavailable) as failed:
        created_id(a_reply(201, body))
    assert failed.value.sent


def test_keys_are_found_among_others_log_entries() -> None:
    body = (
        b'[{"requestJson":"{\\"key\\":\\"a\\",\\"x\\":1}"},{"requestJson":null},{"requestJson":"no json"},{},'
        b'{"requestJson":"[1]"},{"requestJson":"{\\"key\\":7}"},{"requestJson":"{\\"key\\":\\"b\\"}","event":"open"}]'
    )
    assert logged_keys(body) == {"a", "b"}


def test_a_log_that_is_none_is_norces_failure() -> None:
    with pytest.raises(OrderUnavailable):
        logged_keys(b'{"data":[]}')


def test_the_log_line_gets_the_code() -> None:
    assert explain(a_reply(400, b'{"code":"order-validation","message":"personal"}')) == ("order-validation", "")
    assert explain(a_reply(502, b"<html>")) == ("", "")


def test_callers_are_not_told_what_opens_doors_and_logs_get_codes_alone() -> None:
    told = a_reply(500, b'{"message":"no route for Authorization: Bearer s3cret-key"}')
    assert "s3cret-key" not in refusal(told).message
    assert explain(a_reply(400, b'{"code":"order-validation"}')) == ("order-validation", "")
    assert explain(a_reply(400, b'{"code":"Anna Svensson, Storgatan 1"}')) == ("", "")
