"""The fakes' own controls; what they share with the real things is in their contracts."""

from uuid import uuid4

import pytest

from domain.checkout import CheckoutStatus
from domain.errors import OrderUnavailable, ProviderOrderExpired, ProviderOrderMissing, ProviderUnavailable
from domain.ledger import LedgerTotals, TransactionKind
from domain.order import OrderStatus
from domain.outcomes import ALREADY_RECEIVED, Declined, Pending, Unknown
from tests.contracts.platform import DRAFT as PAYMENT
from tests.contracts.provider import BASKET, DRAFT
from tests.contracts.test_platform import KEY, an_order
from tests.contracts.test_provider import TENANT
from tests.fakes.configurations import a_configuration
from tests.fakes.platform import FakePlatform
from tests.fakes.provider import FakeProvider

ACCOUNT = a_configuration(TENANT).account


async def test_a_platform_fails_before_or_after_the_work() -> None:
    platform = FakePlatform(an_order())
    platform.faults.add(OrderUnavailable("lost", sent=True), "create_payment", after=True)
    with pytest.raises(OrderUnavailable):
        await platform.create_payment(KEY, PAYMENT)
    platform.faults.add(OrderUnavailable("away", sent=False), "create_payment")
    with pytest.raises(OrderUnavailable):
        await platform.create_payment(KEY, PAYMENT)
    assert len((await platform.read_order(KEY)).payments) == 1
    assert [write.operation for write in platform.writes] == ["create_payment"]


async def test_a_fault_strikes_at_the_nth_call_as_often_as_told() -> None:
    platform = FakePlatform(an_order())
    platform.faults.add(OrderUnavailable("away"), nth=3, times=2)
    await platform.read_order(KEY)
    await platform.set_status(KEY, OrderStatus.PROCESSING)
    for _ in range(2):
        with pytest.raises(OrderUnavailable):
            await platform.read_order(KEY)
    await platform.read_order(KEY)
    assert platform.faults.log == ["read_order", "set_status", *["read_order"] * 3]


async def test_a_refused_hold_kills_the_order() -> None:
    provider = FakeProvider()
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    provider.buy(order_id, on_hold=True)
    provider.resolve_hold(order_id, approve=False)
    assert (await provider.read_checkout(ACCOUNT, order_id)).status is CheckoutStatus.REFUSED
    assert provider.totals(order_id) == LedgerTotals()


async def test_an_expired_order_cannot_be_changed_and_a_forgotten_one_is_missing() -> None:
    provider = FakeProvider()
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    provider.expire(order_id)
    with pytest.raises(ProviderOrderExpired):
        await provider.update_checkout(ACCOUNT, order_id, BASKET, version="1")
    provider.forget(order_id)
    with pytest.raises(ProviderOrderMissing):
        await provider.read_checkout(ACCOUNT, order_id)


async def test_another_merchants_order_is_missing() -> None:
    provider = FakeProvider()
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    other = a_configuration(TENANT, api_url="https://payments.qit.nu").account
    with pytest.raises(ProviderOrderMissing):
        await provider.read_checkout(other, order_id)
    assert isinstance(await provider.cancel(other, order_id, request_id=uuid4()), Declined)


async def test_a_transaction_that_fails_moves_nothing() -> None:
    provider = FakeProvider()
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    provider.buy(order_id)
    shipments = provider.orders[order_id].ledger().shippable()
    await provider.capture(ACCOUNT, order_id, request_id=uuid4(), currency="SEK", shipments=shipments)
    provider.fail(order_id)
    assert provider.totals(order_id) == LedgerTotals(authorized=BASKET.total)


async def test_a_prompt_provider_decides_before_it_is_read() -> None:
    provider = FakeProvider(prompt=True)
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    provider.buy(order_id, kind=TransactionKind.PREAUTHORIZATION)
    shipments = (await provider.read_ledger(ACCOUNT, order_id)).shippable()
    await provider.capture(ACCOUNT, order_id, request_id=uuid4(), currency="SEK", shipments=shipments)
    assert (await provider.read_ledger(ACCOUNT, order_id)).totals().captured == BASKET.total


async def test_an_answer_may_be_scripted_or_lost() -> None:
    provider = FakeProvider()
    order_id = await provider.create_checkout(ACCOUNT, DRAFT)
    provider.buy(order_id)
    provider.script.append(Unknown("scripted"))
    request_id = uuid4()
    assert await provider.cancel(ACCOUNT, order_id, request_id=request_id) == Unknown("scripted")
    provider.faults.add(ProviderUnavailable("lost"), "cancel", after=True)
    with pytest.raises(ProviderUnavailable):
        await provider.cancel(ACCOUNT, order_id, request_id=request_id)
    assert await provider.cancel(ACCOUNT, order_id, request_id=request_id) == ALREADY_RECEIVED
    assert isinstance(await provider.cancel(ACCOUNT, order_id, request_id=uuid4()), Declined | Pending)
    provider.settle()
    assert provider.totals(order_id).cancelled == BASKET.total
