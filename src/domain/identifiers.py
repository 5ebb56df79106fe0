"""Who and what a payment belongs to. The tenant (merchant, channel) is part of every key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Tenant:
    """A merchant's channel: the unit of configuration, credentials and isolation."""

    merchant: str
    channel: str


@dataclass(frozen=True, slots=True, order=True)
class OrderKey:
    """An order of Norce's, within its tenant."""

    merchant: str
    channel: str
    order_id: str

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.merchant, self.channel)

    def payment(self, payment_id: str) -> "PaymentKey":
        return PaymentKey(self.merchant, self.channel, self.order_id, payment_id)


@dataclass(frozen=True, slots=True, order=True)
class PaymentKey:
    """A payment of a Norce order, within its tenant."""

    merchant: str
    channel: str
    order_id: str
    payment_id: str

    @property
    def order(self) -> OrderKey:
        return OrderKey(self.merchant, self.channel, self.order_id)

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.merchant, self.channel)
