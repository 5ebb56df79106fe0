"""A card that the provider keeps for the merchant, and how Norce is shown it (qliro.md 7.7, norce.md e.11)."""

from dataclasses import dataclass, field
from hashlib import sha256

from domain.order import Recurring

_THIS_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class SavedCard:
    """`token` is as good as money to whoever also has the merchant's keys: it is shown to Norce and to nobody else."""

    token: str = field(repr=False)
    brand: str = ""
    masked_number: str = field(default="", repr=False)
    bin: str = field(default="", repr=False)
    last4_digits: str = field(default="", repr=False)
    expiry_year: int | None = None
    expiry_month: int | None = None

    @property
    def mark(self) -> str:
        """What this service remembers instead of the token."""
        return token_mark(self.token)

    @property
    def year(self) -> int | None:
        """With four digits, however many were told."""
        year = self.expiry_year
        return year + _THIS_CENTURY if year is not None and 0 <= year < 100 else year

    @property
    def number(self) -> str:
        """Masked: as told, or made of the first and last digits."""
        if self.masked_number or not self.last4_digits:
            return self.masked_number
        return f"{self.bin}XXXXXX{self.last4_digits}" if self.bin else f"XXXX{self.last4_digits}"

    @property
    def detailed(self) -> bool:
        """Whether it is known which card it is, not only that there is one."""
        return bool(self.number)


def token_mark(token: str) -> str:
    """32 hexadecimal digits from which the token can't be told; case makes no difference, as in every GUID."""
    return sha256(token.strip().lower().encode()).hexdigest()[:32]


def recurring_of(card: SavedCard) -> Recurring:
    """The payment's `recurring` member: only what is published of a saved card, only what is known."""
    expiry = f"{card.expiry_month:02}/{card.year}" if card.expiry_month and card.year else ""
    attributes: dict[str, object] = {
        "brandName": card.brand,
        "maskedNumber": card.number,
        "bin": card.bin,
        "last4Digits": card.last4_digits,
        "expiryYear": card.year,
        "expiryMonth": card.expiry_month,
    }
    return Recurring(
        token=card.token,
        description=" ".join(part for part in (card.brand, card.number, expiry) if part),
        attributes={name: value for name, value in attributes.items() if value not in (None, "")},
    )
