"""What Qliro is sent so that it can deliver, and what it tells of the delivery, against documents written by hand."""

from dataclasses import replace

from adapters.qliro.checkout_mapping import checkout_answered
from adapters.qliro.requests import create_order, update_order
from domain.checkout import Basket, CheckoutLine, DeliverySetup, LineType, OrderLine, PickupAgent
from domain.parcel import Parcel
from tests.golden import golden
from tests.unit.adapters.qliro.test_requests import KEY, MINIMAL

CARD = OrderLine("K-1", "Kort", LineType.PRODUCT, 1, 2_000, 1_887, 600)
TENT = OrderLine("T-2", "Tält för två", LineType.PRODUCT, 2, 125_000, 100_000, 2_500)
GOODS = Parcel(
    "T-2", 2_100, height=180, width=200, attributes=("bulky", "gift"), out_of_stock=False,
    ships_from="2026-03-02T08:00:00+01:00", discount=25_001,
)  # fmt: skip
LINES = (
    replace(TENT, parcel=GOODS),
    replace(CARD, parcel=Parcel("K-1")),
    OrderLine("discount-25", "Rabatt", LineType.DISCOUNT, 1, -25_001, -20_001, 2_500),
)


def test_a_new_order_tells_ingrid_of_goods_and_cart() -> None:
    setup = DeliverySetup(metadata=(("Ingrid.Vouchers", "VÅR10"), ("Ingrid.CartAttributes", "b2c")))
    draft = replace(
        MINIMAL,
        basket=Basket(LINES, 226_999, "SEK", delivery=setup),
        country="SE",
        culture="sv-SE",
        callbacks=replace(MINIMAL.callbacks, notification="https://a.example/notification?t=4"),
    )
    assert create_order(KEY, draft) == golden("qliro/create-ingrid.json")


def test_a_changed_order_tells_ingrid_anew() -> None:
    setup = DeliverySetup(metadata=(("Ingrid.Vouchers", ""),))
    basket = Basket((LINES[1],), 2_000, "SEK", delivery=setup)
    assert update_order(KEY, basket, version="v2") == golden("qliro/update-ingrid.json")


def test_a_changed_order_names_nshifts_checkout_anew() -> None:
    basket = Basket((CARD,), 2_000, "SEK", delivery=DeliverySetup("1A2B3C", (("lager", "norr"), ("zon", "7"))))
    assert update_order(KEY, basket, version="v3") == golden("qliro/update-nshift.json")


def test_the_delivery_that_was_bought_is_read_with_its_place() -> None:
    checkout = checkout_answered(golden("qliro/checkout-delivered.json"))
    assert checkout.lines[1:] == (
        CheckoutLine(
            "FRAKT", "Till ombud", LineType.SHIPPING, 1, 4_901, 3_919, 3301009, "collect", "SE-118844", None, "Ingrid",
            "pn-collect", PickupAgent("118844", "ICA Nära", "Storgatan 3", "961 61", "Boden"),
        ),
        CheckoutLine(
            "sms", "Avisering", LineType.FEE, 1, 800, 640, None, "collect", None, None, "1", "19", None
        ),
    )  # fmt: skip
