"""Qliro's role: the owner of the money."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from application.ports.configurations import Appearance, ProviderAccount
from application.ports.merchant_payments import MerchantPaymentDraft, PlacedPayment
from domain.checkout import Basket, ProviderCheckout
from domain.ledger import ItemGroup, ProviderLedger
from domain.order import Address, CustomerType
from domain.outcomes import Outcome
from domain.planned_call import PlannedCall
from domain.rows import OrderItem
from domain.upsell import UpsellAnswer


@dataclass(frozen=True, slots=True)
class CallbackUrls:
    """Where the provider reports to: complete, unguessable, non-expiring."""

    validate: str
    push: str
    order_management: str
    saved_card: str | None = None
    """Where a saved card is told; None = the customer is not asked to save one."""
    notification: str | None = None


@dataclass(frozen=True, slots=True)
class NewsletterQuestion:
    """Whether its box is ticked to begin with, and the question in at most 50 characters (None = Qliro's own)."""

    checked: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutDraft:
    """A provider checkout to be created. `merchant_reference`, 1–25 of A-Z a-z 0-9 _ -, is unique per attempt of an
    order. Where it is made of the cart's reference, other orders of that cart have the same one; `payment_id` tells
    them apart then, and is empty otherwise.
    """

    merchant_reference: str
    basket: Basket
    country: str
    culture: str
    confirmation_url: str
    terms_url: str
    callbacks: CallbackUrls
    payment_id: str = ""
    integrity_policy_url: str | None = None
    appearance: Appearance = field(default_factory=Appearance)
    minimum_customer_age: int | None = None
    require_identity_verification: bool = False
    merchant_constraint_name: str | None = None
    enforced_type: CustomerType | None = None
    """Only such customers may buy; None = customers choose."""
    newsletter: NewsletterQuestion | None = None
    loyalty: Mapping[str, object] | None = None
    customer: Address | None = None
    delivery: Address | None = None
    """Where to, when it is not the customer's own address."""


class PaymentProvider(Protocol):
    """The provider. Reads and checkout writes raise ProviderError subclasses; money operations return an Outcome and
    raise only for what certainly was not sent and can't be (a bug, a refused host).

    ProviderOrderMissing 404 · ProviderOrderExpired · ProviderOrderCompleted · ProviderInvalid / ProviderRejected 400 ·
    ProviderBusy · ProviderRefused · ProviderUnavailable (timeout, 5xx, undecodable; `sent`).
    """

    async def create_checkout(self, account: ProviderAccount, draft: CheckoutDraft) -> int:
        """The new order's id. Never repeated blindly: on ProviderUnavailable(sent) use find_checkout first."""
        ...

    async def find_checkout(
        self, account: ProviderAccount, merchant_reference: str, *, payment_id: str = ""
    ) -> ProviderCheckout | None:
        """The order with this reference, None when there is none, or it says that it was made for another payment."""
        ...

    async def read_checkout(self, account: ProviderAccount, provider_order_id: int) -> ProviderCheckout:
        """The checkout with a fresh snippet."""
        ...

    async def update_checkout(
        self, account: ProviderAccount, provider_order_id: int, basket: Basket, *, version: str
    ) -> None:
        """Replace all rows. Safe to repeat. `version` (1–36 characters) is echoed to the browser."""
        ...

    async def read_ledger(self, account: ProviderAccount, provider_order_id: int) -> ProviderLedger:
        """The books of the order (Admin API)."""
        ...

    async def charge(self, account: ProviderAccount, draft: MerchantPaymentDraft, *, request_id: UUID) -> PlacedPayment:
        """Ask for a payment without the customer. Raises ProviderError: on ProviderUnavailable(sent), which
        RequestSeenBefore is, too, look with find_order and repeat with the same key only; every other means that
        nothing was charged.
        """
        ...

    async def find_order(self, account: ProviderAccount, merchant_reference: str) -> int | None:
        """The id of the order with this reference, however it was made; None when there is none."""
        ...

    async def remove_saved_card(self, account: ProviderAccount, token: str) -> None:
        """The provider forgets the card. Raises ProviderInvalid for one that it does not have (any more)."""
        ...

    async def capture(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        shipments: tuple[ItemGroup, ...],
    ) -> Outcome:
        """Capture rows, one shipment per reservation, in one request (qliro.md 9.4)."""
        ...

    async def cancel(self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID) -> Outcome:
        """Release everything that is reserved and not captured. Already cancelled counts as Accepted."""
        ...

    async def reduce(
        self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID, currency: str, keep: ItemGroup
    ) -> Outcome:
        """Replace the rows of a reservation by these, worth less: a new reservation takes its place (qliro.md 9.4)."""
        ...

    async def upsell(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        upsell_id: str,
        currency: str,
        rows: tuple[OrderItem, ...],
    ) -> UpsellAnswer:
        """Sell more with a completed order (qliro.md 12). At most one success per `upsell_id`; never repeated here."""
        ...

    async def refund(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        call: PlannedCall,
    ) -> Outcome:
        """Give back rows of one capture less a fee, or correct its invoice by a sum (qliro.md 9.4)."""
        ...
