"""Requests to Qliro that move money of an order, as the bytes that are signed and sent."""

from collections.abc import Iterable
from uuid import UUID

from adapters.qliro.request_rows import added_items, admin_items
from adapters.qliro.wire import (
    AddedItem,
    AddItemsToInvoice,
    Addition,
    CancelOrder,
    MarkItemsAsShipped,
    Return,
    ReturnFee,
    ReturnItems,
    Shipment,
    UpdateItems,
    Upsell,
    encode,
)
from domain.checkout import LineType
from domain.ledger import ItemGroup
from domain.money import to_major
from domain.planned_call import PlannedCall
from domain.rows import OrderItem


def mark_items_as_shipped(
    api_key: str, order_id: int, *, request_id: UUID, currency: str, shipments: Iterable[ItemGroup]
) -> bytes:
    """One shipment per reservation."""
    return encode(
        MarkItemsAsShipped(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            shipments=tuple(
                Shipment(payment_transaction_id=group.transaction_id, order_items=admin_items(group))
                for group in shipments
            ),
        )
    )


def cancel_order(api_key: str, order_id: int, *, request_id: UUID) -> bytes:
    """Everything that is still reserved."""
    return encode(CancelOrder(request_id=request_id, merchant_api_key=api_key, order_id=order_id))


def update_items(api_key: str, order_id: int, *, request_id: UUID, currency: str, keep: ItemGroup) -> bytes:
    """Everything that shall stay reserved, and nothing else."""
    items = added_items(keep.items)
    return encode(
        UpdateItems(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            updates=(Addition(payment_transaction_id=keep.transaction_id, order_items=items),),
        )
    )


def add_items_to_invoice(api_key: str, order_id: int, *, request_id: UUID, currency: str, call: PlannedCall) -> bytes:
    """A sum off one capture's invoice, as one negative row."""
    item = AddedItem(
        merchant_reference="Refund",
        description="Refund",
        type=LineType.DISCOUNT,
        quantity=1,
        price_per_item_inc_vat=to_major(-call.credit),
        price_per_item_ex_vat=to_major(-call.credit_ex),
    )
    return encode(
        AddItemsToInvoice(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            additions=(Addition(payment_transaction_id=call.target, order_items=(item,)),),
        )
    )


def return_items(api_key: str, order_id: int, *, request_id: UUID, currency: str, call: PlannedCall) -> bytes:
    """Rows of one capture, less what the merchant keeps."""
    fee = ReturnFee(
        merchant_reference="Return-fee",
        description="Return fee",
        price_per_item_inc_vat=to_major(call.fee),
        price_per_item_ex_vat=to_major(call.fee_ex),
    )
    returned = Return(
        payment_transaction_id=call.target,
        order_items=admin_items(call.groups[0]),
        fees=(fee,) if call.fee else None,
    )
    return encode(
        ReturnItems(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            returns=(returned,),
        )
    )


def upsell(
    api_key: str, order_id: int, *, request_id: UUID, upsell_id: str, currency: str, rows: tuple[OrderItem, ...]
) -> bytes:
    """Rows to be sold with an order that has been paid."""
    return encode(
        Upsell(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            upsell_id=upsell_id,
            order_items=added_items(rows),
        )
    )
