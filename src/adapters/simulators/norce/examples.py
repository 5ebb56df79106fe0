"""Carts to try things with, each chosen for what it makes hard."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from adapters.simulators.norce.cart_building import (
    discount,
    freight,
    incl_excl,
    item,
    order,
    organization,
    percent_off,
    person,
    voucher,
)

Json = dict[str, Any]
_cart_references = itertools.count(56393)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A named cart: `order()` makes the JSON of a new order, `channel` is the sandbox channel it suits."""

    name: str
    title: str
    about: str
    make: Callable[[], Json]
    channel: str = "se"

    def order(self) -> Json:
        """Order JSON with a cart reference of its own."""
        body = self.make()
        body["cart"]["reference"] = body["cart"].get("reference") or str(next(_cart_references))
        return body


_SWEDE = ("sv-SE", "SE", "Rosalinainho", "Undulatsson", "Adaptivevägen 18", "955 60", "Boden", "+46701740605")


def _b2c() -> Json:
    items = [
        item("71001", "T-shirt Fjällbris", "299.00", "0.25", quantity=2, off="100.00"),
        item("71002", "Kokbok: Enkel vardag", "149.00", "0.06"),
        item("71003", "Eko-kaffe 500 g", "45.00", "0.12", quantity=3),
        item("71004", "Frimärken, momsfria", "36.00", "0", quantity=1),
    ]
    return order(
        items,
        discounts=[percent_off("Välkomstrabatt 10 %", "WELCOME10", 10)],
        shippings=[freight("PostNord MyPack Collect", "49.00", "0.25")],
        customer=person(*_SWEDE),
    )


def _subscription() -> Json:
    items = [
        item("80001", "Kaffe, mörkrost 500 g", "89.00", "0.12", quantity=2),
        item("80002", "Filterpapper", "29.90", "0.25"),
    ]
    return order(items, shippings=[freight("Brevlåda", "29.00", "0.25", reference="letter")], customer=person(*_SWEDE))


def _simple() -> Json:
    return order([item("1001", "Keramikmugg, blå", "249.00", "0.25", quantity=2)], customer=person(*_SWEDE))


def _delivery_at_qliro() -> Json:
    return order([item("1001", "Keramikmugg, blå", "249.00", "0.25", quantity=2)])


def _delivered_by_a_platform() -> Json:
    mugs = {"weight": 850, "height": 110, "width": 95, "length": 210, "tags": ["fragile"]}
    poster = {"weight": 120, "height": 60, "width": 60, "length": 720, "tags": ["oversize"]}
    items = [
        item("1001", "Keramikmugg, blå", "249.00", "0.25", quantity=2, logistics=mugs),
        item(
            "1002", "Affisch, fjäll", "129.00", "0.06", off="29.00", logistics=poster, attributes={"outOfStock": False}
        ),
    ]
    return order(items)


def _b2b() -> Json:
    items = [
        item("88010", "Kontorsstol Ergo", "2495.00", "0.25", quantity=4),
        item("88011", "Kaffebönor 1 kg", "168.00", "0.12", quantity=6),
        item("88012", "Facktidskrift, helår", "636.00", "0.06", quantity=2),
    ]
    return order(
        items, shippings=[freight("Pall till dörr", "625.00", "0.25", reference="pallet")], customer=organization()
    )


def _voucher() -> Json:
    items = [item("20010", "Stickad tröja", "899.00", "0.25"), item("20011", "Halsduk", "349.50", "0.25")]
    return order(
        items,
        shippings=[freight("Hemleverans", "79.00", "0.25", reference="home")],
        payments=[voucher("500.00")],
        customer=person(*_SWEDE),
    )


def _voucher_covers_all() -> Json:
    return order([item("20012", "Strumpor", "99.00", "0.25")], payments=[voucher("99.00")], customer=person(*_SWEDE))


def _norway() -> Json:
    items = [
        item("NO-1", "Ullgenser Røros", "1299.00", "0.25"),
        item("NO-2", "Brunost 500 g", "89.90", "0.15", quantity=2),
    ]
    customer = person("nb-NO", "NO", "Kari", "Nordmann", "Bjørkeveien 3", "0278", "Oslo", "+4790000001")
    return order(
        items,
        culture="nb-NO",
        currency="NOK",
        country="NO",
        discounts=[discount("Rabatt", "HOST50", "50.00", "0.25")],
        shippings=[freight("Posten Pakke i postkassen", "59.00", "0.25", reference="postkasse")],
        customer=customer,
    )


def _denmark() -> Json:
    items = [item("DK-1", "Lampe Ærø", "749.95", "0.25"), item("DK-2", "Pære E27", "39.95", "0.25", quantity=3)]
    customer = person("da-DK", "DK", "Søren", "Ødegård", "Nørregade 12, 2. th", "1165", "København K", "+4520000001")
    return order(items, culture="da-DK", currency="DKK", country="DK", customer=customer)


def _finland() -> Json:
    items = [
        item("FI-1", "Saunakiulu", "59.90", "0.255"),
        item("FI-2", "Kahvi 500 g", "8.45", "0.14", quantity=4),
        item("FI-3", "Kirja: Järvet", "24.90", "0.10"),
    ]
    customer = person("fi-FI", "FI", "Väinö", "Mäkelä", "Hämeentie 5 A 7", "00530", "Helsinki", "+358401234567")
    return order(
        items,
        culture="fi-FI",
        currency="EUR",
        country="FI",
        discounts=[percent_off("Alennus 15 %", "KESA15", 15)],
        shippings=[freight("Posti noutopiste", "5.90", "0.255", reference="posti")],
        customer=customer,
    )


def _gift() -> Json:
    items = [item("30001", "Doftljus", "199.00", "0.25"), item("30002", "Gåva: tygväska", "0.00", "0.25")]
    return order(items, customer=person(*_SWEDE))


def _indivisible() -> Json:
    row = item("40001", "Tre för hundra", "33.33", "0.25", quantity=3)
    row["originalTotal"] = row["total"] = incl_excl("100.00", "0.25")
    odd = item("40002", "Sju för 49,99", "7.14", "0.12", quantity=7)
    odd["originalTotal"] = odd["total"] = incl_excl("49.99", "0.12")
    return order([row, odd], customer=person(*_SWEDE))


def _odd_references() -> Json:
    items = [
        item("ÅÄÖ/1 & 2", "Hylla “Sånga” <vit> & röd", "450.00", "0.25"),
        item("x" * 230, "Artikel med mycket långt nummer " + "å" * 220, "10.00", "0.25"),
        item("同じ", "茶碗 🍵", "120.00", "0.25", quantity=2),
        item("ÅÄÖ/1 & 2", "Samma nummer en gång till", "50.00", "0.06"),
        item("", "Utan artikelnummer", "5.00", "0.25"),
    ]
    return order(items, customer=person(*_SWEDE), cart_reference="Korg #7 / åäö?")


def _lines(count: int) -> Callable[[], Json]:
    rates = ("0.25", "0.12", "0.06", "0")
    return lambda: order(
        [
            item(f"L{n:04}", f"Skruv nr {n}", f"{1 + n % 17}.{n % 100:02}", rates[n % 4], quantity=1 + n % 5)
            for n in range(count)
        ],
        discounts=[percent_off("Mängdrabatt 7 %", "MANGD7", 7)],
        shippings=[freight("Budbil", "99.00", "0.25", reference="courier")],
        customer=person(*_SWEDE),
    )


def _consent_missing() -> Json:
    return order([item("50001", "Kaffekvarn", "795.00", "0.25")], customer=person(*_SWEDE), terms_checked=False)


def _no_customer() -> Json:
    return order([item("60001", "Väckarklocka", "325.00", "0.25")])


_ALL: Final = (
    Example(
        name="b2c", title="The full basket", about="Row and cart discounts, VAT 0, 6, 12 and 25 %, delivery", make=_b2c
    ),
    Example(
        name="subscription",
        title="Coffee, every month",
        about="The card is saved: the receipt has a button that renews the order without the customer",
        make=_subscription,
        channel="se-recurring",
    ),
    Example(name="b2c_simple", title="Two mugs", about="One row, no delivery charge", make=_simple),
    Example(
        name="b2b",
        title="Office order",
        about="A company buys: three VAT rates and pallet freight",
        make=_b2b,
        channel="se-b2b",
    ),
    Example(
        name="delivery_at_qliro",
        title="Delivery chosen at Qliro",
        about="No delivery yet: the customer chooses it inside the checkout",
        make=_delivery_at_qliro,
        channel="se-shipping",
    ),
    Example(
        name="nshift",
        title="Delivered by nShift",
        about="Methods and pickup points of nShift inside Qliro's checkout; the booking comes back",
        make=_delivered_by_a_platform,
        channel="se-nshift",
    ),
    Example(
        name="ingrid",
        title="Delivered by Ingrid",
        about="Ingrid plans by weight, size and discount codes (FRIFRAKT is free), inside Qliro's checkout",
        make=_delivered_by_a_platform,
        channel="se-ingrid",
    ),
    Example(
        name="branded",
        title="In the shop's own dress",
        about="Own colours, adults only, identity check, newsletter and club; discounts inside the rows",
        make=_b2c,
        channel="se-branded",
    ),
    Example(
        name="upsell",
        title="More after the purchase",
        about="The confirmation page offers a gift box for some minutes; the order waits meanwhile",
        make=_simple,
        channel="se-upsell",
    ),
    Example(
        name="voucher",
        title="Part gift voucher",
        about="500 kr from a voucher, the rest at the checkout",
        make=_voucher,
    ),
    Example(
        name="voucher_covers_all",
        title="Voucher pays it all",
        about="Nothing is left to pay: a payment must be refused",
        make=_voucher_covers_all,
    ),
    Example(
        name="norway", title="Norway", about="Norwegian kroner, nb-NO, VAT 15 and 25 %", make=_norway, channel="no"
    ),
    Example(name="denmark", title="Denmark", about="Danish kroner, da-DK", make=_denmark, channel="dk"),
    Example(name="finland", title="Finland", about="Euro, fi-FI, VAT 25.5, 14 and 10 %", make=_finland, channel="fi"),
    Example(name="gift_item", title="A gift on top", about="One row costs nothing", make=_gift),
    Example(
        name="indivisible",
        title="Three for a hundred",
        about="Row sums that are not quantity times unit price",
        make=_indivisible,
    ),
    Example(
        name="odd_references",
        title="Odd characters",
        about="Article numbers that are long, empty, doubled or exotic",
        make=_odd_references,
    ),
    Example(
        name="many_lines", title="A very long receipt", about="190 rows, a discount and delivery", make=_lines(190)
    ),
    Example(
        name="too_many_lines", title="A receipt too long", about="230 rows, more than Qliro takes", make=_lines(230)
    ),
    Example(
        name="consent_missing",
        title="Terms not accepted",
        about="A required consent is unchecked",
        make=_consent_missing,
    ),
    Example(name="no_customer", title="Unknown customer", about="No address is known yet", make=_no_customer),
)

EXAMPLES: Final[dict[str, Example]] = {each.name: each for each in _ALL}
"""All examples by name."""
