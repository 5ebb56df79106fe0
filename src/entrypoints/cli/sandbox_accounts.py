"""The merchant's accounts at the simulated Qliro: an ordinary one, and one for each way in which Qliro delivers."""

from decimal import Decimal
from typing import Any

from adapters.simulators.qliro.config import DeliveryPlatform, SimMerchant

Json = dict[str, Any]
_PLACES: tuple[Json, ...] = (
    {
        "MerchantReference": "kiosk",
        "DisplayName": "Kiosken",
        "Address": "Torget 1",
        "PostalCode": "961 61",
        "City": "Boden",
        "Descriptions": ["Torget 1", "Mån–fre 9–21"],
        "Coordinates": {"Lat": Decimal("65.8252"), "Lng": Decimal("21.6906")},
    },
    {
        "MerchantReference": "station",
        "DisplayName": "Stationen",
        "Address": "Bangatan 2",
        "PostalCode": "961 62",
        "City": "Boden",
        "Descriptions": ["Bangatan 2", "Dygnet runt"],
    },
)
_NOTICE: Json = {
    "MerchantReference": "notice",
    "DisplayName": "Avisering per sms",
    "PriceIncVat": Decimal("9.00"),
    "PriceExVat": Decimal("7.20"),
}
_UPSTAIRS: Json = {
    "MerchantReference": "upstairs",
    "DisplayName": "Inbärning",
    "PriceIncVat": Decimal("99.00"),
    "PriceExVat": Decimal("79.20"),
}


def _method(reference: str, name: str, inc: str, ex: str, **more: Any) -> Json:
    prices = {"PriceIncVat": Decimal(inc), "PriceExVat": Decimal(ex)}
    return {"MerchantReference": reference, "DisplayName": name, **prices, **more}


_PROVIDED = (
    _method("pickup", "Hämta hos ombud", "49", "39.20", Brand="PostNord", SecondaryOptions=_PLACES),
    _method("home", "Hemleverans", "79", "63.20"),
)
_NSHIFT = (
    _method(
        "postnord-mypack", "MyPack Collect", "49.00", "39.20", ServiceId="P19", Brand="PostNord",
        SecondaryOptions=_PLACES, AdditionalShippingServices=(_NOTICE,), CategoryDisplayName="PICKUP",
    ),
    _method(
        "budbee-home", "Budbee hem", "79.00", "63.20", ServiceId="BUDBEE", Brand="Budbee", SupportsAccessCode=True,
        AdditionalShippingServices=(_UPSTAIRS,), CategoryDisplayName="HOME_DELIVERY",
    ),
)  # fmt: skip
_INGRID = (
    _method(
        "ingrid-pickup", "Till ombud", "49.00", "39.17", ServiceId="pn-collect", Brand="PostNord",
        SecondaryOptions=_PLACES, AdditionalShippingServices=(_NOTICE,), CategoryDisplayName="PICKUP",
    ),
    _method("ingrid-home", "Hem i kväll", "119.00", "95.24", ServiceId="airmee-evening", Brand="Airmee",
            SupportsAccessCode=True, CategoryDisplayName="HOME_DELIVERY"),
    _method("ingrid-letter", "Brev", "0.00", "0.00", ServiceId="pn-letter", Brand="PostNord",
            CategoryDisplayName="HOME_DELIVERY"),
)  # fmt: skip
"""Ingrid states rounded prices: what they make of the VAT rate is a little off."""

ACCOUNTS = (
    SimMerchant("sandbox-key", "sandbox-secret"),
    SimMerchant("shipping-key", "shipping-secret", name="Sandbox, delivery at Qliro", shipping_methods=_PROVIDED),
    SimMerchant(
        "nshift-key", "nshift-secret", name="Sandbox, nShift delivers", shipping_methods=_NSHIFT,
        delivery_platform=DeliveryPlatform.UNIFAUN,
    ),
    SimMerchant(
        "ingrid-key", "ingrid-secret", name="Sandbox, Ingrid delivers", shipping_methods=_INGRID,
        delivery_platform=DeliveryPlatform.INGRID,
    ),
)  # fmt: skip
