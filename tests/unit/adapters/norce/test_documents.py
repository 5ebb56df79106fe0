import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from adapters.norce.documents import (
    changed_address,
    changed_payment,
    changed_shipping,
    marked_shipping,
    new_hook,
    new_payment,
    new_shipping,
    new_transaction,
    shipping_in_state,
)
from adapters.norce.mapping import decode_order
from application.ports.platform import PaymentChanges, PaymentDraft, ShippingDraft, ShippingMarks, TransactionEntry
from domain.identifiers import Tenant
from domain.order import Address, Hook, PaymentAction, PaymentState, Price
from tests.golden import golden

ORDER = decode_order(golden("norce/order-full.json"), Tenant("friluft", "se-web"))
GIFT, OURS = ORDER.payments
(BOX,) = ORDER.shippings


def read(document: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(document, parse_float=Decimal)
    return read


def test_a_new_payment_is_an_intent_of_ours() -> None:
    draft = PaymentDraft(name="Qliro Checkout", amount=10_005, currency="SEK", attributes={"a": 1})
    assert new_payment(draft) == (
        b'{"adapterId":"qliro_checkout_adapter","name":"Qliro Checkout","type":"default","amount":100.05,'
        b'"currency":"SEK","state":"intent","attributes":{"a":1}}'
    )


def test_a_payment_goes_back_as_it_was_but_for_its_id() -> None:
    sent = changed_payment(GIFT.document, PaymentChanges())
    assert b'"upperLimitAmount":500.10' in sent
    assert b'"attributes":{"balance": 191.110}' in sent
    assert read(sent) == {name: value for name, value in read(GIFT.document).items() if name != "id"}


def test_changes_are_laid_over_a_payment() -> None:
    changes = PaymentChanges(
        state=PaymentState.RESERVED,
        amount=199_950,
        reference="4177002",
        attributes={"qliroPaymentTransactionIds": [1, 2]},
    )
    sent = changed_payment(OURS.document, changes)
    expected = read(OURS.document) | {
        "state": "reserved",
        "amount": Decimal("1999.50"),
        "reference": "4177002",
        "attributes": {"qliroMerchantReference": "oHkTwPqZ", "qliroPaymentTransactionIds": [1, 2]},
    }
    del expected["id"]
    assert read(sent) == expected
    assert b'"amount":1999.50' in sent


def test_attributes_that_were_null_are_begun() -> None:
    assert read(changed_payment(b'{"id":"p","attributes":null}', PaymentChanges(attributes={"a": "b"}))) == {
        "attributes": {"a": "b"}
    }


def test_actions_already_there_keep_their_ids_and_others_adapters_theirs() -> None:
    foreign = {"id": "pa9", "adapterId": "erp_adapter", "type": "print", "url": "https://erp/"}
    document = json.dumps(read(OURS.document) | {"amount": 1, "actions": [*read(OURS.document)["actions"], foreign]})
    wanted = (
        PaymentAction("cancel", "https://adapter.example.com/cancel"),
        PaymentAction("capture", "https://adapter.example.com/capture"),
    )
    actions = read(changed_payment(document.encode(), PaymentChanges(actions=wanted)))["actions"]
    assert actions == [
        foreign,
        read(OURS.document)["actions"][0],
        {"adapterId": "qliro_checkout_adapter", "type": "capture", "url": "https://adapter.example.com/capture"},
    ]


def test_no_actions_means_none() -> None:
    assert read(changed_payment(OURS.document, PaymentChanges(actions=())))["actions"] == []


DRAFT = ShippingDraft(
    reference="home",
    name="Hem",
    total=Price(9_900, 7_920),
    vat_rate=2_500,
    pickup_reference="SE-7",
    pickup_name="Kiosken",
    addons=("call",),
)


def test_a_new_shipping_is_ours() -> None:
    assert read(new_shipping(DRAFT)) == {
        "adapterId": "qliro_checkout_adapter",
        "state": "intent",
        "reference": "home",
        "name": "Hem",
        "total": {"includingVat": Decimal("99.00"), "excludingVat": Decimal("79.20")},
        "vatRate": Decimal("0.25"),
        "deliveryDetails": {
            "product": {"reference": "home", "name": "Hem"},
            "pickupLocation": {"reference": "SE-7", "name": "Kiosken"},
        },
        "addons": [{"reference": "call"}],
    }


def test_another_delivery_product_makes_what_was_known_of_the_old_one_wrong() -> None:
    sent = read(changed_shipping(BOX.document, DRAFT))
    assert sent["deliveryDetails"]["product"] == {"reference": "home", "name": "Hem"}
    assert "carrier" not in sent["deliveryDetails"]
    assert sent["adapterId"] == "norce_adapter"
    assert "id" not in sent


def test_the_same_delivery_product_keeps_its_carrier() -> None:
    draft = ShippingDraft(reference="box-1", name="Ombud", total=Price(0, 0), vat_rate=0, state="confirmed")
    sent = read(changed_shipping(BOX.document, draft))
    assert sent["deliveryDetails"] == {"carrier": "Bring", "product": {"reference": "box-1", "name": "Ombud"}}
    assert (sent["state"], sent["vatRate"], sent["addons"]) == ("confirmed", 0, [])


def test_only_the_state_of_a_shipping_changes() -> None:
    expected = read(BOX.document) | {"state": "removed"}
    del expected["id"]
    assert read(shipping_in_state(BOX.document, "removed")) == expected


def test_an_address_keeps_what_is_not_known_better() -> None:
    known = ORDER.customer.billing_document
    sent = read(changed_address(known, Address(family_name="Berg", street_address2="Lgh 2", vat_id="SE2")))
    expected = read(known) | {"familyName": "Berg", "streetAddress2": "Lgh 2"}
    expected["attributes"] = {"vatId": "SE2", "loyalty": {"points": Decimal("10.50")}}
    assert sent == expected


def test_an_address_may_begin_from_nothing() -> None:
    assert changed_address(b"", Address(type="person", email="a@b.se")) == b'{"type":"person","email":"a@b.se"}'


def test_a_hook_asks_for_bodies_of_version_0() -> None:
    hook = Hook("ignored", "qliro_checkout_adapter", "/state", "/payments", "https://a/{order_id}")
    assert read(new_hook(hook)) == {
        "adapterId": "qliro_checkout_adapter",
        "subscribeTo": "/state",
        "target": "/payments",
        "invoke": "https://a/{order_id}",
        "version": "v0",
    }


def test_a_log_entry_holds_json_in_strings_and_its_key() -> None:
    entry = TransactionEntry(
        event="capture",
        psp_event="MarkItemsAsShipped",
        amount=5,
        success=False,
        key="op-1",
        psp_status="Error",
        error_detail="DECLINED",
    )
    sent = read(new_transaction(entry))
    assert json.loads(sent.pop("requestJson")) == {"key": "op-1"}
    assert json.loads(sent.pop("responseJson")) == {}
    assert sent == {
        "event": "capture",
        "pspEvent": "MarkItemsAsShipped",
        "amount": Decimal("0.05"),
        "isSuccess": False,
        "errorDetail": "DECLINED",
        "pspStatus": "Error",
    }


NEWER_PAYMENT = (
    b'{"id":"p1","adapterId":"qliro_checkout_adapter","amount":10.10,"state":"intent","reference":null,"attributes":null,'
    b'"recurring":{"token":"t","description":null,"attributes":{"n":1.50},"later":[1]},'
    b'"upsell":{"eligible":true,"expiration":"2026-11-27T08:20:00Z","transactions":[{"id":"u","state":"created"}]},'
    b'"actions":[],"unheard":{"of":null}}'
)


@pytest.mark.parametrize("changes", [PaymentChanges(), PaymentChanges(state=PaymentState.RESERVED, amount=1_000)])
def test_members_that_came_later_and_those_yet_to_come_go_back_as_they_were(changes: PaymentChanges) -> None:
    before, sent = read(NEWER_PAYMENT), changed_payment(NEWER_PAYMENT, changes)
    after = read(sent)
    for name in ("recurring", "upsell", "unheard", "reference", "attributes", "actions"):
        assert after[name] == before[name], name
    assert set(after) == set(before) - {"id"}
    assert b'"attributes":{"n":1.50}' in sent


@pytest.mark.parametrize("spelled", [str.upper, str.capitalize, str.lower])
def test_choices_go_back_in_norces_own_spelling_however_they_were_read(spelled: Callable[[str], str]) -> None:
    said = {name: spelled(name) for name in ("reserved", "default", "intent", "organization")}
    payment = json.dumps({"id": "p1", "state": said["reserved"], "type": said["default"]}).encode()
    assert read(changed_payment(payment, PaymentChanges(amount=1))) | {"amount": None} == {
        "state": "reserved",
        "type": "default",
        "amount": None,
    }
    shipping = json.dumps({"id": "s1", "state": said["intent"]}).encode()
    assert read(marked_shipping(shipping, ShippingMarks(tms_reference="t")))["state"] == "intent"
    address = json.dumps({"type": said["organization"]}).encode()
    assert read(changed_address(address, Address(email="a@b.se")))["type"] == "organization"


def test_a_choice_that_is_not_known_stays_as_it_was() -> None:
    document = b'{"id":"p1","state":"Parked","type":null}'
    assert read(changed_payment(document, PaymentChanges())) == {"state": "Parked", "type": None}


def test_what_is_null_stays_null_and_what_is_absent_stays_absent() -> None:
    document = b'{"id":"p1","name":null,"amount":1,"state":"intent"}'
    assert read(changed_payment(document, PaymentChanges(amount=200))) == {"name": None, "amount": 2, "state": "intent"}
    assert read(shipping_in_state(b'{"id":"s1","name":null,"state":"intent"}', "removed")) == {
        "name": None,
        "state": "removed",
    }


def test_a_shipping_keeps_what_is_known_of_the_same_product_place_and_services() -> None:
    known = {
        "id": "s1",
        "state": "intent",
        "reference": "box",
        "tmsReference": "T-1",
        "later": {"kept": True},
        "deliveryDetails": {
            "carrier": "PostNord",
            "carrierProductId": "19",
            "later": 1,
            "product": {"reference": "box", "name": "Old", "later": 2},
            "pickupLocation": {
                "reference": "kiosk",
                "name": "Old",
                "address": {"city": "Umeå"},
                "openingHours": "9-17",
            },
        },
        "addons": [{"reference": "sms", "price": 5, "later": 3}, {"reference": "gone", "price": 9}],
    }
    draft = ShippingDraft(
        reference="box",
        name="Box",
        total=Price(4_900, 3_920),
        vat_rate=2_500,
        pickup_reference="kiosk",
        pickup_name="Kiosken",
        addons=("sms", "bell"),
    )
    sent = read(changed_shipping(json.dumps(known).encode(), draft))
    assert (sent["tmsReference"], sent["later"]) == ("T-1", {"kept": True})
    assert sent["deliveryDetails"] == {
        "carrier": "PostNord",
        "carrierProductId": "19",
        "later": 1,
        "product": {"reference": "box", "name": "Box", "later": 2},
        "pickupLocation": {
            "reference": "kiosk",
            "name": "Kiosken",
            "address": {"city": "Umeå"},
            "openingHours": "9-17",
        },
    }
    assert sent["addons"] == [{"reference": "sms", "price": 5, "later": 3}, {"reference": "bell"}]
