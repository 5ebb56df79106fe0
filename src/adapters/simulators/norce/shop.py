"""The demo shop: a storefront that behaves like the reference one (section f)."""

from aiohttp import web

from adapters.simulators.norce.gateway import Gateway
from adapters.simulators.norce.platform import Platform


class Shop:
    """Pages and the backend that adds the keys which a browser must not have."""

    def __init__(self, platform: Platform, gateway: Gateway) -> None:
        self._platform = platform
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Pages and backend."""
        return []
