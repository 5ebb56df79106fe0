"""What a payment that the merchant makes without the customer is made of (qliro.md 11)."""

from dataclasses import dataclass, field

from domain.checkout import Basket
from domain.order import Address

INVOICE = "QLIRO_INVOICE"
"""Instead of a saved card's token: Qliro sends the customer an invoice."""

SAVED_CARD = "CREDITCARDS"


def method_of(token: str) -> str:
    """Qliro's name for the way to pay that a token stands for."""
    return INVOICE if token == INVOICE else SAVED_CARD


@dataclass(frozen=True, slots=True)
class MerchantPaymentDraft:
    """`merchant_reference` is unique per attempt. `token` is a saved card's, or `INVOICE`."""

    merchant_reference: str
    basket: Basket
    country: str
    culture: str
    order_management: str
    token: str = field(repr=False)
    billing: Address = field(repr=False)
    delivery: Address | None = field(default=None, repr=False)

    @property
    def by_invoice(self) -> bool:
        return self.token == INVOICE


@dataclass(frozen=True, slots=True)
class PlacedPayment:
    """The provider has it, as this order. `decided`: it has also said already how it ended."""

    provider_order_id: int
    decided: bool = False
