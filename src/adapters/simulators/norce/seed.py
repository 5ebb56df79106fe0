"""The sandbox's data: its merchants with their channels, configuration and a few orders."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any, Final

from adapters.simulators.norce.config import OLDER
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.state import NorceState

Json = dict[str, Any]
MERCHANT: Final = "sandbox"
OLDER_MERCHANT: Final = "sandbox-2024"
"""Has all that the other has, on the platform as it was in 2024."""
MERCHANTS: Final = (MERCHANT, OLDER_MERCHANT)
CHANNELS: Final = ("se", "se-b2b", "no", "dk", "fi")
SHIPPING_CHANNEL: Final = "se-shipping"
"""Its delivery is chosen in Qliro's checkout; its account at Qliro is one of its own."""
NSHIFT_CHANNEL: Final = "se-nshift"
INGRID_CHANNEL: Final = "se-ingrid"
"""Delivered by a platform that is integrated at Qliro; each has an account of its own there."""
RECURRING_CHANNEL: Final = "se-recurring"
"""Its customers let the merchant charge their cards again."""
BRANDED_CHANNEL: Final = "se-branded"
"""Its checkout wears the shop's colours, is for adults only, and asks about newsletter and club."""
UPSELL_CHANNEL: Final = "se-upsell"
"""Sells more after the purchase, on the confirmation page."""
ADAPTER_ID: Final = "qliro_checkout_adapter"
_OPTIONS: Final[Json] = {
    "recurring": False,
    "useIntegratedShipping": False,
    "useUpsell": False,
    "upsellTimeoutSeconds": 300,
    "minimumCustomerAge": 0,
    "requireIdentityVerification": False,
    "merchantReferenceSource": "OrderId",
    "mapDiscountPerRow": False,
}
_PLATFORMS: Final[tuple[tuple[str, str, Json], ...]] = (
    (NSHIFT_CHANNEL, "nshift", {"unifaun": {"checkoutId": "SANDBOX-1", "tags": {"warehouse": "north"}}}),
    (INGRID_CHANNEL, "ingrid", {"ingrid": {"cartAttributes": ["sandbox"]}}),
)
_BRAND: Final[Json] = {
    "primaryColor": "#7A1F3D",
    "backgroundColor": "#FBF4F6",
    "callToActionColor": "#7A1F3D",
    "callToActionHoverColor": "#5C162D",
    "cornerRadius": 2,
    "buttonCornerRadius": 24,
    "minimumCustomerAge": 18,
    "requireIdentityVerification": True,
    "enforcedJuridicalType": "Physical",
    "askForNewsletterSignup": True,
    "loyaltyConfiguration": {"Provider": "Voyado"},
    "mapDiscountPerRow": True,
    "merchantReferenceSource": "OrderCartReference",
}
_TEXTS: Final[Json] = {
    "discountLocalizations": {
        "sv-SE": "Rabatt",
        "en-GB": "Discount",
        "fi-FI": "Alennus",
        "nb-NO": "Rabatt",
        "da-DK": "Rabat",
    },
    "voucherLocalizations": {
        "sv-SE": "Presentkort",
        "en-GB": "Gift voucher",
        "fi-FI": "Lahjakortti",
        "nb-NO": "Gavekort",
        "da-DK": "Gavekort",
    },
}


def seed_sandbox(state: NorceState, *, qliro_url: str, adapter_public_url: str, shop_url: str | None = None) -> None:
    """Configure every channel for the adapter and Qliro at these URLs, and make one order of each example.

    `shop_url` is where the customer's browser finds the demo shop; by default the simulator's own address.
    """
    made = partial(
        adapter_configuration,
        qliro_url=qliro_url,
        adapter_public_url=adapter_public_url,
        shop_url=shop_url or state.public_url,
    )
    for channel, document in _configurations(made):
        state.set_configuration(MERCHANT, channel, document)
    _seed_older_merchant(state)
    for example in EXAMPLES.values():
        state.create_order(example.name, merchant=MERCHANT, channel=example.channel)


def _configurations(made: Callable[..., Json]) -> Iterator[tuple[str, Json]]:
    """Every channel with its document: as `made`, and what is peculiar to the channel."""
    for channel in CHANNELS:
        yield channel, made()
    shipping = made(api_key="shipping-key", secret="shipping-secret")
    yield SHIPPING_CHANNEL, _with_options(shipping, {"useIntegratedShipping": True})
    for channel, account, platform in _PLATFORMS:
        delivered = made(api_key=f"{account}-key", secret=f"{account}-secret")
        options = {"useIntegratedShipping": True, "shippingConfiguration": platform}
        yield channel, _with_options(delivered, options)
    yield RECURRING_CHANNEL, _with_options(made(), {"recurring": True})
    branded = _with_options(made(), _BRAND)
    branded["localizationOptions"]["newsletterLocalizations"] = {"sv": "Ja, jag vill ha vinbrevet!"}
    yield BRANDED_CHANNEL, branded
    yield UPSELL_CHANNEL, _with_options(made(), {"useUpsell": True})


def _with_options(document: Json, options: Json) -> Json:
    document["options"] |= deepcopy(options)
    return document


def _seed_older_merchant(state: NorceState) -> None:
    state.set_generation(OLDER_MERCHANT, OLDER)
    for (merchant, channel), documents in tuple(state.configurations.items()):
        for document in documents.values() if merchant == MERCHANT else ():
            state.set_configuration(OLDER_MERCHANT, channel, deepcopy(document))


def adapter_configuration(
    *,
    qliro_url: str,
    adapter_public_url: str,
    shop_url: str,
    api_key: str = "sandbox-key",
    secret: str = "sandbox-secret",
) -> Json:
    """The adapter's document in the grouped layout of section d.3."""
    placeholders = "merchant={merchant}&channel={channel}"
    return {
        "$schema": f"{adapter_public_url}/openapi/v1/schemas/{ADAPTER_ID}.json",
        "id": ADAPTER_ID,
        "active": True,
        "adapter": {"publicUrl": adapter_public_url, "internalUrl": adapter_public_url},
        "apiSettings": {"apiUrl": qliro_url, "merchantApiKey": api_key, "merchantApiSecret": secret},
        "redirectUrls": {
            "merchantConfirmationUrl": f"{shop_url}/shop/confirmation?orderId={{orderId}}&{placeholders}",
            "merchantTermsUrl": f"{shop_url}/shop/terms?{placeholders}",
            "merchantIntegrityPolicyUrl": f"{shop_url}/shop/privacy?{placeholders}",
        },
        "options": deepcopy(_OPTIONS),
        "localizationOptions": deepcopy(_TEXTS),
    }
