"""The platform contract, for the fake and for the real client against the simulator."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from adapters.http_transport import HttpTransport
from adapters.norce.client import NorceClient
from adapters.norce.gateway import NorceTokens
from adapters.simulators.norce.app import start
from application.ports.configurations import Secret
from domain.identifiers import OrderKey
from domain.order import Consent, Item, OrderStatus, Price, PurchaseOrder
from tests.contracts.platform import CheckoutPlatformContract, PlatformScene
from tests.fakes.platform import EPOCH, FakePlatform

KEY = OrderKey("sandbox", "se", "oContract")


def an_item(number: int, including: int, excluding: int, vat_rate: int) -> Item:
    price = Price(including, excluding)
    return Item(f"ci{number}", f"r{number}", f"sku{number}", f"Thing {number}", 1, price, price, vat_rate)


def an_order() -> PurchaseOrder:
    return PurchaseOrder(
        key=KEY,
        status=OrderStatus.CHECKOUT,
        culture="sv-SE",
        currency="SEK",
        country="SE",
        cart_reference="c1",
        items=(an_item(1, 39_900, 31_920, 2_500), an_item(2, 14_900, 14_057, 600)),
        discounts=(),
        cart_total=Price(54_800, 45_977),
        shippings=(),
        payments=(),
        hooks=(),
        total=Price(54_800, 45_977),
        last_modified=EPOCH,
        status_since=EPOCH,
        consents=(Consent("terms", checked=True), Consent("newsletter", checked=False)),
    )


def wire_item(number: int, including: str, excluding: str, vat_rate: str) -> dict[str, Any]:
    price = {"includingVat": Decimal(including), "excludingVat": Decimal(excluding)}
    return {
        "reference": f"r{number}",
        "sku": f"sku{number}",
        "name": f"Thing {number}",
        "quantity": 1,
        "price": price,
        "total": price,
        "originalTotal": price,
        "vatRate": Decimal(vat_rate),
    }


def wire_order() -> dict[str, Any]:
    items = [wire_item(1, "399", "319.20", "0.25"), wire_item(2, "149", "140.57", "0.06")]
    return {
        "culture": "sv-SE",
        "currency": "SEK",
        "country": "SE",
        "cart": {"reference": "c1", "items": items, "discounts": []},
        "consents": [
            {"id": "terms", "text": "Terms", "required": True, "checked": True},
            {"id": "newsletter", "text": "Newsletter", "required": False, "checked": False},
        ],
    }


class TestFakePlatform(CheckoutPlatformContract):
    @pytest.fixture
    async def scene(self) -> PlatformScene:
        return PlatformScene(FakePlatform(an_order()), KEY)


class TestNorceClient(CheckoutPlatformContract):
    @pytest.fixture(params=["nulls", "absent", "capitalised"])
    async def scene(self, request: pytest.FixtureRequest) -> AsyncIterator[PlatformScene]:
        simulator = await start()
        capitalised = request.param == "capitalised"
        simulator.state.set_modes(
            nulls=request.param == "nulls", capitalised_enums=capitalised, lowercase_country=capitalised
        )
        record = simulator.state.create_order(wire_order())
        transport = HttpTransport("norce-order")
        async with transport:
            client = NorceClient(
                transport,
                base_url=f"{simulator.url}/checkout/order",
                tokens=NorceTokens((Secret("sandbox-norce"),)),
            )
            yield PlatformScene(client, OrderKey("sandbox", "se", record.id))
        await simulator.stop()
