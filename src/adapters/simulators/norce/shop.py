"""The demo shop: a storefront that behaves like the reference one (section f).

Pages and scripts are in `shop_pages`. The browser has no key: `/shop/api/{service}/…` passes its calls on to the
gateway of this simulator and adds one.
"""

from importlib.resources import files
from typing import Any, Final

from aiohttp import web

from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.gateway import Gateway
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.same_again import same_again
from adapters.simulators.norce.seed import MERCHANT, MERCHANTS
from adapters.simulators.norce.wire import bad_request, json_response, not_found, read_json

_PAGES: Final = {"/": "front.html"} | {
    f"/shop/{name}": f"{name}.html" for name in ("checkout", "confirmation", "orders", "terms", "privacy")
}
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SERVICES: Final = ("order", "norce-adapter", "configuration")
_FOLDER: Final = files("adapters.simulators.norce").joinpath("shop_pages")
_FRESH: Final = {"Cache-Control": "no-cache"}


class Shop:
    """Pages and the backend that adds the keys which a browser must not have."""

    def __init__(self, platform: Platform, gateway: Gateway) -> None:
        self._state = platform.state
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Pages and backend."""
        return [
            *(web.get(path, self.page) for path in _PAGES),
            web.get("/favicon.ico", self.icon),
            web.get("/shop/static/{name}", refusing("v0", self.static)),
            web.get("/shop/api/examples", self.examples),
            web.get("/shop/api/orders", self.orders),
            web.post("/shop/api/orders", refusing("v0", self.create_order)),
            web.post("/shop/api/orders/{order}/again", refusing("v0", self.order_again)),
            web.route("*", "/shop/api/{service}/{tail:.*}", refusing("v0", self.pass_on)),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """One of the pages."""
        text = _FOLDER.joinpath(_PAGES[request.path]).read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html", headers=_FRESH)

    async def icon(self, request: web.Request) -> web.Response:
        """The icon that browsers ask for unbidden."""
        return web.Response(body=_FOLDER.joinpath("icon.svg").read_bytes(), content_type=_TYPES["svg"])

    async def static(self, request: web.Request) -> web.Response:
        """A script, style sheet or picture."""
        name = request.match_info["name"]
        kind = _TYPES.get(name.rpartition(".")[2])
        asset = _FOLDER.joinpath(name)
        if kind is None or "/" in name or not asset.is_file():
            raise not_found("file", name)
        return web.Response(body=asset.read_bytes(), content_type=kind, charset="utf-8", headers=_FRESH)

    async def examples(self, request: web.Request) -> web.Response:
        """The carts to choose from, with what they come to."""
        return json_response([_card(each.name) for each in EXAMPLES.values()])

    async def orders(self, request: web.Request) -> web.Response:
        """All orders, newest first."""
        return json_response([_row(each.doc) for each in reversed(self._state.orders.values())])

    async def create_order(self, request: web.Request) -> web.Response:
        """`{example, cartTotal?, merchant?}` → the new order's address."""
        body = await read_json(request)
        name = body.get("example") if isinstance(body, dict) else None
        if not isinstance(name, str) or name not in EXAMPLES:
            raise bad_request("example: is not known.")
        merchant = body.get("merchant") or MERCHANT
        if merchant not in MERCHANTS:
            raise bad_request(f"merchant: is one of {', '.join(MERCHANTS)}.")
        example = EXAMPLES[name]
        record = self._state.create_order(
            example.name, merchant=merchant, channel=example.channel, cart_total=body.get("cartTotal")
        )
        merchant, channel = record.tenant
        return json_response({"id": record.id, "merchant": merchant, "channel": channel}, status=201)

    async def order_again(self, request: web.Request) -> web.Response:
        """The next order of a subscription → its address."""
        ident = request.match_info["order"]
        if ident not in self._state.orders:
            raise not_found("order", ident)
        known = self._state.orders[ident]
        merchant, channel = known.tenant
        body = same_again(known.doc, number=len(self._state.orders))
        record = self._state.create_order(body, merchant=merchant, channel=channel)
        return json_response({"id": record.id, "merchant": merchant, "channel": channel}, status=201)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """A call to the platform, with its key."""
        service = request.match_info["service"]
        if service not in _SERVICES:
            raise not_found("service", service)
        _, _, tail = request.raw_path.partition(f"/shop/api/{service}")
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        return await self._gateway.relay(
            request,
            f"http://127.0.0.1:{port}/checkout/{service}{tail}",
            key=self._state.tokens_for(request.headers.get("x-merchant"))[0],
        )


def _card(name: str) -> dict[str, Any]:
    example = EXAMPLES[name]
    order = example.make()
    return {
        "name": name,
        "title": example.title,
        "about": example.about,
        "channel": example.channel,
        "culture": order["culture"],
        "currency": order["currency"],
        "lines": len(order["cart"]["items"]),
        "items": [each["name"] for each in order["cart"]["items"][:3]],
    }


def _row(doc: dict[str, Any]) -> dict[str, Any]:
    members = ("id", "merchant", "channel", "created", "culture", "currency", "total")
    return {name: doc[name] for name in members} | {
        "status": doc["state"]["currentStatus"],
        "lines": len(doc["cart"]["items"]),
        "payments": [{name: each[name] for name in ("id", "state", "amount", "type")} for each in doc["payments"]],
    }
