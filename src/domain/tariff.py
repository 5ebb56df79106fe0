"""What the provider may keep of a capture: the fees that were agreed, by payment method."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from domain.money import to_minor

ANY_METHOD = "*"
_HIGHEST = Decimal(100)


@dataclass(frozen=True, slots=True)
class Fee:
    """A percentage of the captured amount, and a fixed sum in minor units."""

    percent: Decimal = Decimal(0)
    fixed: int = 0

    def of(self, amount: int) -> int:
        """The fee for a capture of `amount`, rounded half up to the cent."""
        return int((amount * self.percent / 100).quantize(Decimal(1), ROUND_HALF_UP)) + self.fixed


@dataclass(frozen=True, slots=True)
class Tariff:
    """Agreed fees; `*` stands for methods that are not named. Empty: fees are taken as they are told."""

    fees: Mapping[str, Fee]

    def fee(self, method: str, amount: int) -> int | None:
        """What a capture by this method costs; None when nothing is agreed about it."""
        agreed = self.fees.get(method.upper()) or self.fees.get(ANY_METHOD)
        return None if agreed is None else agreed.of(amount)


NO_TARIFF = Tariff({})


def parse_tariff(terms: Mapping[str, str]) -> Tariff:
    """From texts such as `1.45% + 1.50`, `2%`, or `3.00`, by method. Raises ValueError naming the wrong one."""
    return Tariff({method.strip().upper(): _fee(method, text) for method, text in terms.items()})


def _fee(method: str, text: str) -> Fee:
    percent, fixed = Decimal(0), Decimal(0)
    try:
        for term in text.split("+"):
            if term.strip().endswith("%"):
                percent += Decimal(term.strip()[:-1])
            else:
                fixed += Decimal(term.strip())
        if not (0 <= percent <= _HIGHEST and fixed >= 0 and fixed == round(fixed, 2)):
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{method}: {text!r} is no fee; write it like 1.45% + 1.50") from None
    return Fee(percent, to_minor(fixed))
