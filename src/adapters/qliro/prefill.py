"""What is known of the customer, as a suggestion for a new checkout (qliro.md 5.1, CustomerInformation).

Only what Qliro takes, and takes as it is: a value that is masked, too long or malformed is left out, for one wrong
field makes Qliro refuse the whole order.
"""

import re

from msgspec.structs import replace

from adapters.qliro.wire import AddressRequest, CustomerRequest
from application.ports.provider import CheckoutDraft
from domain.order import Address, CustomerType

JURIDICAL_TYPES = {CustomerType.PERSON: "Physical", CustomerType.ORGANIZATION: "Company"}
_MASKS = frozenset("*•●")
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")


def prefill(draft: CheckoutDraft) -> CustomerRequest | None:
    """None when nothing is known. Numbers and addresses of another country are left out: Qliro has no field for it."""
    known = draft.customer or Address()
    kind = _kind(draft)
    here = _local(known, draft.country)
    company = kind is CustomerType.ORGANIZATION
    number = here.organization_identification_number if company else here.national_identification_number
    address = _address(here, kind)
    delivery = _address(_local(draft.delivery or Address(), draft.country), kind)
    customer = CustomerRequest(
        personal_number=_usable(number, 50),
        vat_number=_usable(known.vat_id, 50),
        email=_mail(known.email),
        mobile_number=_usable(known.phone, 50),
        address=address,
        shipping_address=delivery if delivery != address else None,
    )
    if customer == CustomerRequest():
        return None
    return replace(customer, juridical_type=JURIDICAL_TYPES[kind] if kind else None)


def _kind(draft: CheckoutDraft) -> CustomerType | None:
    """What the customer is taken for: what is enforced comes first, and an age is only asked of persons."""
    if draft.enforced_type or draft.minimum_customer_age:
        return draft.enforced_type or CustomerType.PERSON
    told = draft.customer.type if draft.customer else None
    return next((kind for kind in CustomerType if kind == told), None)


def _local(address: Address, country: str) -> Address:
    """The address, or nothing when it is in another country."""
    return address if (address.country or country).casefold() == country.casefold() else Address()


def _address(known: Address, kind: CustomerType | None) -> AddressRequest | None:
    address = AddressRequest(
        first_name=_usable(known.given_name, 100),
        last_name=_usable(known.family_name, 100),
        company_name=_usable(known.organization_name, 100) if kind is not CustomerType.PERSON else None,
        street=_usable(known.street_address, 100),
        street2=_usable(known.street_address2, 40),
        postal_code=_usable(known.postal_code, 15),
        city=_usable(known.city, 100),
        care_of=_usable(known.care_of, 100),
        area=_usable(known.region, 100),
    )
    return None if address == AddressRequest() else address


def _mail(value: str | None) -> str | None:
    usable = _usable(value, 255)
    return usable if usable and _MAIL.fullmatch(usable) else None


def _usable(value: str | None, longest: int) -> str | None:
    """The value without space at its ends; None when Qliro could not take it or it is only hinted at."""
    value = (value or "").strip()
    if not value or len(value) > longest or _MASKS & set(value) or not value.isprintable():
        return None
    return value
