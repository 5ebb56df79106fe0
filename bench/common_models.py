"""Models of the common way: pydantic for what Norce sends, SQLAlchemy's ORM for what is kept."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import BigInteger, DateTime, Integer, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Price(Wire):
    including_vat: Decimal
    excluding_vat: Decimal


class Discount(Wire):
    type: str
    name: str | None = None
    code: str | None = None
    value: Price


class Item(Wire):
    id: str
    reference: str
    name: str
    quantity: int
    price: Price
    original_total: Price
    total: Price
    vat_rate: Decimal
    discounts: list[Discount] = []


class Cart(Wire):
    reference: str | None = None
    items: list[Item]
    discounts: list[Discount] = []
    total: Price


class Shipping(Wire):
    id: str
    state: str
    reference: str | None = None
    name: str | None = None
    adapter_id: str | None = None
    total: Price
    vat_rate: Decimal | None = None


class Payment(Wire):
    id: str
    state: str
    type: str
    adapter_id: str | None = None
    amount: Decimal
    currency: str
    reference: str | None = None
    attributes: dict[str, Any] | None = None


class Hook(Wire):
    id: str
    adapter_id: str
    subscribe_to: str
    target: str | None = None
    invoke: str


class State(Wire):
    current_status: str


class Order(Wire):
    id: str
    merchant: str
    channel: str
    culture: str
    currency: str
    country: str
    state: State
    cart: Cart
    shippings: list[Shipping] = []
    payments: list[Payment] = []
    hooks: list[Hook] = []
    total: Price


class PatchOperation(BaseModel):
    op: str = "replace"
    path: str
    value: Decimal | str


class Base(DeclarativeBase):
    pass


class StoredPayment(Base):
    __tablename__ = "common_payment"

    merchant: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    provider_order_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    cart_digest: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class History(Base):
    __tablename__ = "common_history"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    payment_id: Mapped[str] = mapped_column(Text, index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
