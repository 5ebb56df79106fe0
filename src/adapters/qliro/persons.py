"""People and companies: prefill for a new checkout, and what the customer told Qliro."""

from adapters.qliro.wire import AddressRequest, CustomerRequest, WireAddress, WireCheckout, WireCustomer
from domain.order import Address

_COMPANY = {"company", "1"}
_PHYSICAL = {"physical", "0"}


def prefill(customer: Address | None) -> CustomerRequest | None:
    """What is known of the customer, as a suggestion; a value longer than Qliro takes is left out."""
    if customer is None or not customer.known():
        return None
    company = customer.type == "organization"
    number = customer.organization_identification_number if company else customer.national_identification_number
    address = AddressRequest(
        first_name=_within(customer.given_name, 100),
        last_name=_within(customer.family_name, 100),
        company_name=_within(customer.organization_name, 100),
        street=_within(customer.street_address, 100),
        street2=_within(customer.street_address2, 40),
        postal_code=_within(customer.postal_code, 15),
        city=_within(customer.city, 100),
        care_of=_within(customer.care_of, 100),
        area=_within(customer.region, 100),
    )
    return CustomerRequest(
        personal_number=_within(number, 50),
        vat_number=_within(customer.vat_id, 50),
        email=_within(customer.email, 255),
        juridical_type={"organization": "Company", "person": "Physical"}.get(customer.type or ""),
        mobile_number=_within(customer.phone, 50),
        address=None if address == AddressRequest() else address,
    )


def addresses_of(checkout: WireCheckout) -> tuple[Address | None, Address | None]:
    """Billing and delivery as the customer gave them; masked values count as not known.

    The billing address carries the customer's numbers, both carry the ways to reach the customer.
    """
    customer = checkout.customer or WireCustomer()
    shared = {
        "type": _type(customer),
        "email": _clear(customer.email),
        "phone": _clear(customer.mobile_number),
    }
    number = "organization" if shared["type"] == "organization" else "national"
    own = {
        f"{number}_identification_number": _clear(customer.personal_number),
        "vat_id": _clear(customer.vat_number),
    }
    billing = Address(**_place(checkout.billing_address) | shared | own)
    shipping = Address(**_place(checkout.shipping_address) | shared) if checkout.shipping_address else None
    return billing if billing.known() else None, shipping if shipping and shipping.known() else None


def _place(address: WireAddress | None) -> dict[str, str | None]:
    address = address or WireAddress()
    country = _clear(address.country_code)
    return {
        "given_name": _clear(address.first_name),
        "family_name": _clear(address.last_name),
        "organization_name": _clear(address.company_name),
        "care_of": _clear(address.care_of),
        "street_address": _clear(address.street),
        "street_address2": _clear(address.street2),
        "postal_code": _clear(address.postal_code),
        "city": _clear(address.city),
        "country": country.upper() if country else None,
        "region": _clear(address.area),
    }


def _type(customer: WireCustomer) -> str | None:
    value = str(customer.juridical_type).casefold()
    if value in _COMPANY:
        return "organization"
    return "person" if value in _PHYSICAL else None


def _clear(value: str | None) -> str | None:
    return value.strip() or None if value and "*" not in value else None


def _within(value: str | None, longest: int) -> str | None:
    return value if value and len(value) <= longest else None
