"""People and companies as they told Qliro."""

from adapters.qliro.wire import WireAddress, WireCheckout, WireCustomer
from domain.order import Address

_COMPANY = {"company", "1"}
_PHYSICAL = {"physical", "0"}


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
