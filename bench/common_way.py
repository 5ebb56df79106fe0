"""cart-changed written the common way: FastAPI and pydantic, one httpx client, SQLAlchemy's ORM.

It does what the product's endpoint does for a cart that changed: knows its caller, reads the order exactly, locks its
payment, gives Qliro the rows with a signature, writes amount, digest and history, and answers with the patch. It
leaves out what the common way leaves out: claims, guards, deadlines, metrics and exact shares of discounts.
"""

import asyncio
import hashlib
import hmac
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
from aiohttp import web
from fastapi import FastAPI, Header, HTTPException, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from adapters.persistence.address import sqlalchemy_url
from bench.asgi import asgi_server
from bench.common_models import Base, History, Order, PatchOperation, StoredPayment
from bench.plan import Plan, load
from entrypoints.cli.sandbox import KEY

_CALLBACK = "/api/checkout/v1/callback/orders/{order_id}/payments/{payment_id}/cart-changed"
_OURS = "qliro_checkout_adapter"
Sessions = async_sessionmaker[AsyncSession]


def application(sessions: Sessions, http: httpx.AsyncClient, upstream: str) -> FastAPI:
    """The one endpoint, over a pool of connections and a client."""
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> str:
        return "ok"

    @app.post(_CALLBACK)
    async def cart_changed(
        order_id: str,
        payment_id: str,
        order: Order,
        request: Request,
        authorization: Annotated[str, Header()],
        x_merchant: Annotated[str, Header()],
        x_channel: Annotated[str, Header()],
    ) -> list[PatchOperation]:
        if not hmac.compare_digest(authorization, f"Bearer {KEY}"):
            raise HTTPException(401)
        if (order.id, order.merchant, order.channel) != (order_id, x_merchant, x_channel):
            raise HTTPException(400)
        rows = _rows(order)
        amount = sum((row["PricePerItemIncVat"] * row["Quantity"] for row in rows), Decimal(0))
        raw = msgspec.json.Encoder(decimal_format="number").encode({"MerchantApiKey": "key", "OrderItems": rows})
        async with sessions() as session, session.begin():
            stored = await _locked(session, x_merchant, x_channel, payment_id)
            url = f"{upstream}/checkout/merchantapi/Orders/{stored.provider_order_id}"
            correlation = request.headers.get("x-correlation-id", "")
            reply = await http.put(url, content=raw, headers=_signed(raw) | {"x-correlation-id": correlation})
            reply.raise_for_status()
            _take_down(session, stored, amount, hashlib.sha256(raw).hexdigest())
        return _patch(order, payment_id, amount)

    return app


async def _locked(session: AsyncSession, merchant: str, channel: str, payment_id: str) -> StoredPayment:
    query = (
        select(StoredPayment)
        .where(
            StoredPayment.merchant == merchant,
            StoredPayment.channel == channel,
            StoredPayment.payment_id == payment_id,
        )
        .with_for_update()
    )
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise HTTPException(404)
    return found


def _take_down(session: AsyncSession, stored: StoredPayment, amount: Decimal, digest: str) -> None:
    stored.amount = int(amount * 100)
    stored.cart_digest = digest
    stored.version += 1
    session.add(History(payment_id=stored.payment_id, amount=stored.amount))


def _rows(order: Order) -> list[dict[str, Any]]:
    priced = [(item.reference, item.name, item.quantity, item.total, "Product") for item in order.cart.items]
    priced += [(s.reference or s.id, s.name or "", 1, s.total, "Shipping") for s in order.shippings]
    cents = Decimal("0.01")
    rows = [
        {
            "MerchantReference": reference,
            "Description": name,
            "Quantity": quantity,
            "PricePerItemIncVat": (total.including_vat / quantity).quantize(cents),
            "PricePerItemExVat": (total.excluding_vat / quantity).quantize(cents),
            "Type": kind,
        }
        for reference, name, quantity, total, kind in priced
    ]
    taken = sum((each.value.including_vat for each in order.cart.discounts), Decimal(0))
    if taken:
        discount = {"MerchantReference": "discount", "Description": "Rabatt", "Quantity": 1, "Type": "Discount"}
        rows.append(discount | {"PricePerItemIncVat": -taken, "PricePerItemExVat": -taken})
    return rows


def _signed(raw: bytes) -> dict[str, str]:
    token = b64encode(hashlib.sha256(raw + b"secret").digest()).decode()
    return {"Content-Type": "application/json", "Authorization": f"Qliro {token}"}


def _patch(order: Order, payment_id: str, amount: Decimal) -> list[PatchOperation]:
    place = next(n for n, p in enumerate(order.payments) if p.id == payment_id and p.adapter_id == _OURS)
    if order.payments[place].amount == amount:
        return []
    return [PatchOperation(path=f"/payments/{place}/amount", value=amount)]


async def _filled(sessions: Sessions, plan: Plan) -> None:
    async with sessions() as session, session.begin():
        for planned in plan.requests["cart-changed"]:
            _, _, rest = planned.request.target.partition("/payments/")
            number = int(planned.calls[0].target.rpartition("/")[2])
            payment_id, channel = rest.partition("/")[0], planned.request.headers["x-channel"]
            session.add(
                StoredPayment(
                    merchant="sandbox", channel=channel, payment_id=payment_id, provider_order_id=number, amount=0
                )
            )


@asynccontextmanager
async def _sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = create_async_engine(sqlalchemy_url(database_url), pool_size=10)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    yield async_sessionmaker(engine, expire_on_commit=False)
    await engine.dispose()


async def _serve(plan: Plan, upstream: str, database_url: str, port: int) -> None:
    async with _sessions(database_url) as sessions, httpx.AsyncClient() as http:
        await _filled(sessions, plan)
        app = application(sessions, http, upstream)
        try:
            import uvicorn  # type: ignore[import-not-found]
        except ImportError:
            runner = web.ServerRunner(asgi_server(app))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            await asyncio.Event().wait()
        else:
            await uvicorn.Server(uvicorn.Config(app, port=port, access_log=False, log_level="warning")).serve()


if __name__ == "__main__":
    asyncio.run(_serve(load(Path(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4])))
