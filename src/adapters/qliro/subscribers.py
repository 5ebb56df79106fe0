"""Customers who are not there while the merchant charges them."""

from adapters.qliro.wire import MerchantAddress, MerchantCustomer
from domain.order import Address


def merchant_address(address: Address) -> MerchantAddress:
    """Where the customer lives. What is required is cut to what Qliro takes, the rest left out when it is longer."""
    return MerchantAddress(
        first_name=(address.given_name or "")[:100],
        last_name=(address.family_name or "")[:100],
        street=(address.street_address or "")[:100],
        postal_code=(address.postal_code or "")[:15],
        city=(address.city or "")[:100],
        company_name=_within(address.organization_name, 100),
        street2=_within(address.street_address2, 40),
        care_of=_within(address.care_of, 100),
        area=_within(address.region, 100),
    )


def merchant_customer(address: Address, *, numbered: bool) -> MerchantCustomer:
    """Who that is; the personal number only where it is needed."""
    company = address.type == "organization"
    number = address.organization_identification_number if company else address.national_identification_number
    return MerchantCustomer(
        personal_number=_within(number, 50) if numbered else None,
        vat_number=_within(address.vat_id, 50),
        email=_within(address.email, 255),
        juridical_type="Company" if company else "Physical",
        mobile_number=_within(address.phone, 50),
    )


def _within(value: str | None, longest: int) -> str | None:
    return value if value and len(value) <= longest else None
