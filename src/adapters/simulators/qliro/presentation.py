"""What a create request says about the look of the checkout and about its customer: form, rules, and what is shown."""

import re
from datetime import date
from typing import Any

from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.persons import Person
from adapters.simulators.qliro.validation import Fields

TYPES = ("Physical", "Company")
NEWSLETTER = re.compile(r"(?! )(?:[^\W\d_]|[0-9 ,.?!'\"]){1,50}(?<! )")
MAIL = re.compile(r"[^\s@]+@[^\s@]+")
PREFILLED = ("FirstName", "LastName", "CompanyName", "Street", "Street2", "PostalCode", "City", "CareOf", "Area")


def check_presentation(fields: Fields) -> None:
    """Forms that the limits of the fields do not say (section 5.1)."""
    fields.text("AskForNewsletterSignupText", pattern=NEWSLETTER)
    enforced = fields.text("EnforcedJuridicalType")
    if enforced is not None and enforced not in TYPES:
        fields.bad("EnforcedJuridicalType", f"The value '{enforced}' is not valid for EnforcedJuridicalType.")
    fields.sub("LoyaltyConfiguration")
    if fields.flag("RequireIdentityVerification") and fields.body.get("Country") != "SE":
        fields.bad("RequireIdentityVerification", "Identity verification is only possible in SE.")
    info = fields.sub("CustomerInformation")
    if info is not None:
        _check_person(info)


def _check_person(info: Fields) -> None:
    info.text("Email", pattern=MAIL)
    for where in (info, info.sub("Address"), info.sub("ShippingAddress")):
        for name, value in where.body.items() if where is not None else ():
            if isinstance(value, str) and where is not None and ("*" in value or not value.strip()):
                where.bad(name, f"The field {name} is masked or empty.")


def refused_customer(order: Order, person: Person, today: date) -> str:
    """Why this person may not buy here; empty when they may."""
    age = order.request.get("MinimumCustomerAge")
    enforced = order.request.get("EnforcedJuridicalType")
    if person.company and age is not None:
        return "companies can't buy here"
    if enforced and person.company != (enforced == "Company"):
        return "wrong_type"
    return "too_young" if age is not None and _age(person, today) < age else ""


def _age(person: Person, today: date) -> int:
    """In years, by the birth date that a personal number begins with: year first in Sweden, day first elsewhere."""
    pairs = [int(person.number[at : at + 2]) for at in (0, 2, 4)]
    year, month, day = pairs if person.country == "SE" else pairs[::-1]
    born = 1900 + year if 2000 + year > today.year else 2000 + year
    return today.year - born - ((today.month, today.day) < (month, day))


def offered_view(order: Order) -> dict[str, Any]:
    """What the page shows of the request's wishes."""
    asked = order.request
    newsletter = {
        "text": asked.get("AskForNewsletterSignupText"),
        "checked": bool(asked.get("AskForNewsletterSignupChecked")),
    }
    return {
        "newsletter": newsletter if asked.get("AskForNewsletterSignup") else None,
        "enforcedType": asked.get("EnforcedJuridicalType"),
        "minimumAge": asked.get("MinimumCustomerAge"),
        "identityCheck": bool(asked.get("RequireIdentityVerification")),
        "constraint": asked.get("MerchantConstraintName"),
        "loyalty": asked.get("LoyaltyConfiguration"),
        "known": _known(asked.get("CustomerInformation") or {}),
    }


def _known(info: dict[str, Any]) -> dict[str, Any] | None:
    lines = [_lines(info.get(name) or {}) for name in ("Address", "ShippingAddress")]
    if not info.get("PersonalNumber") and not info.get("MobileNumber") and not any(lines):
        return None
    return {
        "type": info.get("JuridicalType"),
        "number": info.get("PersonalNumber"),
        "mobile": info.get("MobileNumber"),
        "address": lines[0],
        "delivery": lines[1],
    }


def _lines(address: dict[str, Any]) -> list[str]:
    return [address[name] for name in PREFILLED if address.get(name)]


def answer_newsletter(order: Order, answer: bool | None) -> None:
    """What the customer says to the newsletter, if asked; the box stays as it was when they say nothing."""
    if order.request.get("AskForNewsletterSignup"):
        order.newsletter = bool(order.request.get("AskForNewsletterSignupChecked")) if answer is None else answer


def require_allowed(order: Order, person: Person | None, today: date) -> None:
    """Raises the page's refusal for a customer whom the merchant does not want."""
    reason = refused_customer(order, person, today) if person is not None else ""
    if reason:
        raise ApiError("CHECKOUT_REFUSED", reason, status=409)
