"""Payment methods and what Qliro can do with each family (section 9.5)."""

from dataclasses import dataclass
from enum import StrEnum

from adapters.simulators.qliro.extras import fee_items
from adapters.simulators.qliro.model import Item, Order, TxType, total_of


class Family(StrEnum):
    QLIRO = "qliro"
    CARD = "card"
    BANK = "bank"
    WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay: its names, whether money is taken at once, where it is offered."""

    name: str
    subtype: str
    family: Family
    direct: bool = False
    countries: tuple[str, ...] = ()

    @property
    def first_type(self) -> TxType:
        """The transaction that a purchase makes."""
        return TxType.DEBIT if self.direct else TxType.PREAUTHORIZATION


METHODS = (
    Method("QLIRO_INVOICE", "INVOICE", Family.QLIRO, countries=("SE", "NO", "FI", "DK")),
    Method("QLIRO_PARTPAYMENT", "PARTPAYMENT_ACCOUNT", Family.QLIRO, countries=("SE", "NO", "FI", "DK")),
    Method("CREDITCARDS", "VISA", Family.CARD),
    Method("TRUSTLY", "TRUSTLY_DIRECT", Family.BANK, direct=True, countries=("SE", "FI", "DK", "NO", "DE", "NL")),
    Method("SWISH", "SWISH", Family.WALLET, direct=True, countries=("SE",)),
    Method("VIPPS", "VIPPS", Family.WALLET, countries=("NO",)),
    Method("MOBILEPAY", "MOBILEPAY", Family.WALLET, countries=("DK", "FI")),
    Method("PAYPAL", "PAYPAL", Family.WALLET),
)
_BY_NAME = {m.name: m for m in METHODS}


def method_called(name: str) -> Method | None:
    return _BY_NAME.get(name)


def subtype_of(name: str) -> str:
    """PaymentTypeCode of a method; its own name when unknown."""
    found = _BY_NAME.get(name)
    return found.subtype if found is not None else name


def is_qliro(name: str) -> bool:
    """Qliro's own methods may be raised, reduced late, and carry invoices."""
    found = _BY_NAME.get(name)
    return found is not None and found.family is Family.QLIRO


def _flagged(items: list[Item], name: str) -> bool:
    for item in items:
        value = (item.metadata or {}).get(name)
        if value is True or (isinstance(value, dict) and value.get("Enabled") is True):
            return True
    return False


def offered(order: Order) -> list[Method]:
    """The methods this customer may choose; the preselected one first."""
    risky = _flagged(order.items, "HasRisk")
    subscribed = _flagged(order.items, "Subscription")
    locked = bool((order.request.get("CustomerInformation") or {}).get("LockCustomerInformation"))
    chosen = []
    for method in METHODS:
        if method.countries and order.country not in method.countries:
            continue
        if method.family is Family.QLIRO and (risky or locked):
            continue
        if subscribed and method.family not in (Family.CARD, Family.QLIRO):
            continue
        chosen.append(method)
    wanted = order.request.get("PaymentId")
    return sorted(chosen, key=lambda m: m.name != wanted)


def wants_saved_card(order: Order) -> bool:
    """An item asks for a subscription: a card paid with is stored."""
    return _flagged(order.items, "Subscription")


def fee_of(order: Order, name: str) -> tuple[int, int]:
    """The method's fee with and without VAT."""
    fees = fee_items(order, name)
    return total_of(fees), sum(f.ex * f.quantity for f in fees)
