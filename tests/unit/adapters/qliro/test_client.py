"""The Qliro client against an upstream that answers what it is told to."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from adapters.http_guards import GuardSettings
from adapters.http_observer import Exchange
from adapters.http_transport import HttpTransport
from adapters.qliro.calls import QliroTimes
from adapters.qliro.client import QliroClient
from adapters.qliro.errors import explain
from adapters.qliro.signing import authorization
from application.ports.configurations import ProviderAccount, Secret
from application.ports.merchant_payments import INVOICE, MerchantPaymentDraft
from domain.checkout import LineType
from domain.errors import ConfigurationInvalid, ProviderInvalid, ProviderOrderMissing, ProviderUnavailable
from domain.identifiers import Tenant
from domain.ledger import ItemGroup, OrderItem
from domain.outcomes import Pending, Unknown
from domain.planned_call import PlannedCall
from tests.contracts.provider import BASKET, DRAFT, SUBSCRIBER
from tests.golden import golden
from tests.unit.adapters.upstream import Upstream, answer, garbage, listening, reset, silence, truncated

SECRET = Secret("hemligt")
CHECKOUT = golden("qliro/checkout-completed.json")
RECEIVED = b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":"Created"}]}'
SHIPMENTS = (ItemGroup(3301001, (OrderItem("T-2", LineType.PRODUCT, 2, 98_500, 78_800),)),)


@dataclass(slots=True)
class Qliro:
    client: QliroClient
    account: ProviderAccount
    upstream: Upstream
    exchanges: list[Exchange]

    @property
    def sent(self) -> list[str]:
        return [f"{r.method} {r.target.removeprefix('/checkout/')}" for r in self.upstream.received]

    async def capture(self, request_id: UUID | None = None) -> object:
        return await self.client.capture(
            self.account, 4177001, request_id=request_id or uuid4(), currency="SEK", shipments=SHIPMENTS
        )


@pytest.fixture
async def qliro() -> AsyncIterator[Qliro]:
    async def sleep(_: float) -> None:
        return None

    exchanges: list[Exchange] = []
    guards = GuardSettings(failures_to_open=100, retry_reserve=100)
    async with (
        listening() as upstream,
        HttpTransport("qliro", guards=guards, sleep=sleep, explain=explain, observer=exchanges.append) as transport,
    ):
        account = ProviderAccount(Tenant("friluft", "se"), upstream.url, "KEY", SECRET)
        times = QliroTimes(read=0.3, write=0.3, money=0.3)
        client = QliroClient(transport, allowed_hosts=frozenset({upstream.url}), times=times)
        yield Qliro(client, account, upstream, exchanges)


async def test_the_bytes_that_are_sent_are_the_bytes_that_are_signed(qliro: Qliro) -> None:
    qliro.upstream.script.append(answer(201, b'{"OrderId":4177001}'))
    assert await qliro.client.create_checkout(qliro.account, DRAFT) == 4177001
    (received,) = qliro.upstream.received
    assert received.headers["authorization"] == authorization(received.body, SECRET)
    assert received.headers["content-type"] == "application/json"
    assert "Mössa" in received.body.decode()


async def test_a_read_signs_nothing_but_the_secret(qliro: Qliro) -> None:
    qliro.upstream.script.append(answer(200, CHECKOUT))
    await qliro.client.read_checkout(qliro.account, 4177001)
    (received,) = qliro.upstream.received
    assert received.target == "/checkout/merchantapi/Orders/4177001"
    assert received.headers["authorization"] == authorization(b"", SECRET)


async def test_a_host_that_is_not_allowed_is_not_called(qliro: Qliro) -> None:
    account = replace(qliro.account, api_url="https://evil.example")
    with pytest.raises(ConfigurationInvalid):
        await qliro.client.read_checkout(account, 1)
    with pytest.raises(ConfigurationInvalid):
        await qliro.client.cancel(account, 1, request_id=uuid4())


@pytest.mark.parametrize("act", [answer(500), answer(502, b"<html>"), silence, reset, truncated, answer(201, b"{}")])
async def test_an_order_is_created_once_and_its_fate_left_open(qliro: Qliro, act: object) -> None:
    qliro.upstream.script.append(act)  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable) as failed:
        await qliro.client.create_checkout(qliro.account, DRAFT)
    assert failed.value.sent
    assert qliro.sent == ["POST merchantapi/Orders"]


async def test_an_order_is_looked_for_by_its_reference(qliro: Qliro) -> None:
    qliro.upstream.script.append(answer(200, CHECKOUT))
    found = await qliro.client.find_checkout(qliro.account, "oHkTwPqZ-1")
    assert found is not None
    qliro.upstream.script.append(answer(404, b""))
    assert await qliro.client.find_checkout(qliro.account, "a&b=c") is None
    assert qliro.sent == [
        "GET merchantapi/Orders?merchantReference=oHkTwPqZ-1",
        "GET merchantapi/Orders?merchantReference=a%26b%3Dc",
    ]


async def test_another_order_than_the_one_asked_for_is_not_believed(qliro: Qliro) -> None:
    qliro.upstream.script.extend([answer(200, CHECKOUT), answer(200, CHECKOUT)])
    with pytest.raises(ProviderUnavailable, match="another order"):
        await qliro.client.read_checkout(qliro.account, 1)
    with pytest.raises(ProviderUnavailable, match="another order"):
        await qliro.client.find_checkout(qliro.account, "other")
    qliro.upstream.script.append(answer(200, golden("qliro/admin-order.json")))
    with pytest.raises(ProviderUnavailable, match="another order"):
        await qliro.client.read_ledger(qliro.account, 1)


async def test_reads_are_tried_three_times(qliro: Qliro) -> None:
    qliro.upstream.script.extend([answer(500), answer(429), answer(200, CHECKOUT)])
    await qliro.client.read_checkout(qliro.account, 4177001)
    qliro.upstream.script.extend([answer(500)] * 3)
    with pytest.raises(ProviderUnavailable):
        await qliro.client.read_ledger(qliro.account, 4177001)
    assert len(qliro.sent) == 6


async def test_a_missing_order_is_missing_whatever_the_body_says(qliro: Qliro) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    qliro.upstream.script.extend([answer(404, b"", headers=octets), answer(404, b"\x00\xff", headers=octets)])
    for _ in range(2):
        with pytest.raises(ProviderOrderMissing):
            await qliro.client.read_checkout(qliro.account, 1)


async def test_a_page_in_place_of_an_answer_proves_nothing(qliro: Qliro) -> None:
    qliro.upstream.script.append(answer(200, b"\n<html>"))
    with pytest.raises(ProviderUnavailable) as failed:
        await qliro.client.update_checkout(qliro.account, 4177001, BASKET, version="1")
    assert failed.value.sent


async def test_rows_are_replaced_with_one_retry(qliro: Qliro) -> None:
    qliro.upstream.script.extend([answer(500), answer(200, b'""')])
    await qliro.client.update_checkout(qliro.account, 4177001, BASKET, version="1")
    assert qliro.sent == ["PUT merchantapi/Orders/4177001"] * 2
    qliro.upstream.script.extend([answer(500)] * 2)
    with pytest.raises(ProviderUnavailable):
        await qliro.client.update_checkout(qliro.account, 4177001, BASKET, version="1")
    assert len(qliro.sent) == 4


async def test_money_moves_by_one_request(qliro: Qliro) -> None:
    qliro.upstream.script.extend([answer(200, RECEIVED)] * 3)
    refund = qliro.client.refund(
        qliro.account, 1, request_id=uuid4(), currency="SEK", call=PlannedCall((SHIPMENTS[0],))
    )
    assert await qliro.capture() == Pending((7,))
    assert await qliro.client.cancel(qliro.account, 1, request_id=uuid4()) == Pending((7,))
    assert await refund == Pending((7,))
    assert qliro.sent == [
        "POST adminapi/v2/MarkItemsAsShipped",
        "POST adminapi/v2/cancelOrder",
        "POST adminapi/v2/ReturnItems",
    ]


@pytest.mark.parametrize(
    "act", [answer(500), answer(504, b"<html>"), silence, reset, truncated, garbage, answer(200, b"<html>")]
)
async def test_money_whose_fate_is_open_is_unknown_and_not_sent_again(qliro: Qliro, act: object) -> None:
    qliro.upstream.script.append(act)  # type: ignore[arg-type]
    assert isinstance(await qliro.capture(), Unknown)
    assert qliro.sent == ["POST adminapi/v2/MarkItemsAsShipped"]


async def test_money_that_certainly_was_not_sent_is_told_so() -> None:
    async with HttpTransport("qliro") as transport:
        account = ProviderAccount(Tenant("friluft", "se"), "http://127.0.0.1:1", "KEY", SECRET)
        with pytest.raises(ProviderUnavailable) as failed:
            await QliroClient(transport).cancel(account, 1, request_id=uuid4())
    assert not failed.value.sent


async def test_what_is_told_of_a_call_holds_ids_and_no_secrets(qliro: Qliro) -> None:
    request_id = uuid4()
    error = b'{"ErrorCode":"INVALID_ITEM","ErrorMessage":"for Ebba Berg","ErrorReference":"abc-1"}'
    qliro.upstream.script.append(answer(400, error))
    await qliro.capture(request_id)
    (exchange,) = qliro.exchanges
    assert (exchange.operation, exchange.path, exchange.status) == (
        "capture",
        "/checkout/adminapi/v2/MarkItemsAsShipped",
        400,
    )
    assert (exchange.error_code, exchange.error_reference) == ("INVALID_ITEM", "abc-1")
    assert exchange.facts == {"order_id": 4177001, "request_id": str(request_id)}
    told = repr(exchange)
    for secret in ("Ebba", "KEY", "hemligt", "Qliro "):
        assert secret not in told


RENEWAL = MerchantPaymentDraft(
    merchant_reference="oRenew-1",
    basket=BASKET,
    country="se",
    culture="sv-SE",
    order_management="https://a.example/status?t=1",
    token="3d2092a6-7baf-49e3-bd34-d0d0d85744b5",
    billing=SUBSCRIBER,
)


async def test_a_charge_is_sent_once_and_its_fate_left_open(qliro: Qliro) -> None:
    denied = b'{"ErrorCode":"INVALID_REQUEST","ErrorMessage":"Request with RequestId x has already been received"}'
    for act in (answer(500), silence, reset, truncated, answer(200, b"{}"), answer(400, denied)):
        qliro.upstream.script.append(act)
        with pytest.raises(ProviderUnavailable) as failed:
            await qliro.client.charge(qliro.account, RENEWAL, request_id=uuid4())
        assert failed.value.sent
    assert qliro.sent == ["POST adminapi/v2/merchantpayment"] * 6


async def test_a_charge_says_what_it_is_for_and_no_more_than_it_must(qliro: Qliro) -> None:
    request_id = uuid4()
    for draft in (RENEWAL, replace(RENEWAL, token=INVOICE, delivery=SUBSCRIBER)):
        qliro.upstream.script.append(answer(200, b'{"OrderId":4010001,"PaymentTransactions":[]}'))
        placed = await qliro.client.charge(qliro.account, draft, request_id=request_id)
        assert (placed.provider_order_id, placed.decided) == (4010001, False)
    by_card, by_invoice = (json.loads(received.body) for received in qliro.upstream.received)
    assert by_card["RequestId"] == str(request_id)
    assert by_card["PaymentMethod"] == {"Name": "CREDITCARDS", "MerchantSavedCreditCardId": RENEWAL.token}
    assert "PersonalNumber" not in by_card["Customer"]
    assert by_card["Country"] == "SE"
    assert all("VatRate" not in row and "Metadata" not in row for row in by_card["OrderItems"])
    assert by_invoice["PaymentMethod"] == {"Name": "QLIRO_INVOICE", "Subtype": "INVOICE"}
    assert by_invoice["Customer"]["PersonalNumber"] == "790625-5307"
    assert by_invoice["ShippingAddress"] == by_invoice["BillingAddress"] == {
        "FirstName": "Agda", "LastName": "Testsson", "Street": "Testgatan 1", "PostalCode": "11122",
        "City": "Stockholm",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "decided"), [("Created", False), ("OnHold", False), ("Error", True)])
async def test_an_answer_may_already_say_how_a_charge_ended(qliro: Qliro, status: str, decided: bool) -> None:
    told = {"OrderId": 4010001, "PaymentTransactions": [{"PaymentTransactionId": 7, "Status": status}]}
    qliro.upstream.script.append(answer(200, json.dumps(told).encode()))
    assert (await qliro.client.charge(qliro.account, RENEWAL, request_id=uuid4())).decided is decided


async def test_what_qliro_says_of_a_card_never_tells_its_token(qliro: Qliro) -> None:
    told = {"ErrorCode": "INVALID_INPUT", "ErrorMessage": f"Card {RENEWAL.token.upper()} is unknown"}
    for _ in range(2):
        qliro.upstream.script.append(answer(400, json.dumps(told).encode()))
    with pytest.raises(ProviderInvalid) as charging:
        await qliro.client.charge(qliro.account, RENEWAL, request_id=uuid4())
    with pytest.raises(ProviderInvalid) as removing:
        await qliro.client.remove_saved_card(qliro.account, RENEWAL.token)
    for failed in (charging, removing):
        assert RENEWAL.token not in (failed.value.message + str(failed.value.fault)).lower()
        assert "***" in failed.value.message
    assert RENEWAL.token not in str(qliro.exchanges)
    assert qliro.sent[1] == "DELETE merchantapi/RemoveMerchantSavedCreditCard"
    received = qliro.upstream.received[1]
    assert received.headers["authorization"] == authorization(received.body, SECRET)


async def test_an_order_is_found_in_the_books_by_its_reference(qliro: Qliro) -> None:
    books = golden("qliro/admin-order.json")
    reference = json.loads(books)["MerchantReference"]
    qliro.upstream.script.extend([answer(200, books), answer(404, b""), answer(200, books)])
    assert await qliro.client.find_order(qliro.account, reference) == json.loads(books)["OrderId"]
    assert await qliro.client.find_order(qliro.account, "other") is None
    with pytest.raises(ProviderUnavailable, match="another order"):
        await qliro.client.find_order(qliro.account, "other")
