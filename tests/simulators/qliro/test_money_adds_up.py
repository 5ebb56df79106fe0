"""Long random lives of orders: whatever merchants ask for, books, items and transactions agree."""

import random
from typing import Any

import pytest

from adapters.simulators.qliro.config import QliroSimConfig, SettleMode
from adapters.simulators.qliro.holdings import live_reservations, refundable_amount, remaining_amount
from adapters.simulators.qliro.model import ActionType, Order, TxStatus, TxType
from tests.simulators.qliro.bench import Bench, line

KNOWN = [("CAP-1", 249, "Product"), ("BOOK", 106, "Product"), ("SALE", -50, "Discount"), ("FREIGHT", 49, "Shipping")]


def pieces(dice: random.Random) -> list[dict[str, Any]]:
    chosen = dice.sample(KNOWN, dice.randint(1, 4))
    return [line(ref, price, kind=kind, quantity=dice.randint(1, 2)) for ref, price, kind in chosen]


async def ask(bench: Bench, order_id: int, dice: random.Random) -> int:
    ids = [t.id for t in bench.sim.order(order_id).transactions]
    one = {"PaymentTransactionId": dice.choice(ids), "OrderItems": pieces(dice)}
    choices: list[tuple[str, dict[str, Any]]] = [
        ("MarkItemsAsShipped", {"Shipments": [one]}),
        ("MarkItemsAsShipped", {"Shipments": [{"OrderItems": pieces(dice)}]}),
        ("ReturnItems", {"Returns": [one]}),
        ("UpdateItems", {"Updates": [{"OrderItems": pieces(dice)}]}),
        ("AddItemsToInvoice", {"Additions": [one]}),
        ("updatemerchantreference", {"NewMerchantReference": "NEW"}),
        ("cancelOrder", {}) if dice.random() < 0.2 else ("ReturnItems", {"Returns": [one]}),
    ]
    name, body = dice.choice(choices)
    status, _ = await bench.operate(name, order_id, **body)
    await bench.sim.settled()
    return status


def check(bench: Bench, order: Order) -> None:
    totals = bench.sim.ledger(order.id)
    live = live_reservations(order)
    reserved = sum(remaining_amount(order, r) for r in live if r.kind is TxType.PREAUTHORIZATION)
    assert totals.reserved == reserved
    good = [t for t in order.transactions if t.status is TxStatus.SUCCESS]
    taken = [t for t in good if t.kind is TxType.CAPTURE or (t.kind is TxType.DEBIT and t in live)]
    assert totals.kept == sum(refundable_amount(order, t) for t in taken)
    ids = {t.id for t in good}
    shipped = sum(a.item.quantity for a in order.actions if a.kind is ActionType.SHIP and a.transaction_id in ids)
    back = sum(a.item.quantity for a in order.actions if a.kind is ActionType.RETURN and a.transaction_id in ids)
    assert back >= 0
    assert totals.kept >= 0
    assert order.transactions[0].kind is TxType.DEBIT or back <= shipped


@pytest.mark.parametrize("method", ["CREDITCARDS", "QLIRO_INVOICE", "SWISH"])
@pytest.mark.parametrize("seed", range(6))
async def test_the_ledger_agrees_with_the_transactions(method: str, seed: int) -> None:
    dice = random.Random(seed)
    bench = await Bench.open(QliroSimConfig(settle=SettleMode.BEFORE_REPLY))
    try:
        statuses = []
        for _ in range(3):
            order_id = await bench.bought(method=method)
            for _ in range(15):
                if dice.random() < 0.2:
                    bench.sim.fail_next()
                statuses.append(await ask(bench, order_id, dice))
                check(bench, bench.sim.order(order_id))
        assert set(statuses) == {200, 400}
    finally:
        await bench.close()
