import asyncio
import uuid

from adapters.simulators.qliro.config import QliroSimConfig, SettleMode
from adapters.simulators.qliro.ledger import Totals
from adapters.simulators.qliro.model import CheckoutStatus, Item, ItemType, TxStatus, TxType
from tests.simulators.qliro.bench import Bench, code, line, whole


async def test_a_purchase_reserves_the_money_and_tells_the_merchant(bench: Bench) -> None:
    order_id = await bench.bought()
    await bench.sim.settled()

    assert bench.sim.order(order_id).status is CheckoutStatus.COMPLETED
    assert bench.sim.ledger(order_id) == Totals(authorized=60300)
    assert [b["Status"] for b in bench.merchant.bodies("push")] == ["Completed"]
    assert [b["PaymentType"] for b in bench.merchant.bodies("status")] == ["Preauthorization"]


async def test_a_capture_is_accepted_at_once_and_decided_later(bench: Bench) -> None:
    order_id = await bench.bought()

    status, answer = await bench.ship(order_id)

    assert status == 200
    assert [t["Status"] for t in answer["PaymentTransactions"]] == ["Created"]
    assert bench.sim.ledger(order_id).captured == 0
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=60300, captured=60300)
    pushed = bench.merchant.bodies("status")[-1]
    assert (pushed["PaymentType"], pushed["Status"], pushed["Amount"]) == ("Capture", "Success", 603.0)


async def test_a_second_operation_must_wait_for_the_first(bench: Bench) -> None:
    order_id = await bench.bought()
    await bench.ship(order_id, line("BOOK", 106))

    status, answer = await bench.ship(order_id, line("CAP-1", 249))

    assert (status, code(answer)) == (400, "OPERATION_NOT_SUPPORTED")
    assert "Please retry shortly" in answer["ErrorMessage"]


async def test_a_request_id_is_denied_the_second_time_and_for_seven_days(bench: Bench) -> None:
    order_id = await bench.bought()
    twice = {"RequestId": str(uuid.uuid4())}
    assert (await bench.ship(order_id, line("BOOK", 106), **twice))[0] == 200
    await bench.sim.settled()

    status, answer = await bench.ship(order_id, line("CAP-1", 249), **twice)
    assert (status, code(answer)) == (400, "INVALID_REQUEST")

    bench.sim.state.clock.advance(7 * 86_400 + 1)
    assert (await bench.ship(order_id, line("CAP-1", 249), **twice))[0] == 200
    await bench.sim.settled()
    assert bench.sim.ledger(order_id).captured == 10600 + 24900


async def test_shipping_is_refused_for_the_reasons_of_the_contract(bench: Bench) -> None:
    order_id = await bench.bought()
    refused = [
        (line("BOOK", 106.01), "INVALID_ITEM"),
        (line("BOOK", 106, kind="Fee"), "INVALID_ITEM"),
        (line("CAP-1", 249, quantity=3), "EXCEEDING_QUANTITY"),
        (line("SALE", -50, kind="Discount"), "INVALID_REQUEST_TOTAL_AMOUNT"),
    ]
    for item, expected in refused:
        status, answer = await bench.ship(order_id, item)
        assert (status, code(answer)) == (400, expected)
    status, answer = await bench.ship(order_id, Currency="NOK")
    assert code(answer) == "CURRENCY_MISMATCH"
    shipments = [{"PaymentTransactionId": 1, "OrderItems": whole()}]
    assert code((await bench.ship(order_id, Shipments=shipments))[1]) == "PAYMENT_REFERENCE_IS_INCORRECT"
    await bench.shipped(order_id)
    assert code((await bench.ship(order_id, line("BOOK", 106)))[1]) == "NO_ITEMS_LEFT_IN_RESERVATION"


async def test_cancel_releases_what_is_left_once(bench: Bench) -> None:
    order_id = await bench.bought()

    status, _ = await bench.operate("cancelOrder", order_id)
    await bench.sim.settled()

    assert status == 200
    assert bench.sim.ledger(order_id) == Totals(authorized=60300, reversed=60300)
    assert code((await bench.operate("cancelOrder", order_id))[1]) == "ORDER_HAS_BEEN_CANCELLED"
    assert code((await bench.ship(order_id))[1]) == "ORDER_HAS_BEEN_CANCELLED"


async def test_an_unpaid_order_can_not_be_cancelled(bench: Bench) -> None:
    order_id = await bench.create()

    assert code((await bench.operate("cancelOrder", order_id))[1]) == "OPERATION_NOT_SUPPORTED"
    assert code((await bench.operate("MarkItemsAsShipped", order_id, Shipments=[{"OrderItems": whole()}]))[1]) == (
        "NO_PAYMENT_TRANSACTION"
    )


async def test_cancel_after_a_partial_capture_releases_the_rest(bench: Bench) -> None:
    order_id = await bench.bought()
    await bench.shipped(order_id, line("CAP-1", 249), line("FREIGHT", 49, kind="Shipping"))

    await bench.operate("cancelOrder", order_id)
    await bench.sim.settled()

    assert bench.sim.ledger(order_id) == Totals(authorized=60300, captured=29800, reversed=30500)
    assert code((await bench.operate("cancelOrder", order_id))[1]) == "NO_ITEMS_TO_CANCEL"


async def test_returns_go_against_the_capture_that_shipped_the_items(bench: Bench) -> None:
    order_id = await bench.bought()
    first = await bench.shipped(order_id, line("CAP-1", 249))
    reservation = bench.sim.order(order_id).transactions[0].id

    async def give_back(transaction: int, *items: dict[str, object], **more: object) -> tuple[int, str]:
        one = {"PaymentTransactionId": transaction, "OrderItems": list(items), **more}
        status, answer = await bench.operate("ReturnItems", order_id, Returns=[one])
        await bench.sim.settled()
        return status, code(answer) if status != 200 else ""

    assert await give_back(reservation, line("CAP-1", 249)) == (400, "INVALID_PAYMENT_TYPE")
    assert await give_back(first, line("BOOK", 106)) == (400, "INVALID_ITEM")
    assert await give_back(first, line("CAP-1", 249, quantity=2)) == (400, "EXCEEDING_QUANTITY")
    fee = {"MerchantReference": "FEE", "PricePerItemIncVat": 300, "PricePerItemExVat": 240}
    assert (await give_back(first, line("CAP-1", 249), Fees=[fee]))[1] == "INVALID_REQUEST_TOTAL_AMOUNT"
    assert (await give_back(first, line("CAP-1", 249), Fees=[fee | {"PricePerItemIncVat": -3}]))[1] == "INVALID_INPUT"
    fee = {"MerchantReference": "FEE", "PricePerItemIncVat": 39, "PricePerItemExVat": 31.2}
    assert (await give_back(first, line("CAP-1", 249), Fees=[fee]))[0] == 200
    assert bench.sim.ledger(order_id).refunded == 21000
    assert await give_back(first, line("CAP-1", 249)) == (400, "EXCEEDING_QUANTITY")


async def test_card_refunds_over_two_captures_succeed_only_one_at_a_time(bench: Bench) -> None:
    order_id = await bench.bought()
    one = await bench.shipped(order_id, line("CAP-1", 249))
    two = await bench.shipped(order_id, line("BOOK", 106))
    returns = [
        {"PaymentTransactionId": one, "OrderItems": [line("CAP-1", 249)]},
        {"PaymentTransactionId": two, "OrderItems": [line("BOOK", 106)]},
    ]

    await bench.operate("ReturnItems", order_id, Returns=returns)
    await bench.sim.settled()

    refunds = [t.status for t in bench.sim.order(order_id).transactions if t.kind is TxType.REFUND]
    assert refunds == [TxStatus.SUCCESS, TxStatus.ERROR]
    assert bench.sim.ledger(order_id).refunded == 24900


async def test_a_reduction_makes_a_new_reservation_and_cancels_the_old(bench: Bench) -> None:
    order_id = await bench.bought()
    old = bench.sim.order(order_id).transactions[0]
    keep = [line("CAP-1", 249, quantity=2, ex=199.2), line("FREIGHT", 49, ex=39.2, kind="Shipping")]

    await bench.operate("UpdateItems", order_id, Updates=[{"OrderItems": keep}])
    await bench.sim.settled()

    new = bench.sim.order(order_id).transactions[-1]
    assert (old.status, new.kind, new.status, new.amount) == (
        TxStatus.CANCELLED, TxType.PREAUTHORIZATION, TxStatus.SUCCESS, 54700,
    )  # fmt: skip
    assert bench.sim.ledger(order_id) == Totals(authorized=60300 + 54700, reversed=60300)
    assert code((await bench.ship(order_id, line("CAP-1", 249)))[1]) == "PAYMENT_REFERENCE_IS_INCORRECT"


async def test_cards_can_not_be_raised_and_nobody_can_update_to_nothing(bench: Bench) -> None:
    order_id = await bench.bought()
    more = [*whole(), line("EXTRA", 1)]
    for item in more:
        item["PricePerItemExVat"] = item["PricePerItemIncVat"]

    assert code((await bench.operate("UpdateItems", order_id, Updates=[{"OrderItems": more}]))[1]) == (
        "OPERATION_NOT_SUPPORTED"
    )
    assert code((await bench.operate("UpdateItems", order_id, Updates=[{"OrderItems": []}]))[1]) == (
        "NO_ITEMS_LEFT_IN_RESERVATION"
    )


async def test_an_invoice_can_be_corrected_only_after_a_capture(bench: Bench) -> None:
    order_id = await bench.bought(method="QLIRO_INVOICE")
    reservation = bench.sim.order(order_id).transactions[0].id
    goodwill = line("GOODWILL", -25, ex=-20, kind="Discount")

    async def add(transaction: int, *items: dict[str, object]) -> str:
        addition = {"PaymentTransactionId": transaction, "OrderItems": list(items)}
        status, answer = await bench.operate("AddItemsToInvoice", order_id, Additions=[addition])
        await bench.sim.settled()
        return "" if status == 200 else code(answer)

    assert await add(reservation, goodwill) == "NO_SHIPPED_ITEMS_AVAILABLE"
    capture = await bench.shipped(order_id)
    assert await add(reservation, goodwill) == "INVALID_PAYMENT_TYPE"
    assert await add(capture, goodwill) == ""
    assert bench.sim.ledger(order_id).refunded == 2500
    assert await add(capture, line("EXTRA", 500, ex=400)) == "INVALID_REQUEST_TOTAL_AMOUNT"


async def test_a_direct_payment_is_taken_at_once_and_refunded_when_cancelled(bench: Bench) -> None:
    order_id = await bench.bought(method="SWISH")
    assert bench.sim.ledger(order_id) == Totals(authorized=60300, captured=60300)

    await bench.operate("cancelOrder", order_id)
    await bench.sim.settled()

    kinds = [t.kind for t in bench.sim.order(order_id).transactions]
    assert kinds == [TxType.DEBIT, TxType.REVERSAL, TxType.REFUND]
    assert bench.sim.ledger(order_id) == Totals(authorized=60300, captured=60300, refunded=60300)


async def test_each_of_several_reservations_needs_its_own_shipment(bench: Bench) -> None:
    order_id = await bench.bought()
    first = bench.sim.order(order_id).transactions[0].id
    second = bench.sim.add_reservation(order_id, [Item("GLOVES", ItemType.PRODUCT, 1, 9900, 7920)])
    shipments = [
        {"PaymentTransactionId": first, "OrderItems": whole()},
        {"PaymentTransactionId": second, "OrderItems": [line("GLOVES", 99)]},
    ]

    status, answer = await bench.ship(order_id, Shipments=shipments)
    await bench.sim.settled()

    assert status == 200
    assert len(answer["PaymentTransactions"]) == 2
    assert bench.sim.ledger(order_id) == Totals(authorized=70200, captured=70200)


async def test_a_failed_capture_takes_nothing_and_may_be_repeated(bench: Bench) -> None:
    order_id = await bench.bought()
    bench.sim.fail_next("DECLINED", kind=TxType.CAPTURE)

    await bench.ship(order_id)
    await bench.sim.settled()
    assert bench.sim.ledger(order_id).captured == 0
    pushed = bench.merchant.bodies("status")[-1]
    assert (pushed["Status"], pushed["ErrorCode"]) == ("Error", "DECLINED")

    await bench.shipped(order_id)
    assert bench.sim.ledger(order_id).captured == 60300


async def test_results_may_come_before_the_reply() -> None:
    bench = await Bench.open(QliroSimConfig(settle=SettleMode.BEFORE_REPLY))
    try:
        order_id = await bench.bought()
        _, answer = await bench.ship(order_id)
        assert answer["PaymentTransactions"][0]["Status"] == "Created"
        assert bench.merchant.bodies("status")[-1]["PaymentType"] == "Capture"
    finally:
        await bench.close()


async def test_renaming_an_invoice_order_supersedes_its_reservation(bench: Bench) -> None:
    order_id = await bench.bought(method="QLIRO_INVOICE")

    status, answer = await bench.operate("updatemerchantreference", order_id, NewMerchantReference="NEW-1")
    await bench.sim.settled()

    assert status == 200
    live = [t.id for t in bench.sim.order(order_id).transactions if t.status is TxStatus.SUCCESS]
    assert live == [answer["PaymentTransactionId"]]
    status, found = await bench.send("GET", "/checkout/adminapi/v2/orders/NEW-1")
    assert found["OrderId"] == order_id


async def test_an_order_on_hold_waits_for_the_bank(bench: Bench) -> None:
    order_id = await bench.bought(person="on_hold")
    assert code((await bench.ship(order_id))[1]) == "PAYMENT_ONHOLD"
    assert code((await bench.operate("cancelOrder", order_id))[1]) == "PAYMENT_ONHOLD"
    assert bench.sim.ledger(order_id) == Totals()

    bench.sim.resolve_hold(order_id, approve=False)
    await bench.sim.settled()

    assert bench.sim.order(order_id).status is CheckoutStatus.REFUSED
    assert sorted(b["Status"] for b in bench.merchant.bodies("push")) == ["OnHold", "Refused"]


async def test_trustly_goes_through_on_hold_to_completed(bench: Bench) -> None:
    order_id = await bench.bought(method="TRUSTLY")
    assert bench.sim.order(order_id).status is CheckoutStatus.ON_HOLD

    await asyncio.sleep(0.05)
    await bench.sim.settled()

    assert bench.sim.order(order_id).status is CheckoutStatus.COMPLETED
    assert bench.sim.ledger(order_id) == Totals(authorized=60300, captured=60300)
