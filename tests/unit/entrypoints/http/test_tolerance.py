"""Qliro's callbacks are read in whatever spelling they come; what cannot be meant is refused by name."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ValidationRefused
from entrypoints.http.incoming import convert, parsed
from entrypoints.http.tolerance import as_meant
from entrypoints.http.wire import ProviderNotification, Push, SavedCreditCard, ValidateOrder

ORDER = 4_009_289
PUSH = {
    "OrderId": ORDER,
    "Status": "Success",
    "Timestamp": "2016-03-03T11:43:05.567",
    "NotificationType": "UpsellStatus",
    "PaymentTransactionId": 3_293_060,
    "OriginalPaymentTransactionId": 3_293_033,
    "ReplacesOriginalPaymentTransaction": True,
}


def read(document: Any, wanted: type = Push) -> Any:
    return convert(as_meant(parsed(json.dumps(document).encode()), wanted), wanted)


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.swapcase])
def test_members_are_read_in_any_case(spelling: Any) -> None:
    assert read({spelling(name): value for name, value in PUSH.items()}) == read(PUSH)


@pytest.mark.parametrize("name", ["OrderId", "PaymentTransactionId", "OriginalPaymentTransactionId"])
@pytest.mark.parametrize("write", [str, float, " {} ".format, "+{}".format, "{:012}".format])
def test_a_number_is_read_however_it_is_written(name: str, write: Any) -> None:
    assert read(PUSH | {name: write(PUSH[name])}) == read(PUSH)


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_flag_is_read_as_text_too(written: str, meant: bool) -> None:
    told = read(PUSH | {"ReplacesOriginalPaymentTransaction": written})
    assert told.replaces_original_payment_transaction is meant


@pytest.mark.parametrize("wanted", [Push, SavedCreditCard, ProviderNotification])
def test_null_is_absent(wanted: type) -> None:
    names = msgspec.json.schema_components([wanted])[1][wanted.__name__]["properties"]
    assert read(dict.fromkeys(names), wanted) == read({}, wanted)


def test_null_is_absent_in_a_row_of_a_validated_order_too() -> None:
    row = {"MerchantReference": "A1", "PricePerItemIncVat": 100, "Quantity": None, "Type": None, "Metadata": None}
    order = {"OrderId": str(ORDER), "Currency": "SEK", "OrderItems": [row]}
    read_row = read(order, ValidateOrder).order_items[0]
    assert (read_row.quantity, read_row.price_per_item_inc_vat, read_row.type) == (1, 100, None)


@pytest.mark.parametrize("name", ["Status", "NotificationType", "PaymentType"])
@pytest.mark.parametrize("value", ["Teleported", 99, -1, "", "success"])
def test_a_name_nobody_has_heard_of_does_not_lose_the_callback(name: str, value: Any) -> None:
    assert read(PUSH | {name: value}).order_id == ORDER


@pytest.mark.parametrize("stamp", ["2016-03-03T11:43:05", "2016-03-03T11:43:05.1234567Z", "2016-03-03", "soon"])
def test_a_moment_is_taken_in_any_precision(stamp: str) -> None:
    told = read(PUSH | {"Timestamp": stamp})
    assert (told.timestamp or told.time_stamp) == stamp


@pytest.mark.parametrize("value", ["", "4 009", "4.5", 4.5, "0x10", "٤", "1e3", True, [ORDER], {}, "9" * 19, "9" * 400])
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ValidationRefused, match="OrderId"):
        read(PUSH | {"OrderId": value})


@pytest.mark.parametrize("raw", [b'{"OrderId":1e400}', b'{"OrderId":1e-400}', b'{"OrderId":' + b"9" * 5_000 + b"}"])
def test_a_number_beyond_all_bounds_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(ValidationRefused, match=r"OrderId|is not JSON"):
        convert(as_meant(parsed(raw), Push), Push)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PUSH, "Payload"]), inner),
    max_leaves=10,
)


@given(ANYTHING)
def test_nothing_else_is_ever_raised(document: Any) -> None:
    with suppress(ValidationRefused):
        assert isinstance(read(document), Push)
