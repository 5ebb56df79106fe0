from datetime import UTC, datetime

import pytest

from adapters.norce.mapping import decode_order, order_answered, orders_answered, outline_answered, payment_answered
from domain.errors import OrderUnavailable, ValidationRefused
from domain.identifiers import OrderKey, Tenant
from domain.order import (
    Address,
    Discount,
    Generation,
    Hook,
    Item,
    Logistics,
    OrderPayment,
    OrderShipping,
    OrderStatus,
    PaymentAction,
    PaymentState,
    Price,
)
from tests.golden import golden

TENANT = Tenant("friluft", "se-web")


def test_an_order_with_everything_is_read_exactly() -> None:
    order = decode_order(golden("norce/order-full.json"), TENANT)
    assert order.key == OrderKey("friluft", "se-web", "oHkTwPqZ")
    assert order.status is OrderStatus.PROCESSING
    assert (order.culture, order.currency, order.country) == ("sv-SE", "SEK", "SE")
    assert order.cart_reference == "771203"
    assert order.items == (
        Item(
            id="ciTent",
            reference="9001",
            sku="T-2",
            name="Tält för två",
            quantity=2,
            total=Price(224_999, 179_999),
            original_total=Price(249_999, 199_999),
            vat_rate=2_500,
            discount_codes=("",),
            logistics=Logistics(weight=2_100),
        ),
    )
    assert order.discounts == ()
    assert (order.cart_total, order.total) == (Price(224_999, 179_999), Price(230_899, 184_719))
    assert order.hooks[0] == Hook(
        "ocOne", "qliro_checkout_adapter", "/cart", "/payments", "https://adapter.example.com/{order_id}/cart-changed"
    )
    assert order.hooks[1].target == ""


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-02-30T00:00:00Z", "soon", ""]
)
def test_a_time_that_is_in_no_calendar_is_not_known(moment: str) -> None:
    order = decode_order(f'{{"id":"o","currency":"SEK","lastModified":"{moment}"}}'.encode(), TENANT)
    assert order.last_modified is None


def test_times_are_in_utc_whatever_their_precision() -> None:
    order = decode_order(golden("norce/order-full.json"), TENANT)
    assert order.last_modified == datetime(2026, 2, 11, 8, 3, 44, 123_456, tzinfo=UTC)
    assert order.status_since == datetime(2026, 2, 11, 8, 3, tzinfo=UTC)


def test_payments_are_read_with_their_documents() -> None:
    order = decode_order(golden("norce/order-full.json"), TENANT)
    gift, ours = order.payments
    assert (gift.type, gift.amount, gift.ours) == ("voucher", 30_899, False)
    assert ours == OrderPayment(
        id="pOurs",
        adapter_id="qliro_checkout_adapter",
        name="Qliro Checkout",
        type="default",
        amount=200_000,
        currency="SEK",
        state=PaymentState.PROCESSING,
        reference="4177001",
        attributes={"qliroMerchantReference": "oHkTwPqZ"},
        actions=(PaymentAction("cancel", "https://adapter.example.com/cancel"),),
        document=ours.document,
    )
    assert b'"upperLimitAmount": 500.10' in gift.document
    assert order.own_payment() == ours
    assert order.amount_to_cover(ours.id) == 200_000


def test_shippings_are_read_with_their_documents() -> None:
    (shipping,) = decode_order(golden("norce/order-full.json"), TENANT).shippings
    assert shipping == OrderShipping(
        id="sBox",
        adapter_id="norce_adapter",
        state="intent",
        reference="box-1",
        name="Ombud",
        total=Price(5_900, 4_720),
        vat_rate=2_500,
        carrier="Bring",
        document=shipping.document,
    )
    assert b'"carrier": "Bring"' in shipping.document


def test_what_is_empty_in_an_address_is_not_known() -> None:
    customer = decode_order(golden("norce/order-full.json"), TENANT).customer
    assert customer.type == "person"
    assert customer.billing == Address(
        type="person",
        given_name="Ebba",
        street_address="Storgatan 1",
        postal_code="972 31",
        city="Luleå",
        country="SE",
        phone="+46700000000",
        email="ebba@example.com",
        vat_id="SE556000000001",
    )
    assert b'"reference": "kund-7"' in customer.billing_document
    assert customer.shipping is None
    assert customer.shipping_document == b""


def test_capitals_small_letters_and_members_of_tomorrow_are_understood() -> None:
    order = decode_order(golden("norce/order-capitalised.json"), TENANT)
    assert order.status is OrderStatus.CHECKOUT
    assert (order.currency, order.country) == ("NOK", "NO")
    assert [p.state for p in order.payments] == [PaymentState.REMOVED, PaymentState.INTENT, PaymentState.UNKNOWN]
    assert [p.currency for p in order.payments] == ["NOK"] * 3
    assert order.payments[1].actions == (PaymentAction("capture", "https://a/"),)
    assert order.payments[0].type == "default"
    assert not order.shippings[0].active
    assert (order.shippings[0].total.including_vat, order.shippings[0].vat_rate) == (101, 50)
    assert order.customer.type == "person"
    assert order.customer.billing == Address(type="organization", country="NO", organization_name="Fjell AS")


def test_a_whole_quantity_may_be_written_as_a_decimal() -> None:
    whole = decode_order(golden("norce/order-capitalised.json"), TENANT).items[0]
    assert (whole.quantity, whole.total) == (3, Price(3_030, 2_635))
    assert whole.original_total == Price(3_030, 2_634)


def test_a_fraction_of_a_piece_becomes_one_piece_at_the_rows_total() -> None:
    fraction = decode_order(golden("norce/order-capitalised.json"), TENANT).items[1]
    assert (fraction.quantity, fraction.total, fraction.original_total) == (1, *[Price(14_999, 11_999)] * 2)
    assert fraction.vat_rate == 2_500


def test_an_order_with_nothing_in_it_is_an_order() -> None:
    order = decode_order(golden("norce/order-bare.json"), TENANT)
    assert order.status is OrderStatus.UNKNOWN
    assert (order.items, order.payments, order.total) == ((), (), Price(0, 0))
    assert (order.last_modified, order.status_since) == (None, None)
    assert order.customer.billing is None


REFUSED = {
    "nothing": (b"", "readable"),
    "null": (b"null", "object"),
    "a list": (b"[]", "object"),
    "half": (golden("norce/order-full.json")[:700], "readable"),
    "trailing bytes": (b'{"id":"o","currency":"SEK"} {}', "readable"),
    "bad utf-8": (b'{"id":"o\xff","currency":"SEK"}', "readable"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "readable"),
    "utf-16": ('{"id":"o"}'.encode("utf-16"), "readable"),
    "too deep": (b'{"id":"o","currency":"SEK","x":' + b"[" * 4_000 + b"]" * 4_000 + b"}", "deep"),
    "no id": (b'{"currency":"SEK"}', "id"),
    "null id": (b'{"id":null,"currency":"SEK"}', "id"),
    "number id": (b'{"id":7,"currency":"SEK"}', "id"),
    "empty id": (b'{"id":"","currency":"SEK"}', "id"),
    "path id": (b'{"id":"a/b","currency":"SEK"}', "id"),
    "NUL": (b'{"id":"o","currency":"SEK","cart":{"reference":"a\\u0000"}}', "NUL"),
    "no currency": (b'{"id":"o"}', "currency"),
    "strange currency": (b'{"id":"o","currency":"kr"}', "currency"),
    "strange country": (b'{"id":"o","currency":"SEK","country":"Sweden"}', "country"),
    "another merchant": (b'{"id":"o","currency":"SEK","merchant":"other"}', "merchant"),
    "another channel": (b'{"id":"o","currency":"SEK","channel":"other"}', "channel"),
    "huge amount": (b'{"id":"o","currency":"SEK","payments":[{"id":"p","amount":1e400}]}', "payments[0].amount"),
    "boundless exponent": (b'{"id":"o","currency":"SEK","attributes":{"a":1e99999999999999999999}}', "readable"),
    "NaN": (b'{"id":"o","currency":"SEK","payments":[{"id":"p","amount":"NaN"}]}', "payments[0].amount"),
    "negative payment": (b'{"id":"o","currency":"SEK","payments":[{"id":"p","amount":-1}]}', "payments[0].amount"),
    "payment is null": (b'{"id":"o","currency":"SEK","payments":[{"id":"p"},null]}', "payments[1]"),
    "wrong type deep down": (
        b'{"id":"o","currency":"SEK","payments":[{"id":"p","actions":[{"url":1}]}]}',
        "payments[0].actions[0].url",
    ),
    "items without total": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"quantity":1}]}}',
        "cart.items[0].total",
    ),
    "negative quantity": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"quantity":-1,"total":{"includingVat":1}}]}}',
        "cart.items[0].quantity",
    ),
    "huge quantity": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"quantity":1e30,"total":{"includingVat":1}}]}}',
        "cart.items[0].quantity",
    ),
    "no quantity": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"total":{"includingVat":1}}]}}',
        "cart.items[0].quantity",
    ),
    "per cent as rate": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"quantity":1,"vatRate":25,"total":{"includingVat":1}}]}}',
        "cart.items[0].vatRate",
    ),
    "negative rate": (b'{"id":"o","currency":"SEK","shippings":[{"id":"s","vatRate":-0.1}]}', "shippings[0].vatRate"),
    "no total": (
        b'{"id":"o","currency":"SEK","cart":{"items":[{"quantity":1,"total":{"includingVat":1}}],'
        b'"total":{"includingVat":1}}}',
        "total: ",
    ),
    "too many items": (
        b'{"id":"o","currency":"SEK","hooks":[' + b",".join([b"{}"] * 2_001) + b"]}",
        "hooks: it has more than",
    ),
    "address of the wrong type": (
        b'{"id":"o","currency":"SEK","customer":{"shipping":{"email":[]}}}',
        "customer.shipping.email",
    ),
    "address is a number": (b'{"id":"o","currency":"SEK","customer":{"billing":3}}', "customer.billing"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_order_is_refused_where_it_is_wrong(case: str) -> None:
    raw, told = REFUSED[case]
    with pytest.raises(ValidationRefused, match="The order is not acceptable") as refused:
        decode_order(raw, TENANT)
    assert told in refused.value.message


@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_that_is_no_order_is_norces_failure(case: str) -> None:
    raw, told = REFUSED[case]
    with pytest.raises(OrderUnavailable, match="Norce answered something that is no order") as failed:
        order_answered(raw, OrderKey("friluft", "se-web", "o"))
    assert told in failed.value.message


def test_another_order_than_the_one_asked_for_is_norces_failure() -> None:
    with pytest.raises(OrderUnavailable, match="another order"):
        order_answered(golden("norce/order-full.json"), OrderKey("friluft", "se-web", "oOther"))


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    raw = b'{"id":"o","currency":"SEK","customer":{"billing":{"email":["ebba@example.com"]}}}'
    with pytest.raises(ValidationRefused) as refused:
        decode_order(raw, TENANT)
    assert "ebba" not in refused.value.message


BARE = b'{"id":"o1","currency":"SEK","total":{"includingVat":0},"state":{"currentStatus":"checkout"}%s}'
ROW = b'{"quantity":1,"price":{"includingVat":1},"total":{"includingVat":1},"vatRate":0.25%s}'
CART = b',"cart":{"total":{"includingVat":1},"items":[' + ROW + b"]}"


@pytest.mark.parametrize(
    ("members", "generation"),
    [
        (b"", Generation.OLDER),
        (b',"validations":[],"attributes":{"notifications":[]}', Generation.OLDER),
        (CART % b"", Generation.OLDER),
        (CART % b',"upsell":null,"logistics":null', Generation.OLDER),
        (b',"notifications":[]', Generation.NEWER),
        (b',"notifications":null', Generation.NEWER),
        (b',"notifications":[{"id":"oc1"}]', Generation.NEWER),
        (CART % b',"upsell":false', Generation.NEWER),
        (CART % b',"logistics":{"weight":1}', Generation.NEWER),
    ],
)
def test_an_order_tells_which_platform_it_lives_on(members: bytes, generation: Generation) -> None:
    assert decode_order(BARE % members, Tenant("m", "c")).generation is generation


def test_discounts_of_the_cart_are_read_with_their_kind_and_worth() -> None:
    told = (
        b'{"type":"Shipping","name":"Free freight","code":"FREE","value":{"includingVat":49.0,"excludingVat":39.2}},'
        b'{"type":null,"name":null,"code":null,"value":null},'
        b"{}"
    )
    order = decode_order(b'{"id":"o","currency":"SEK","cart":{"discounts":[%b]}}' % told, TENANT)
    nothing = Discount(kind="", name="", code="", value=Price(0, 0))
    assert order.discounts == (
        Discount(kind="shipping", name="Free freight", code="FREE", value=Price(4_900, 3_920)),
        nothing,
        nothing,
    )


def test_an_outline_is_of_the_order_that_was_asked_for() -> None:
    raw, key = golden("norce/order-full.json"), OrderKey("friluft", "se-web", "oHkTwPqZ")
    whole, outline = order_answered(raw, key), outline_answered(raw, key)
    assert (outline.status, outline.total, outline.payments) == (whole.status, whole.total, whole.payments)
    with pytest.raises(OrderUnavailable, match="another order"):
        outline_answered(raw, OrderKey("friluft", "se-web", "oOther"))
    with pytest.raises(OrderUnavailable, match="no order"):
        outline_answered(b"[]", key)


def test_a_page_of_orders_tells_our_payments_and_whether_it_is_the_last() -> None:
    ours = '{"id":"o1","payments":[{"id":"p1","adapterId":"qliro_checkout_adapter"},{"id":"p2","adapterId":"other"}]}'
    listed = f'"data":[{ours},{{"id":"o2","payments":null}}]'
    for offset, total, last in ((0, 2, True), (0, 3, False), (1, 3, True), (0, 1, True)):
        raw = f'{{{listed},"pagination":{{"offset":{offset},"totalSize":{total},"limit":2}}}}'.encode()
        page = orders_answered(raw, TENANT)
        assert page.own_payments == (OrderKey("friluft", "se-web", "o1").payment("p1"),)
        assert page.last is last
    with pytest.raises(OrderUnavailable, match="no list of orders"):
        orders_answered(b"<html>", TENANT)


def test_a_payment_answered_alone_is_read_or_norces_failure() -> None:
    raw = b'{"id":"p1","adapterId":"qliro_checkout_adapter","type":"Voucher","amount":10.5,"currency":"nok"}'
    payment = payment_answered(raw, "SEK")
    assert (payment.id, payment.ours, payment.type, payment.amount, payment.currency) == (
        "p1",
        True,
        "voucher",
        1_050,
        "NOK",
    )
    assert payment_answered(b'{"id":"p1"}', "SEK").currency == "SEK"
    assert payment_answered(b'{"id":"p1"}', "SEK").type == "default"
    for odd in (b"{}", b'{"id":"p1","amount":-0.01}', b"[]"):
        with pytest.raises(OrderUnavailable, match="no payment"):
            payment_answered(odd, "SEK")
