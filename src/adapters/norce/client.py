"""The Order API (norce.md b.3): one method per act, each a request or two and nothing else."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from msgspec import Raw

from adapters.http_call import ONCE, Call, Reply, Retry, TransportFailure, advised_wait
from adapters.http_transport import HttpTransport
from adapters.norce import documents
from adapters.norce.answers import created_id, logged_keys, refusal, unavailable, validation_codes
from adapters.norce.gateway import NorceGateway, NorceTokens, Unaddressable, segment
from adapters.norce.mapping import (
    order_answered,
    orders_answered,
    outline_answered,
    payment_answered,
    shipping_answered,
)
from adapters.norce.values import NoOrder
from adapters.norce.wire import MEMBERS, encode
from application.deadline import remaining_budget
from application.ports.platform import (
    CheckoutPlatform,
    OrderPage,
    PaymentChanges,
    PaymentDraft,
    Reminder,
    ShippingDraft,
    ShippingMarks,
    TransactionEntry,
)
from domain.errors import OrderConflict, OrderNotFound, OrderUnavailable
from domain.identifiers import OrderKey, Tenant
from domain.order import Address, Hook, OrderPayment, OrderShipping, OrderStatus, PurchaseOrder

Written = TypeVar("Written")
REPEATABLE = Retry(attempts=3, base=0.2)
CONFLICT_TRIES = 4
LONGEST_WAIT = 2.0
_ROOT = "/api/v0/checkout/orders"


class NorceClient:
    """Implements CheckoutPlatform. A conflict (409) is tried again by reading and writing anew, three times."""

    def __init__(
        self,
        transport: HttpTransport,
        *,
        base_url: str,
        tokens: NorceTokens,
        seconds: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gateway = NorceGateway(transport, base_url=base_url, tokens=tokens)
        self._seconds = seconds
        self._sleep = sleep

    async def read_order(self, order: OrderKey) -> PurchaseOrder:
        reply = await self._send("read_order", order, "GET")
        return order_answered(reply.body, order)

    async def read_outline(self, order: OrderKey) -> PurchaseOrder:
        reply = await self._send("read_outline", order, "GET")
        return outline_answered(reply.body, order)

    async def list_orders(
        self, tenant: Tenant, *, since: datetime, until: datetime, offset: int, limit: int
    ) -> OrderPage:
        asked = {"date_from": since.isoformat(), "date_to": until.isoformat(), "offset": offset, "limit": limit}
        query = urlencode({**asked, "order_by": "created", "order_by_direction": "asc"})
        return orders_answered((await self._list(tenant, f"?{query}")).body, tenant)

    async def create_payment(self, order: OrderKey, draft: PaymentDraft) -> str:
        reply = await self._send("create_payment", order, "POST", "/payments", body=documents.new_payment(draft))
        return created_id(reply)

    async def replace_payment(self, order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        async def write(document: bytes) -> OrderPayment:
            body = documents.changed_payment(document, changes)
            reply = await self._send("replace_payment", order, "PUT", "/payments/{}", current.id, body=body)
            return payment_answered(reply.body or _with_id(body, current.id), current.currency)

        async def anew() -> bytes:
            return (await self._send("read_payment", order, "GET", "/payments/{}", current.id)).body

        return await self._replacing(current.document or documents.known_payment(order, current), write, anew)

    async def create_shipping(self, order: OrderKey, draft: ShippingDraft) -> str:
        async def write() -> Reply:
            body = documents.new_shipping(draft)
            return await self._send("create_shipping", order, "POST", "/shippings", body=body)

        return created_id(await self._despite_conflicts(write))

    async def replace_shipping(self, order: OrderKey, current: OrderShipping, draft: ShippingDraft) -> None:
        await self._put_shipping(order, current, lambda document: documents.changed_shipping(document, draft))

    async def set_shipping_state(self, order: OrderKey, current: OrderShipping, state: str) -> None:
        await self._put_shipping(order, current, lambda document: documents.shipping_in_state(document, state))

    async def mark_shipping(self, order: OrderKey, current: OrderShipping, marks: ShippingMarks) -> None:
        await self._put_shipping(order, current, lambda document: documents.marked_shipping(document, marks))

    async def write_billing(self, order: OrderKey, address: Address, document: bytes) -> None:
        await self._put(order, "write_billing", "/customer/billing", documents.changed_address(document, address))

    async def write_shipping_address(self, order: OrderKey, address: Address, document: bytes) -> None:
        body = documents.changed_address(document, address)
        await self._put(order, "write_shipping_address", "/customer/shipping", body)

    async def set_attributes(self, order: OrderKey, attributes: Mapping[str, object]) -> None:
        await self._patch(order, "set_attributes", "/attributes", encode(attributes))

    async def check_consent(self, order: OrderKey, consent_id: str, *, checked: bool) -> None:
        await self._patch(order, "check_consent", "/consents/{}", encode({"checked": checked}), consent_id)

    async def set_status(self, order: OrderKey, status: OrderStatus) -> None:
        reply = await self._put(order, "set_status", "/state", encode({"currentStatus": status}))
        if reply.status == 202 and (await self.read_order(order)).status is not status:
            raise OrderConflict(f"Norce has taken another change of the order before {status}.")

    async def validate(self, order: OrderKey) -> tuple[str, ...]:
        async def run() -> Reply:
            return await self._send("validate", order, "POST", "/validate", body=b"{}", accept=400)

        return validation_codes(await self._despite_conflicts(run))

    async def add_hook(self, order: OrderKey, hook: Hook) -> None:
        body = documents.new_hook(hook)
        await self._despite_conflicts(lambda: self._send("add_hook", order, "POST", "/hooks", body=body))

    async def remove_hook(self, order: OrderKey, hook_id: str) -> None:
        await self._despite_conflicts(
            lambda: self._send("remove_hook", order, "DELETE", "/hooks/{}", hook_id, accept=404)
        )

    async def add_reminder(self, order: OrderKey, reminder: Reminder) -> None:
        body = documents.new_reminder(reminder)
        await self._despite_conflicts(lambda: self._send("add_reminder", order, "POST", "/notifications", body=body))

    async def log_transaction(self, order: OrderKey, payment_id: str, entry: TransactionEntry) -> None:
        body = documents.new_transaction(entry)
        await self._send("log_transaction", order, "POST", "/payments/{}/transactions", payment_id, body=body)

    async def transaction_keys(self, order: OrderKey, payment_id: str) -> frozenset[str]:
        reply = await self._send("read_transactions", order, "GET", "/payments/{}/transactions", payment_id)
        return logged_keys(reply.body)

    async def _put(self, order: OrderKey, operation: str, path: str, body: bytes) -> Reply:
        return await self._despite_conflicts(lambda: self._send(operation, order, "PUT", path, body=body))

    async def _patch(self, order: OrderKey, operation: str, path: str, body: bytes, *ids: str) -> None:
        await self._despite_conflicts(lambda: self._send(operation, order, "PATCH", path, *ids, body=body))

    async def _put_shipping(self, order: OrderKey, current: OrderShipping, change: Callable[[bytes], bytes]) -> None:
        async def write(document: bytes) -> None:
            body = change(document)
            await self._send("replace_shipping", order, "PUT", "/shippings/{}", current.id, body=body)

        async def anew() -> bytes:
            reply = await self._send("read_shipping", order, "GET", "/shippings/{}", current.id)
            return shipping_answered(reply.body).document

        await self._replacing(current.document, write, anew)

    async def _replacing(
        self,
        document: bytes,
        write: Callable[[bytes], Awaitable[Written]],
        anew: Callable[[], Awaitable[bytes]],
    ) -> Written:
        """Write what was read; after a conflict, read it again first."""
        latest = document

        async def attempt() -> Written:
            nonlocal latest
            known, latest = latest, b""
            try:
                return await write(known or await anew())
            except NoOrder as wrong:
                raise OrderUnavailable(f"Norce's document cannot be changed: {wrong}.", sent=False) from None

        return await self._despite_conflicts(attempt)

    async def _despite_conflicts(self, act: Callable[[], Awaitable[Written]]) -> Written:
        for _ in range(CONFLICT_TRIES - 1):
            try:
                return await act()
            except OrderConflict:
                wait = random.uniform(0.05, 0.2)
                budget = remaining_budget()
                if budget is not None and budget < wait + 0.05:
                    raise
                await self._sleep(wait)
        return await act()

    async def _waited(self, advised: float) -> bool:
        """Whether there was time to wait until Norce takes calls again: what it did not take may be sent once more."""
        wait, budget = max(advised, random.uniform(0.2, 0.4)), remaining_budget()
        if wait > LONGEST_WAIT or (budget is not None and budget < wait + 0.05):
            return False
        await self._sleep(wait)
        return True

    async def _list(self, tenant: Tenant, query: str) -> Reply:
        try:
            call = Call(
                operation="list_orders",
                merchant=tenant.merchant,
                method="GET",
                url=self._gateway.url(tenant, _ROOT + query),
                path=_ROOT,
                headers={},
                seconds=self._seconds,
                retry=REPEATABLE,
            )
            reply = await self._gateway.send(call, tenant)
        except Unaddressable:
            raise OrderNotFound("Norce has no such tenant.") from None
        except TransportFailure as failure:
            raise unavailable(failure) from failure
        if reply.ok:
            return reply
        raise refusal(reply)

    async def _send(
        self,
        operation: str,
        order: OrderKey,
        method: str,
        path: str = "",
        *ids: str,
        body: bytes = b"",
        accept: int = 0,
    ) -> Reply:
        """A successful reply, or one with the status to `accept`. Raises what every method of the port may raise."""
        try:
            target = f"{_ROOT}/{segment(order.order_id)}" + path.format(*map(segment, ids))
            call = Call(
                operation=operation,
                merchant=order.merchant,
                method=method,
                url=self._gateway.url(order.tenant, target),
                path=f"{_ROOT}/{{}}{path}",
                headers={},
                body=body,
                seconds=self._seconds,
                retry=ONCE if method == "POST" else REPEATABLE,
                facts={"order_id": order.order_id},
            )
            reply = await self._gateway.send(call, order.tenant)
            if reply.status == 429 and method == "POST" and await self._waited(advised_wait(reply)):
                reply = await self._gateway.send(call, order.tenant)
        except Unaddressable:
            raise OrderNotFound("Norce has no such order.") from None
        except TransportFailure as failure:
            raise unavailable(failure) from failure
        if reply.ok and reply.page:
            raise OrderUnavailable("Norce answered with a page instead of data.", sent=method != "GET")
        if reply.ok or reply.status == accept:
            return reply
        raise refusal(reply)


def _with_id(document: bytes, ident: str) -> bytes:
    return encode(MEMBERS.decode(document) | {"id": Raw(encode(ident))})


def _(client: NorceClient) -> CheckoutPlatform:
    return client
