"""Building order JSON for examples: prices, items, discounts, customers."""

from decimal import Decimal
from typing import Any, Final

from adapters.simulators.norce.totals import rounded, scaled

Json = dict[str, Any]
_TEXTS: Final = {
    "sv-SE": ("Jag godkänner köpvillkoren", "Ja tack, skicka nyhetsbrev"),
    "nb-NO": ("Jeg godtar kjøpsvilkårene", "Ja takk, send meg nyhetsbrev"),
    "da-DK": ("Jeg accepterer handelsbetingelserne", "Ja tak, send mig nyhedsbrevet"),
    "fi-FI": ("Hyväksyn toimitusehdot", "Kyllä kiitos, tilaan uutiskirjeen"),
}


def incl_excl(including: str | int | Decimal, rate: str) -> Json:
    """A price from its VAT-inclusive amount and rate."""
    amount = Decimal(including)
    return {"includingVat": amount, "excludingVat": rounded(amount / (1 + Decimal(rate)))}


def item(
    reference: str, name: str, price: str, rate: str, *, quantity: int = 1, off: str | None = None, **more: Any
) -> Json:
    """A cart item; `off` is the discount on the row, VAT included."""
    unit = incl_excl(price, rate)
    original = scaled(unit, quantity, 1)
    discounts = [] if off is None else [discount("Sommarrea", "SOMMAR", off, rate)]
    return {
        "reference": reference,
        "name": name,
        "sku": reference,
        "url": f"https://shop.example/p/{len(name)}",
        "imageUrl": None,
        "quantity": quantity,
        "unit": "st",
        "price": unit,
        "originalTotal": original,
        "total": {
            column: original[column] - sum((each["value"][column] for each in discounts), Decimal(0))
            for column in original
        },
        "vatRate": Decimal(rate),
        "discounts": discounts,
        "attributes": {},
        **more,
    }


def discount(name: str, code: str, including: str, rate: str, *, kind: str = "item") -> Json:
    """A discount of a fixed amount."""
    return {"type": kind, "name": name, "code": code, "value": incl_excl(including, rate), "attributes": {}}


def percent_off(name: str, code: str, percent: int) -> Json:
    """A cart discount that follows the goods."""
    value = {"includingVat": Decimal(0), "excludingVat": Decimal(0)}
    return {"type": "item", "name": name, "code": code, "value": value, "attributes": {"percent": percent}}


def freight(name: str, price: str, rate: str, *, reference: str = "mypack-collect") -> Json:
    """A shipping that the platform chose."""
    return {
        "state": "intent",
        "reference": reference,
        "adapterId": "norce_adapter",
        "name": name,
        "total": incl_excl(price, rate),
        "vatRate": Decimal(rate),
        "deliveryDetails": {
            "carrier": "PostNord",
            "class": "pickup",
            "product": {"reference": reference, "name": name},
        },
    }


def person(
    culture: str, country: str, given: str, family: str, street: str, postal: str, city: str, phone: str
) -> Json:
    """A customer who shops for themselves."""
    address = {
        "type": "person",
        "givenName": given,
        "familyName": family,
        "streetAddress": street,
        "postalCode": postal,
        "city": city,
        "country": country,
        "phone": phone,
        "email": f"kund.{culture[:2]}@example.com",
    }
    return {"billing": address, "shipping": dict(address), "type": "person"}


def organization() -> Json:
    """A customer who shops for a company."""
    address = {
        "type": "organization",
        "organizationName": "Snickeriet på Höjden AB",
        "organizationIdentificationNumber": "556677-8899",
        "givenName": "Åsa",
        "familyName": "Öberg",
        "streetAddress": "Verkstadsgatan 4",
        "postalCode": "951 31",
        "city": "Luleå",
        "country": "SE",
        "phone": "+46701740610",
        "email": "inkop@example.com",
        "reference": "Projekt 17",
    }
    return {"billing": address, "shipping": dict(address), "type": "organization"}


def order(
    items: list[Json],
    *,
    culture: str = "sv-SE",
    currency: str = "SEK",
    country: str = "SE",
    discounts: list[Json] | None = None,
    shippings: list[Json] | None = None,
    payments: list[Json] | None = None,
    customer: Json | None = None,
    terms_checked: bool = True,
    cart_reference: str | None = None,
) -> Json:
    """Order JSON around a cart."""
    terms, news = _TEXTS[culture]
    return {
        "culture": culture,
        "currency": currency,
        "country": country,
        "cart": {"reference": cart_reference, "items": items, "discounts": discounts or [], "attributes": {}},
        "shippings": shippings or [],
        "payments": payments or [],
        "customer": customer,
        "consents": [
            {"id": "terms", "text": terms, "required": True, "checked": terms_checked},
            {"id": "newsletter", "text": news, "required": False, "checked": False},
        ],
        "attributes": {},
    }


def voucher(amount: str, reference: str = "GIFT-8841") -> Json:
    """A voucher payment as the voucher's own adapter makes it."""
    return {
        "adapterId": "awardit_adapter",
        "name": "Presentkort",
        "type": "voucher",
        "amount": Decimal(amount),
        "state": "reserved",
        "reference": reference,
    }
