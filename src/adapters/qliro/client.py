"""Qliro's Merchant and Admin API: one method per act, each a request and nothing else (qliro.md 5, 9, 14)."""

import re
from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

from adapters.http_call import Call, NotSent, Reply, TransportFailure
from adapters.http_transport import HttpTransport
from adapters.qliro import money_requests, requests
from adapters.qliro.calls import QliroCalls, QliroTimes
from adapters.qliro.checkout_mapping import checkout_answered
from adapters.qliro.errors import error_for, outcome_for, received_before
from adapters.qliro.ledger_mapping import ledger_answered
from adapters.qliro.outcome_mapping import created_order_id, outcome_answered, placed_answered, upsell_answered
from application.ports.configurations import ProviderAccount
from application.ports.merchant_payments import MerchantPaymentDraft, PlacedPayment
from application.ports.provider import CheckoutDraft, PaymentProvider
from domain.checkout import Basket, ProviderCheckout
from domain.errors import ProviderOrderMissing, ProviderUnavailable, RequestSeenBefore
from domain.ledger import ItemGroup, ProviderLedger
from domain.outcomes import Outcome, Unknown
from domain.planned_call import PlannedCall
from domain.rows import OrderItem
from domain.upsell import UpsellAnswer

_MERCHANT = "/checkout/merchantapi"
_ADMIN = "/checkout/adminapi/v2"


class QliroClient:
    """Implements PaymentProvider. Reads are tried three times, replacing rows twice, everything else once.

    With `allowed_hosts` an account that names another origin is refused without a call.
    """

    def __init__(
        self,
        transport: HttpTransport,
        *,
        allowed_hosts: frozenset[str] | None = None,
        times: QliroTimes | None = None,
    ) -> None:
        self._transport = transport
        self._times = times or QliroTimes()
        self._call = QliroCalls(allowed_hosts, self._times)

    async def create_checkout(self, account: ProviderAccount, draft: CheckoutDraft) -> int:
        body = requests.create_order(account.api_key, draft)
        call = self._call(account, "create_checkout", "POST", f"{_MERCHANT}/Orders", body=body)
        return created_order_id((await self._send(call)).body)

    async def find_checkout(
        self, account: ProviderAccount, merchant_reference: str, *, payment_id: str = ""
    ) -> ProviderCheckout | None:
        query = f"?merchantReference={quote(merchant_reference, safe='')}"
        call = self._call(account, "find_checkout", "GET", f"{_MERCHANT}/Orders", query=query)
        try:
            checkout = checkout_answered((await self._send(call)).body)
        except ProviderOrderMissing:
            return None
        if checkout.merchant_reference != merchant_reference:
            raise ProviderUnavailable("Qliro answered with another order than the one asked for.")
        another = payment_id and checkout.payment_id not in ("", payment_id)
        return None if another else checkout

    async def read_checkout(self, account: ProviderAccount, provider_order_id: int) -> ProviderCheckout:
        call = self._call(account, "read_checkout", "GET", f"{_MERCHANT}/Orders/{{}}", provider_order_id)
        checkout = checkout_answered((await self._send(call)).body)
        _same(checkout.provider_order_id, provider_order_id)
        return checkout

    async def update_checkout(
        self, account: ProviderAccount, provider_order_id: int, basket: Basket, *, version: str
    ) -> None:
        body = requests.update_order(account.api_key, basket, version=version)
        call = self._call(account, "update_checkout", "PUT", f"{_MERCHANT}/Orders/{{}}", provider_order_id, body=body)
        await self._send(call)

    async def read_ledger(self, account: ProviderAccount, provider_order_id: int) -> ProviderLedger:
        call = self._call(account, "read_ledger", "GET", f"{_ADMIN}/orders/{{}}", provider_order_id)
        ledger = ledger_answered((await self._send(call)).body)
        _same(ledger.provider_order_id, provider_order_id)
        return ledger

    async def charge(self, account: ProviderAccount, draft: MerchantPaymentDraft, *, request_id: UUID) -> PlacedPayment:
        body = requests.merchant_payment(account.api_key, draft, request_id=request_id)
        facts: dict[str, str | int] = {"request_id": str(request_id)}
        path, seconds = f"{_ADMIN}/merchantpayment", self._times.money
        reply = await self._answer(self._call(account, "charge", "POST", path, body=body, seconds=seconds, facts=facts))
        reply = _without(reply, draft.token)
        if received_before(reply):
            raise RequestSeenBefore("Qliro has received this request before.")
        return placed_answered(_successful(reply).body)

    async def find_order(self, account: ProviderAccount, merchant_reference: str) -> int | None:
        query = quote(merchant_reference, safe="")
        call = self._call(account, "find_order", "GET", f"{_ADMIN}/orders/{{}}", query)
        try:
            ledger = ledger_answered((await self._send(call)).body)
        except ProviderOrderMissing:
            return None
        if ledger.merchant_reference != merchant_reference:
            raise ProviderUnavailable("Qliro answered with another order than the one asked for.")
        return ledger.provider_order_id

    async def remove_saved_card(self, account: ProviderAccount, token: str) -> None:
        body = requests.remove_saved_card(account.api_key, token)
        path = f"{_MERCHANT}/RemoveMerchantSavedCreditCard"
        call = self._call(account, "remove_saved_card", "DELETE", path, body=body)
        _successful(_without(await self._answer(call), token))

    async def capture(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        shipments: tuple[ItemGroup, ...],
    ) -> Outcome:
        body = money_requests.mark_items_as_shipped(
            account.api_key, provider_order_id, request_id=request_id, currency=currency, shipments=shipments
        )
        return await self._move_money(account, "capture", provider_order_id, request_id, body)

    async def cancel(self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID) -> Outcome:
        body = money_requests.cancel_order(account.api_key, provider_order_id, request_id=request_id)
        return await self._move_money(account, "cancel", provider_order_id, request_id, body)

    async def reduce(
        self, account: ProviderAccount, provider_order_id: int, *, request_id: UUID, currency: str, keep: ItemGroup
    ) -> Outcome:
        body = money_requests.update_items(
            account.api_key, provider_order_id, request_id=request_id, currency=currency, keep=keep
        )
        return await self._move_money(account, "reduce", provider_order_id, request_id, body)

    async def upsell(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        upsell_id: str,
        currency: str,
        rows: tuple[OrderItem, ...],
    ) -> UpsellAnswer:
        body = money_requests.upsell(
            account.api_key,
            provider_order_id,
            request_id=request_id,
            upsell_id=upsell_id,
            currency=currency,
            rows=rows,
        )
        reply = await self._money_call(account, "upsell", provider_order_id, request_id, body)
        if isinstance(reply, Unknown):
            return UpsellAnswer(reply)
        return upsell_answered(reply.body) if reply.ok else UpsellAnswer(outcome_for(reply))

    async def refund(
        self,
        account: ProviderAccount,
        provider_order_id: int,
        *,
        request_id: UUID,
        currency: str,
        call: PlannedCall,
    ) -> Outcome:
        act = "credit" if call.credit else "refund"
        build = money_requests.add_items_to_invoice if call.credit else money_requests.return_items
        body = build(account.api_key, provider_order_id, request_id=request_id, currency=currency, call=call)
        return await self._move_money(account, act, provider_order_id, request_id, body)

    async def _move_money(
        self, account: ProviderAccount, act: str, provider_order_id: int, request_id: UUID, body: bytes
    ) -> Outcome:
        """Never repeated here: whether it may be is for whoever reads the books first.

        Raises ProviderUnavailable only when it certainly was not sent.
        """
        reply = await self._money_call(account, act, provider_order_id, request_id, body)
        if isinstance(reply, Unknown):
            return reply
        if reply.ok:
            return outcome_answered(reply.body)
        return outcome_for(reply, cancelling=act == "cancel")

    async def _money_call(
        self, account: ProviderAccount, act: str, provider_order_id: int, request_id: UUID, body: bytes
    ) -> Reply | Unknown:
        facts: dict[str, str | int] = {"order_id": provider_order_id, "request_id": str(request_id)}
        path = _MONEY_PATHS[act]
        call = self._call(account, act, "POST", path, body=body, seconds=self._times.money, facts=facts)
        try:
            return await self._transport.send(call)
        except NotSent as failure:
            raise ProviderUnavailable(str(failure), sent=False) from failure
        except TransportFailure as failure:
            return Unknown(str(failure))

    async def _send(self, call: Call) -> Reply:
        reply = _successful(await self._answer(call))
        if reply.page:
            raise ProviderUnavailable("Qliro answered with a page instead of data.", sent=call.method != "GET")
        return reply

    async def _answer(self, call: Call) -> Reply:
        try:
            return await self._transport.send(call)
        except TransportFailure as failure:
            raise ProviderUnavailable(str(failure), sent=failure.sent) from failure


_MONEY_PATHS = {
    "capture": f"{_ADMIN}/MarkItemsAsShipped",
    "cancel": f"{_ADMIN}/cancelOrder",
    "refund": f"{_ADMIN}/ReturnItems",
    "credit": f"{_ADMIN}/AddItemsToInvoice",
    "reduce": f"{_ADMIN}/UpdateItems",
    "upsell": f"{_MERCHANT}/Upsell",
}


def _without(reply: Reply, token: str) -> Reply:
    """Whatever Qliro says of a card, its token goes no further."""
    hidden = re.sub(re.escape(token.encode()), b"***", reply.body, flags=re.IGNORECASE)
    return reply if hidden == reply.body else replace(reply, body=hidden)


def _successful(reply: Reply) -> Reply:
    if not reply.ok:
        raise error_for(reply)
    return reply


def _same(answered: int, asked: int) -> None:
    if answered != asked:
        raise ProviderUnavailable("Qliro answered with another order than the one asked for.")


def _(client: QliroClient) -> PaymentProvider:
    return client
