"""The Configuration API (section d.1): documents per merchant, channel and name."""

from typing import Any

from aiohttp import web

from adapters.simulators.norce.caller import authenticated
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.schema_check import check_against_schema
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, json_response, read_json

Json = dict[str, Any]
BASE = "/api/v1/configuration/merchants/{merchant}/channels"


class ConfigurationApi:
    """Read and write configuration documents."""

    def __init__(self, state: NorceState) -> None:
        self._state = state

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """All operations below `prefix`."""
        many, one = BASE + "/{channel}/configurations", BASE + "/{channel}/configurations/{name}"
        table = [
            ("GET", BASE, self.channels),
            ("GET", many, self.get_all),
            ("PUT", many, self.put_all),
            ("DELETE", many, self.delete_all),
            ("GET", one, self.get_one),
            ("PUT", one, self.put_one),
            ("DELETE", one, self.delete_one),
        ]
        return [web.route(method, prefix + path, refusing("configuration", handler)) for method, path, handler in table]

    def _tenant(self, request: web.Request) -> tuple[str, str]:
        merchant = request.match_info["merchant"]
        authenticated(request, self._state, merchant=merchant)
        return merchant, request.match_info.get("channel", "")

    def _documents(self, request: web.Request) -> dict[str, Json]:
        tenant = self._tenant(request)
        if tenant not in self._state.configurations:
            raise ApiError(404, "configuration-not-found", f"Channel {tenant[1]} not found.")
        return self._state.configurations[tenant]

    async def channels(self, request: web.Request) -> web.Response:
        """The merchant's channels."""
        merchant, _ = self._tenant(request)
        return json_response(sorted(channel for owner, channel in self._state.configurations if owner == merchant))

    async def get_all(self, request: web.Request) -> web.Response:
        """All documents of a channel."""
        return json_response(list(self._documents(request).values()))

    async def put_all(self, request: web.Request) -> web.Response:
        """Replace the documents that are sent, leave the others."""
        merchant, channel = self._tenant(request)
        body = await read_json(request)
        if not isinstance(body, list):
            raise _invalid("An array of configurations is expected.")
        for document in [await self._accepted(each) for each in body]:
            self._state.set_configuration(merchant, channel, document)
        return json_response(body)

    async def delete_all(self, request: web.Request) -> web.Response:
        """Remove the channel with all its documents."""
        self._documents(request)
        del self._state.configurations[self._tenant(request)]
        return web.Response()

    async def get_one(self, request: web.Request) -> web.Response:
        """One document."""
        return json_response(self._named(request))

    async def put_one(self, request: web.Request) -> web.Response:
        """Store a document, creating the channel when it is missing."""
        merchant, channel = self._tenant(request)
        document = await self._accepted(await read_json(request))
        if document["id"] != request.match_info["name"]:
            raise _invalid(f"id {document['id']!r} is not the name in the path.")
        self._state.set_configuration(merchant, channel, document)
        return json_response(document)

    async def delete_one(self, request: web.Request) -> web.Response:
        """Remove a document, and the channel with its last one."""
        documents = self._documents(request)
        del documents[self._named(request)["id"]]
        if not documents:
            del self._state.configurations[self._tenant(request)]
        return web.Response()

    async def _accepted(self, document: Any) -> Json:
        checked = _checked(document)
        if self._state.modes.validate_schemas:
            await check_against_schema(checked, self._state)
        return checked

    def _named(self, request: web.Request) -> Json:
        name = request.match_info["name"]
        documents = self._documents(request)
        if name not in documents:
            raise ApiError(404, "configuration-not-found", f"Configuration with id:{name} not found.")
        return documents[name]


def _checked(document: Any) -> Json:
    """What the base schema demands."""
    if not isinstance(document, dict):
        raise _invalid("A configuration is an object.")
    for name in ("$schema", "id"):
        if not isinstance(document.get(name), str) or not document[name]:
            raise _invalid(f"{name} is required.")
    if not isinstance(document.get("active", True), bool):
        raise _invalid("active is a boolean.")
    adapter = document.get("adapter")
    if adapter is not None and not (isinstance(adapter, dict) and isinstance(adapter.get("publicUrl"), str)):
        raise _invalid("adapter.publicUrl is required.")
    return document


def _invalid(message: str) -> ApiError:
    return ApiError(400, "configuration-error", message)
