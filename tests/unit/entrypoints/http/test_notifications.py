"""What is kept of a notification, against documents written by hand."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.correlation import bind
from application.ports.inbox import Notice, NoticeKind
from domain.identifiers import PaymentKey
from entrypoints.http.incoming import convert, parsed
from entrypoints.http.qliro_notifications import notification_notice
from entrypoints.http.tolerance import as_meant
from entrypoints.http.wire import ProviderNotification
from tests.golden import golden

CASES: dict[str, Any] = json.loads(golden("qliro/notifications.json"))
KEY = PaymentKey("friluft", "se-web", "oHkTwPqZ", "pOurs")


def noticed(raw: bytes, key: PaymentKey = KEY) -> Notice:
    with bind("c-1"):
        return notification_notice(key, convert(as_meant(parsed(raw), ProviderNotification), ProviderNotification), raw)


@pytest.mark.parametrize("name", CASES)
def test_what_norce_is_to_be_shown_is_kept_and_nothing_else(name: str) -> None:
    notice = noticed(json.dumps(CASES[name]["body"]).encode())
    assert dict(notice.facts) == {**CASES[name]["facts"], "correlation": "c-1"}
    assert notice.kind is NoticeKind.NOTIFICATION


@pytest.mark.parametrize("provider", ["Ingrid", "Unifaun"])
def test_a_complaint_is_kept_without_what_belongs_to_a_person(provider: str) -> None:
    body = {"Provider": provider, "IsSuccess": False, "ErrorMessage": "No way to anna@example.se, +46 70 123 45 67"}
    assert noticed(json.dumps(body).encode()).facts["error"] == "No way to [e-mail], [number]"


def test_the_same_bytes_are_the_same_notice_of_one_payment() -> None:
    raws = [json.dumps(case["body"]).encode() for case in CASES.values()]
    keys = {noticed(raw).dedupe_key for raw in raws}
    assert len(keys) == len(CASES)
    assert {noticed(raw).dedupe_key for raw in raws} == keys
    other = PaymentKey("friluft", "se-web", "oHkTwPqZ", "pOther")
    assert noticed(raws[0], other).dedupe_key not in keys


PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["session", "delivery_groups", "Shipping", "tos_id", "service", "id"]), inner)
    ),
    max_leaves=8,
)


@given(PAYLOADS, st.sampled_from(["Ingrid", "unifaun", "nShift", "Voyado", "", 3, None]))
def test_no_payload_surprises_and_every_fact_can_be_stored(payload: Any, provider: Any) -> None:
    raw = msgspec.json.encode({"Provider": provider, "Payload": payload, "IsSuccess": True})
    for value in noticed(raw).facts.values():
        assert value is None or isinstance(value, int) or (len(value) <= 200 and value.isprintable())
