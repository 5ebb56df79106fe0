from typing import Any

import pytest
from openapi_spec_validator import validate

from adapters.simulators.qliro.ledger import Ledger, Movement, Totals
from adapters.simulators.qliro.model import TxStatus
from tests.simulators.qliro.bench import Bench, code, line


class Control:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def __call__(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        url = f"{self._bench.sim.url}/__sim{path}"
        async with self._bench.http.request(method, url, json=body) as answer:
            found = await answer.json()
            assert answer.status == expect, found
            return found


@pytest.fixture
def control(bench: Bench) -> Control:
    return Control(bench)


async def test_the_control_plane_describes_itself(control: Control) -> None:
    document = await control("GET", "/openapi.json")

    validate(document)
    assert "/__sim/orders/{id}/buy" in document["paths"]


async def test_a_test_can_buy_capture_and_refund_without_a_browser(bench: Bench, control: Control) -> None:
    order_id = await bench.create()

    bought = await control("POST", f"/orders/{order_id}/buy", {"method": "QLIRO_INVOICE"})
    await control("POST", f"/orders/{order_id}/portal/capture", {"items": {"CAP-1": 1}})
    await bench.sim.settled()
    await control("POST", f"/orders/{order_id}/portal/update", {"items": {"CAP-1": 1}})
    await bench.sim.settled()
    await control("POST", f"/orders/{order_id}/portal/refund")
    await bench.sim.settled()
    await control("POST", f"/orders/{order_id}/portal/cancel")
    await bench.sim.settled()

    assert bought["result"] == "completed"
    totals = (await control("GET", f"/ledger/{order_id}"))["totals"]
    assert totals == {
        "authorized": 852.0, "captured": 249.0, "reversed": 603.0, "refunded": 249.0, "reserved": 0.0, "kept": 0.0,
    }  # fmt: skip
    kinds = [b["PaymentType"] for b in bench.merchant.bodies("status")]
    assert kinds == ["Preauthorization", "Capture", "Preauthorization", "Refund", "Reversal"]


async def test_transactions_can_be_decided_by_hand(bench: Bench, control: Control) -> None:
    await control("PATCH", "/config", {"settle": "manual"})
    order_id = await bench.bought()
    _, answer = await bench.ship(order_id)
    transaction = answer["PaymentTransactions"][0]["PaymentTransactionId"]

    await control("POST", f"/transactions/{transaction}/settle", {"approve": False, "code": "TOO_LATE"})

    last = bench.sim.order(order_id).transactions[-1]
    assert (last.status, last.error_code) == (TxStatus.ERROR, "TOO_LATE")
    await control("POST", f"/transactions/{transaction}/settle", expect=404)


async def test_settings_and_quirks_can_be_changed_but_secrets_never_seen(control: Control) -> None:
    changed = await control("PATCH", "/config", {"transaction_delay": 0.5, "quirks": {"null_lists": True}})

    assert changed["transaction_delay"] == 0.5
    assert changed["quirks"]["null_lists"] is True
    assert "merchants" not in changed
    assert code(await control("PATCH", "/config", {"merchants": []}, expect=400)) == "INVALID_INPUT"
    assert code(await control("PATCH", "/config", {"transaction_delay": "soon"}, expect=400)) == "INVALID_INPUT"


async def test_orders_can_expire_vanish_and_wait_for_the_bank(bench: Bench, control: Control) -> None:
    old, lost = await bench.create(), await bench.create()
    held = await bench.bought(person="on_hold")

    await control("POST", f"/orders/{old}/expire")
    await control("POST", f"/orders/{lost}/purge")
    await control("POST", f"/orders/{held}/hold", {"approve": True})

    assert code(await control("POST", f"/orders/{old}/buy", {}, expect=409)) == "CHECKOUT_REFUSED"
    assert (await bench.send("GET", f"/checkout/merchantapi/Orders/{lost}"))[0] == 404
    assert (await control("GET", f"/orders/{held}"))["status"] == "Completed"


async def test_faults_rules_and_reset_work_over_http(bench: Bench, control: Control) -> None:
    await control("POST", "/faults", {"match": {"path": "Orders"}, "action": {"kind": "status", "status": 500}})
    assert (await bench.send("GET", "/checkout/merchantapi/Orders/1"))[0] == 500
    assert (await control("GET", "/faults"))["rules"][0]["hits"] == 1
    await control("POST", "/faults", {"action": {"kind": "sulk"}}, expect=400)
    await control("POST", "/callbacks/rules", {"treatment": "duplicate", "kind": "checkout_status", "copies": 2})
    await bench.bought()
    await bench.sim.settled()
    assert len(bench.merchant.bodies("push")) == 3

    await control("POST", "/reset")

    assert (await control("GET", "/orders")) == {"orders": []}
    assert (await control("GET", "/callbacks")) == {"callbacks": []}


async def test_the_request_log_names_requests_without_their_secrets(bench: Bench, control: Control) -> None:
    order_id = await bench.bought()
    await bench.ship(order_id)

    shown = await control("GET", "/requests?path=markitems")

    (request,) = shown["requests"]
    assert request["orderId"] == order_id
    assert request["requestId"]
    assert "sandbox-secret" not in str(shown)
    assert "Qliro " not in str(shown)


async def test_the_portal_shows_orders(bench: Bench) -> None:
    order_id = await bench.bought()

    for path, expected in (("/", f"/orders/{order_id}"), (f"/orders/{order_id}", "Capture all")):
        async with bench.http.get(bench.sim.url + path) as answer:
            assert answer.status == 200
            assert expected in await answer.text()


def test_the_ledger_refuses_money_out_of_nothing(clock: Any) -> None:
    ledger = Ledger()
    details: dict[str, Any] = {"moment": clock.now(), "currency": "SEK", "transaction_id": 1}
    ledger.append(1, Movement.AUTHORIZED, 100, **details)
    ledger.append(1, Movement.CAPTURED, 60, **details)

    with pytest.raises(AssertionError):
        ledger.append(1, Movement.CAPTURED, 41, **details)
    with pytest.raises(AssertionError):
        ledger.append(1, Movement.REFUNDED, 61, **details)
    assert ledger.totals(1) == Totals(authorized=100, captured=60)


async def test_a_reduction_may_wait_on_hold_for_its_decision(bench: Bench, control: Control) -> None:
    order_id = await bench.bought(method="QLIRO_INVOICE")
    await control("POST", "/outcomes", {"hold": True, "type": "Preauthorization"})
    await control("POST", f"/orders/{order_id}/portal/update", {"items": {"CAP-1": 1}})
    await bench.sim.settled()
    old, new = bench.sim.order(order_id).transactions
    assert (old.status, new.status) == (TxStatus.SUCCESS, TxStatus.ON_HOLD)
    shipments = [{"PaymentTransactionId": new.id, "OrderItems": [line("CAP-1", 249)]}]
    assert code((await bench.ship(order_id, Shipments=shipments))[1]) == "PAYMENT_ONHOLD"

    await control("POST", f"/transactions/{new.id}/settle", {"approve": True})

    assert (old.status, new.status) == (TxStatus.CANCELLED, TxStatus.SUCCESS)
    assert bench.sim.ledger(order_id).reserved == 24900
