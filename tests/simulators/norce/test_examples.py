"""Every example is an order that adds up."""

from decimal import Decimal

import pytest

from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.state import NorceState


@pytest.mark.parametrize("reading", ["net", "gross"])
@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_adds_up(name: str, reading: str) -> None:
    doc = NorceState(NorceSimConfig()).create_order(name, cart_total=reading).doc
    for column in ("includingVat", "excludingVat"):
        goods = sum(each["total"][column] for each in doc["cart"]["items"])
        off = sum(each["value"][column] for each in doc["cart"]["discounts"])
        freight = sum(each["total"][column] for each in doc["shippings"])
        assert doc["cart"]["total"][column] == (goods - off if reading == "net" else goods)
        assert doc["total"][column] == goods - off + freight
        assert doc["total"][column] == round(doc["total"][column], 2)
    for item in doc["cart"]["items"]:
        own = sum(each["value"]["includingVat"] for each in item["discounts"])
        assert item["total"]["includingVat"] == item["originalTotal"]["includingVat"] - own
        assert item["total"]["excludingVat"] <= item["total"]["includingVat"]


async def test_the_examples_cover_what_is_hard() -> None:
    state = NorceState(NorceSimConfig())
    docs = {name: state.create_order(name).doc for name in EXAMPLES}
    rates = {each["vatRate"] for each in docs["b2c"]["cart"]["items"]}
    assert rates == {Decimal(0), Decimal("0.06"), Decimal("0.12"), Decimal("0.25")}
    assert {doc["currency"] for doc in docs.values()} == {"SEK", "NOK", "DKK", "EUR"}
    assert Decimal("0.255") in {each["vatRate"] for each in docs["finland"]["cart"]["items"]}
    assert docs["b2b"]["customer"]["type"] == "organization"
    assert docs["voucher"]["payments"][0]["type"] == "voucher"
    uneven = docs["indivisible"]["cart"]["items"][0]
    assert uneven["price"]["includingVat"] * uneven["quantity"] != uneven["total"]["includingVat"]
    assert len(docs["too_many_lines"]["cart"]["items"]) > 200
    assert len({doc["cart"]["reference"] for doc in docs.values()}) == len(docs)
