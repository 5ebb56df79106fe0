"""The Order API client against an upstream that answers what it is told to."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from adapters.http_guards import GuardSettings
from adapters.http_transport import HttpTransport
from adapters.norce.client import NorceClient
from adapters.norce.gateway import NorceTokens
from application.deadline import deadline
from application.ports.configurations import Secret
from application.ports.platform import PaymentChanges, PaymentDraft, ShippingDraft, TransactionEntry
from domain.errors import OrderConflict, OrderNotFound, OrderRefused, OrderUnavailable, PlatformUnauthorized
from domain.identifiers import OrderKey
from domain.order import ADAPTER_ID, Address, Hook, OrderPayment, OrderShipping, OrderStatus, PaymentState, Price
from tests.unit.adapters.upstream import Upstream, answer, listening, reset, silence, truncated

KEY = OrderKey("friluft", "se-web", "o1")
ORDER = b'{"id":"o1","currency":"SEK","state":{"currentStatus":"%s"}}'
PAYMENT = OrderPayment(
    id="p1",
    adapter_id=ADAPTER_ID,
    name="Qliro Checkout",
    type="default",
    amount=100,
    currency="SEK",
    state=PaymentState.INTENT,
    reference="",
    document=b'{"id":"p1","adapterId":"qliro_checkout_adapter","amount":1.00,"attributes":{"a":1},"kept":0.10}',
)
SHIPPING = OrderShipping(
    id="s1",
    adapter_id=ADAPTER_ID,
    state="intent",
    reference="r",
    name="n",
    total=Price(0, 0),
    vat_rate=0,
    document=b'{"id":"s1","vatRate":0.25,"state":"intent"}',
)
DRAFT = PaymentDraft(name="Qliro Checkout", amount=100, currency="SEK")
BUSY = b'{"code":"order-conflict","message":"Busy"}'


@dataclass(slots=True)
class Norce:
    """A client, its upstream, and how long it waited."""

    client: NorceClient
    upstream: Upstream
    waits: list[float]

    @property
    def sent(self) -> list[str]:
        return [f"{r.method} {r.target.removeprefix('/api/v0/checkout/orders')}" for r in self.upstream.received]


@pytest.fixture
async def norce() -> AsyncIterator[Norce]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    guards = GuardSettings(failures_to_open=100, retry_reserve=100)
    async with listening() as upstream, HttpTransport("norce", guards=guards, sleep=sleep) as transport:
        tokens = NorceTokens((Secret("one"), Secret("two")), {"solo": (Secret("own"),)})
        client = NorceClient(transport, base_url=f"{upstream.url}/", tokens=tokens, seconds=0.3, sleep=sleep)
        yield Norce(client, upstream, waits)


async def test_every_call_says_who_is_calling_for_whom(norce: Norce) -> None:
    norce.upstream.script.append(answer(200, ORDER % b"checkout"))
    await norce.client.read_order(KEY)
    (received,) = norce.upstream.received
    assert received.target == "/api/v0/checkout/orders/o1"
    sent = {name: received.headers[name] for name in ("authorization", "x-merchant", "x-channel", "x-adapterid")}
    assert sent == {
        "authorization": "Bearer one",
        "x-merchant": "friluft",
        "x-channel": "se-web",
        "x-adapterid": "qliro_checkout_adapter",
    }


async def test_ids_are_encoded_in_paths(norce: Norce) -> None:
    order = replace(KEY, order_id="o å?#%2F")
    norce.upstream.script.append(answer(404))
    with pytest.raises(OrderNotFound):
        await norce.client.read_order(order)
    assert norce.sent == ["GET /o%20%C3%A5%3F%23%252F"]


async def test_a_rotated_key_is_replaced_by_the_other_one_and_that_is_remembered(norce: Norce) -> None:
    norce.upstream.script.extend([answer(401), answer(201, b'{"id":"p1"}'), answer(200, ORDER % b"checkout")])
    assert await norce.client.create_payment(KEY, DRAFT) == "p1"
    await norce.client.read_order(KEY)
    assert [r.headers["authorization"] for r in norce.upstream.received] == ["Bearer one", "Bearer two", "Bearer two"]


@pytest.mark.parametrize("status", [401, 403])
async def test_no_key_that_fits_is_told(norce: Norce, status: int) -> None:
    norce.upstream.script.extend([answer(status), answer(status)])
    with pytest.raises(PlatformUnauthorized):
        await norce.client.read_order(KEY)


async def test_a_merchants_own_key_is_used_for_no_other(norce: Norce) -> None:
    norce.upstream.script.append(answer(200, ORDER % b"checkout"))
    await norce.client.read_order(replace(KEY, merchant="solo"))
    assert [r.headers["authorization"] for r in norce.upstream.received] == ["Bearer own"]


async def test_without_a_key_nothing_is_sent(norce: Norce) -> None:
    async with HttpTransport("norce") as transport:
        client = NorceClient(transport, base_url=norce.upstream.url, tokens=NorceTokens())
        with pytest.raises(PlatformUnauthorized):
            await client.read_order(KEY)
    assert norce.sent == []


@pytest.mark.parametrize("merchant", ["evil.example.com/", "a.b", "a@b", "-a", "a b", "x" * 64, "é", "a#", ""])
async def test_a_merchant_that_is_no_host_name_is_never_part_of_an_address(merchant: str) -> None:
    async with HttpTransport("norce") as transport:
        client = NorceClient(
            transport, base_url="https://{merchant}.invalid/order", tokens=NorceTokens((Secret("token"),))
        )
        with pytest.raises(OrderNotFound):
            await client.read_order(replace(KEY, merchant=merchant))


@pytest.mark.parametrize("channel", ["a\r\nx-merchant: other", "", "\x00", "x" * 300])
async def test_a_channel_that_is_no_header_line_is_not_sent(norce: Norce, channel: str) -> None:
    with pytest.raises(OrderNotFound):
        await norce.client.read_order(replace(KEY, channel=channel))
    assert norce.sent == []


async def test_reads_are_repeated_when_the_server_fails(norce: Norce) -> None:
    norce.upstream.script.extend([answer(503), truncated, answer(200, ORDER % b"accepted")])
    assert (await norce.client.read_order(KEY)).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize("act", [answer(500), answer(502, b"<html>"), silence, reset, truncated])
async def test_a_payment_is_created_once_and_its_fate_left_open(norce: Norce, act: object) -> None:
    norce.upstream.script.append(act)  # type: ignore[arg-type]
    with pytest.raises(OrderUnavailable) as failed:
        await norce.client.create_payment(KEY, DRAFT)
    assert failed.value.sent
    assert norce.sent == ["POST /o1/payments"]


PAGE = answer(200, b"<!doctype html><title>Please wait</title>")


async def test_a_page_in_place_of_an_answer_proves_nothing(norce: Norce) -> None:
    norce.upstream.script.append(PAGE)
    with pytest.raises(OrderUnavailable) as failed:
        await norce.client.set_status(KEY, OrderStatus.ACCEPTED)
    assert failed.value.sent


async def test_a_conflict_on_creating_a_payment_is_told_at_once(norce: Norce) -> None:
    norce.upstream.script.append(answer(409, BUSY))
    with pytest.raises(OrderConflict):
        await norce.client.create_payment(KEY, DRAFT)
    assert norce.sent == ["POST /o1/payments"]


@pytest.mark.parametrize(("advice", "least"), [({}, 0.2), ({"retry-after": "1"}, 1.0)])
async def test_what_norce_does_not_take_just_now_is_sent_once_more(
    norce: Norce, advice: dict[str, str], least: float
) -> None:
    norce.upstream.script.extend([answer(429, b"", headers=advice), answer(201, b'{"id":"p9"}')])
    assert await norce.client.create_payment(KEY, DRAFT) == "p9"
    assert norce.sent == ["POST /o1/payments"] * 2
    assert norce.waits[0] >= least


async def test_nobody_waits_long_for_norce_to_take_calls_again(norce: Norce) -> None:
    norce.upstream.script.extend([answer(429, b"", headers={"Retry-After": "30"}), answer(429), answer(429)])
    with pytest.raises(OrderUnavailable) as first:
        await norce.client.create_payment(KEY, DRAFT)
    with pytest.raises(OrderUnavailable) as second:
        await norce.client.create_payment(KEY, DRAFT)
    assert not first.value.sent
    assert not second.value.sent
    assert norce.sent == ["POST /o1/payments"] * 3


async def test_after_a_conflict_the_payment_is_read_and_changed_anew(norce: Norce) -> None:
    fresh = b'{"id":"p1","amount":7.00,"attributes":{"a":2,"b":3},"kept":0.20}'
    norce.upstream.script.extend([answer(409, BUSY), answer(200, fresh), answer(200, fresh)])
    await norce.client.replace_payment(KEY, PAYMENT, PaymentChanges(amount=250, attributes={"c": 4}))
    assert norce.sent == ["PUT /o1/payments/p1", "GET /o1/payments/p1", "PUT /o1/payments/p1"]
    first, _, last = norce.upstream.received
    assert json.loads(first.body)["attributes"] == {"a": 1, "c": 4}
    assert last.body == b'{"amount":2.50,"attributes":{"a":2,"b":3,"c":4},"kept":0.20}'
    assert len(norce.waits) == 1
    assert 0.05 <= norce.waits[0] <= 0.2


async def test_a_conflict_that_does_not_end_is_told_after_three_more_tries(norce: Norce) -> None:
    norce.upstream.script.extend([answer(409, BUSY)] * 4)
    with pytest.raises(OrderConflict):
        await norce.client.set_status(KEY, OrderStatus.ACCEPTED)
    assert norce.sent == ["PUT /o1/state"] * 4


async def test_a_caller_in_a_hurry_does_not_wait_for_a_conflict_to_end(norce: Norce) -> None:
    norce.upstream.script.append(answer(409, BUSY))
    with deadline(0.09), pytest.raises(OrderConflict):
        await norce.client.set_status(KEY, OrderStatus.ACCEPTED)
    assert len(norce.sent) == 1


async def test_a_payment_answered_without_a_body_is_what_was_sent(norce: Norce) -> None:
    norce.upstream.script.append(answer(200, b""))
    written = await norce.client.replace_payment(KEY, PAYMENT, PaymentChanges(state=PaymentState.RESERVED, amount=250))
    assert (written.id, written.state, written.amount, written.attributes) == (
        "p1",
        PaymentState.RESERVED,
        250,
        {"a": 1},
    )


async def test_a_payment_that_was_just_created_is_written_without_being_read(norce: Norce) -> None:
    norce.upstream.script.append(answer(200, b""))
    created = replace(PAYMENT, document=b"", attributes={"a": 1})
    await norce.client.replace_payment(KEY, created, PaymentChanges(reference="4000001"))
    (received,) = norce.upstream.received
    assert json.loads(received.body) == {
        "adapterId": "qliro_checkout_adapter",
        "name": "Qliro Checkout",
        "type": "default",
        "amount": 1,
        "currency": "SEK",
        "state": "intent",
        "reference": "4000001",
        "attributes": {"a": 1},
        "actions": [],
        "merchant": "friluft",
        "channel": "se-web",
        "orderId": "o1",
    }


async def test_a_shipping_survives_a_conflict_and_a_lost_answer(norce: Norce) -> None:
    norce.upstream.script.extend([answer(409, BUSY), answer(200, SHIPPING.document), reset, answer(200, b"")])
    await norce.client.set_shipping_state(KEY, SHIPPING, "removed")
    assert norce.sent == ["PUT /o1/shippings/s1", "GET /o1/shippings/s1", *["PUT /o1/shippings/s1"] * 2]


async def test_a_shipping_is_created_again_after_a_conflict_but_not_after_a_failure(norce: Norce) -> None:
    draft = ShippingDraft(reference="r", name="n", total=Price(100, 80), vat_rate=2_500)
    norce.upstream.script.extend([answer(409, BUSY), answer(201, b'{"id":"s9"}')])
    assert await norce.client.create_shipping(KEY, draft) == "s9"
    norce.upstream.script.append(answer(500))
    with pytest.raises(OrderUnavailable):
        await norce.client.create_shipping(KEY, draft)
    assert norce.sent == ["POST /o1/shippings"] * 3


async def test_a_superseded_move_that_happened_anyway_is_fine(norce: Norce) -> None:
    norce.upstream.script.extend([answer(202), answer(200, ORDER % b"accepted")])
    await norce.client.set_status(KEY, OrderStatus.ACCEPTED)
    assert norce.upstream.received[0].body == b'{"currentStatus":"accepted"}'


async def test_a_superseded_move_that_did_not_happen_is_a_conflict(norce: Norce) -> None:
    norce.upstream.script.extend([answer(202), answer(200, ORDER % b"checkout")])
    with pytest.raises(OrderConflict):
        await norce.client.set_status(KEY, OrderStatus.ACCEPTED)


async def test_a_denied_move_is_refused(norce: Norce) -> None:
    norce.upstream.script.append(answer(400, b'{"code":"order-validation","message":"Hook x denied the change"}'))
    with pytest.raises(OrderRefused, match="Hook x denied"):
        await norce.client.set_status(KEY, OrderStatus.ACCEPTED)


async def test_a_validation_runs_once(norce: Norce) -> None:
    norce.upstream.script.append(answer(500))
    with pytest.raises(OrderUnavailable):
        await norce.client.validate(KEY)
    norce.upstream.script.append(answer(400, b'[{"code":"cart-empty","adapterId":"order"}]'))
    assert await norce.client.validate(KEY) == ("cart-empty",)
    assert norce.sent == ["POST /o1/validate"] * 2


async def test_a_validation_waits_until_norce_has_done_with_the_order(norce: Norce) -> None:
    norce.upstream.script.extend([answer(409, BUSY), answer(409, BUSY), answer(200, b"[]")])
    assert await norce.client.validate(KEY) == ()
    assert norce.sent == ["POST /o1/validate"] * 3


async def test_hooks_survive_conflicts_and_one_already_gone_is_gone(norce: Norce) -> None:
    hook = Hook("", ADAPTER_ID, "/cart", "/payments", "https://a/")
    norce.upstream.script.extend([answer(409, BUSY), answer(200, b""), answer(500), answer(404)])
    await norce.client.add_hook(KEY, hook)
    await norce.client.remove_hook(KEY, "oc1")
    assert norce.sent == [*["POST /o1/hooks"] * 2, *["DELETE /o1/hooks/oc1"] * 2]


async def test_a_log_entry_is_sent_once(norce: Norce) -> None:
    norce.upstream.script.append(reset)
    entry = TransactionEntry(event="open", psp_event="create", amount=1, success=True, key="k")
    with pytest.raises(OrderUnavailable) as failed:
        await norce.client.log_transaction(KEY, "p1", entry)
    assert failed.value.sent
    assert norce.sent == ["POST /o1/payments/p1/transactions"]


async def test_addresses_are_put_whole(norce: Norce) -> None:
    await norce.client.write_billing(KEY, Address(city="Luleå"), b'{"reference":"r","city":"Boden"}')
    await norce.client.write_shipping_address(KEY, Address(city="Piteå"), b"")
    assert norce.sent == ["PUT /o1/customer/billing", "PUT /o1/customer/shipping"]
    assert norce.upstream.received[0].body == '{"reference":"r","city":"Luleå"}'.encode()


async def test_an_upstream_that_is_away_was_not_reached() -> None:
    async with HttpTransport("norce") as transport:
        tokens = NorceTokens((Secret("t"),))
        client = NorceClient(transport, base_url="http://127.0.0.1:1", tokens=tokens)
        with pytest.raises(OrderUnavailable) as failed:
            await client.create_payment(KEY, DRAFT)
    assert not failed.value.sent


def test_keys_do_not_show() -> None:
    assert "token-1" not in repr(NorceTokens((Secret("token-1"),), {"m": (Secret("token-1"),)}))
