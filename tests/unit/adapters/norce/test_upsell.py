"""The window on Norce's payment: read tolerantly, written over what is there."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Raw

from adapters.norce.documents import changed_payment, new_reminder
from adapters.norce.mapping import decode_order, payment_answered
from adapters.norce.upsell import invoked_by, upsell_of
from application.ports.platform import PaymentChanges, Reminder
from domain.identifiers import Tenant
from domain.upsell import UpsellShown, UpsellState, UpsellTransaction
from tests.golden import golden

UNTIL = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
TOLD = UpsellTransaction("u-1", UpsellState.COMPLETED, ("ci1",), "https://q.example/l", 7)


def read(document: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document)
    return found


def test_what_others_wrote_beside_it_stays() -> None:
    known = {
        "id": "p1",
        "amount": 1,
        "upsell": {
            "eligible": True,
            "attributes": {"a": 1},
            "newer": [1],
            "transactions": [
                {"id": "foreign", "state": "completed"},
                {"id": "u-1", "state": "created", "attributes": {"note": "x"}, "newer": 2},
            ],
        },
    }
    changes = PaymentChanges(upsell=UpsellShown(False, UNTIL, (TOLD,)))
    written = read(changed_payment(json.dumps(known).encode(), changes))["upsell"]
    assert (written["attributes"], written["newer"], written["eligible"]) == ({"a": 1}, [1], False)
    foreign, ours = written["transactions"]
    assert foreign == {"id": "foreign", "state": "completed"}
    assert ours == {
        "id": "u-1",
        "state": "completed",
        "itemIds": ["ci1"],
        "newer": 2,
        "attributes": {"note": "x", "upsellLink": "https://q.example/l", "qliroPaymentTransactionId": 7},
    }


def test_what_is_written_is_read_back() -> None:
    shown = UpsellShown(True, UNTIL, (TOLD, UpsellTransaction("u-2", UpsellState.CREATED, ("ci2", "ci3"))))
    document = changed_payment(b'{"id":"p1","amount":1}', PaymentChanges(upsell=shown))
    document = document.replace(b"{", b'{"id":"p1",', 1)
    assert payment_answered(document, "SEK").upsell == shown


@pytest.mark.parametrize("odd", [b"", b"null", b"7", b'"x"', b"[]", b'{"transactions":7}', b'{"eligible":"yes"}', b"{"])
def test_what_is_no_window_is_none(odd: bytes) -> None:
    assert upsell_of(Raw(odd)) is None


def test_an_odd_window_does_not_make_an_order_unreadable_and_is_replaced() -> None:
    payment = payment_answered(b'{"id":"p1","amount":1,"upsell":["odd"]}', "SEK")
    assert payment.upsell is None
    written = read(changed_payment(payment.document, PaymentChanges(upsell=UpsellShown(True, UNTIL))))
    assert written["upsell"]["eligible"] is True
    assert read(changed_payment(payment.document, PaymentChanges(amount=5)))["upsell"] == ["odd"]


@pytest.mark.parametrize("state", ["actionRequired", "ActionRequired", "ACTIONREQUIRED"])
def test_states_are_read_in_any_case(state: str) -> None:
    shown = upsell_of(Raw(json.dumps({"transactions": [{"id": "u", "state": state}]}).encode()))
    assert shown is not None
    assert shown.transactions[0].state is UpsellState.ACTION_REQUIRED


@pytest.mark.parametrize(("value", "means"), [("true", True), ("false", False), ("null", False), ('"yes"', False)])
def test_a_row_is_meant_for_it_only_when_it_says_so(value: str, means: bool) -> None:
    order = json.loads(golden("norce/order-full.json"))
    order["cart"]["items"][0]["upsell"] = json.loads(value)
    decoded = decode_order(json.dumps(order).encode(), Tenant("friluft", "se-web"))
    assert decoded.items[0].upsell is means


@pytest.mark.parametrize("raw", [b"", b"null", b"7", b"[1, null, {}]", b'[{"invoke": 7}]'])
def test_notifications_that_call_nobody_have_no_address(raw: bytes) -> None:
    assert invoked_by(Raw(raw)) == ()


def test_a_reminder_is_a_notification_with_a_delay() -> None:
    reminder = Reminder("upsell-p1", "Over", "/state/currentStatus", "https://a.example/done", 300, "accepted")
    assert read(new_reminder(reminder)) == {
        "adapterId": "qliro_checkout_adapter",
        "reference": "upsell-p1",
        "description": "Over",
        "scope": "/state/currentStatus",
        "schema": {"const": "accepted"},
        "invoke": "https://a.example/done",
        "delay": 300,
        "version": "v0",
    }
    assert "schema" not in read(new_reminder(Reminder("r", "d", "/payments", "https://a.example", 1)))
