"""What moves money at Qliro, byte for byte (qliro.md 9)."""

from uuid import UUID

from adapters.qliro import money_requests
from domain.checkout import LineType
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem

KEY = UUID(int=2)
HEAD = (
    b'{"RequestId":"00000000-0000-0000-0000-000000000002","MerchantApiKey":"shop","OrderId":4009289,"Currency":"SEK",'
)
ROWS = ItemGroup(
    7,
    (
        OrderItem("HAT", LineType.PRODUCT, 2, 24_900, 19_920, "A hat"),
        OrderItem("COUPON", LineType.DISCOUNT, 1, -5_000, -4_000, "Off"),
    ),
)
BARE = (
    b'[{"MerchantReference":"HAT","Type":"Product","Quantity":2,"PricePerItemIncVat":249.00},'
    b'{"MerchantReference":"COUPON","Type":"Discount","Quantity":1,"PricePerItemIncVat":-50.00}]'
)
FULL = (
    b'[{"MerchantReference":"HAT","Description":"A hat","Type":"Product","Quantity":2,'
    b'"PricePerItemIncVat":249.00,"PricePerItemExVat":199.20},'
    b'{"MerchantReference":"COUPON","Description":"Off","Type":"Discount","Quantity":1,'
    b'"PricePerItemIncVat":-50.00,"PricePerItemExVat":-40.00}]'
)


def test_a_capture_is_a_shipment_per_reservation() -> None:
    other = ItemGroup(8, (OrderItem("SCARF", LineType.PRODUCT, 1, 10_600, 8_480),))
    told = money_requests.mark_items_as_shipped(
        "shop", 4_009_289, request_id=KEY, currency="SEK", shipments=(ROWS, other)
    )
    scarf = b'[{"MerchantReference":"SCARF","Type":"Product","Quantity":1,"PricePerItemIncVat":106.00}]'
    assert told == (
        HEAD
        + b'"Shipments":[{"PaymentTransactionId":7,"OrderItems":%b},{"PaymentTransactionId":8,"OrderItems":%b}]}'
        % (BARE, scarf)
    )


def test_a_cancel_names_the_order_alone() -> None:
    told = money_requests.cancel_order("shop", 4_009_289, request_id=KEY)
    assert told == HEAD.replace(b',"Currency":"SEK",', b"}")


def test_a_reduction_tells_what_stays_of_which_reservation() -> None:
    told = money_requests.update_items("shop", 4_009_289, request_id=KEY, currency="SEK", keep=ROWS)
    assert told == HEAD + b'"Updates":[{"PaymentTransactionId":7,"OrderItems":%b}]}' % FULL


def test_a_sum_is_taken_off_an_invoice_as_a_discount_of_one_piece() -> None:
    call = PlannedCall((ItemGroup(7, ()),), credit=4_950, credit_ex=3_960)
    told = money_requests.add_items_to_invoice("shop", 4_009_289, request_id=KEY, currency="SEK", call=call)
    row = (
        b'{"MerchantReference":"Refund","Description":"Refund","Type":"Discount","Quantity":1,'
        b'"PricePerItemIncVat":-49.50,"PricePerItemExVat":-39.60}'
    )
    assert told == HEAD + b'"Additions":[{"PaymentTransactionId":7,"OrderItems":[%b]}]}' % row


def test_rows_come_back_less_a_fee_if_there_is_one() -> None:
    kept = PlannedCall((ROWS,), fee=100, fee_ex=80)
    told = money_requests.return_items("shop", 4_009_289, request_id=KEY, currency="SEK", call=kept)
    fee = (
        b'{"MerchantReference":"Return-fee","Description":"Return fee",'
        b'"PricePerItemIncVat":1.00,"PricePerItemExVat":0.80}'
    )
    assert told == HEAD + b'"Returns":[{"PaymentTransactionId":7,"OrderItems":%b,"Fees":[%b]}]}' % (BARE, fee)
    told = money_requests.return_items("shop", 4_009_289, request_id=KEY, currency="SEK", call=PlannedCall(kept.groups))
    assert told == HEAD + b'"Returns":[{"PaymentTransactionId":7,"OrderItems":%b}]}' % BARE


def test_an_upsell_has_a_name_of_its_own() -> None:
    told = money_requests.upsell("shop", 4_009_289, request_id=KEY, upsell_id="more", currency="SEK", rows=ROWS.items)
    assert told == HEAD + b'"UpsellId":"more","OrderItems":%b}' % FULL
