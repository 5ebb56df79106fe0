"""The fault rules that every simulator shares."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.simulators.fault_rules import FaultRules
from adapters.simulators.faults import active_fault, fault_middleware


class Shop:
    def __init__(self) -> None:
        self.rules = FaultRules(handled=["odd"], outgoing=["unreachable"])
        self.served = 0
        self.app = web.Application(middlewares=[fault_middleware(self.rules)])
        self.app.router.add_route("*", "/{tail:.*}", self.serve)

    async def serve(self, request: web.Request) -> web.Response:
        self.served += 1
        fault = active_fault(request)
        return web.json_response({"served": self.served, "fault": fault.kind if fault else None})


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with TestClient(TestServer(shop.app)) as client:
        yield client


Client = TestClient[web.Request, web.Application]


async def test_a_rule_acts_after_its_skips_and_as_often_as_it_may(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "status", "status": 503}, "skip": 1, "times": 2})
    assert [(await client.get("/a")).status for _ in range(4)] == [200, 503, 503, 200]
    assert shop.served == 2


async def test_a_rule_hits_only_the_requests_it_describes(shop: Shop, client: Client) -> None:
    match = {"method": "PUT", "path": "/state$", "merchant": "m", "adapterid": "a", "headers": {"x-q": "^7"}}
    shop.rules.add({"match": match, "action": {"kind": "status", "status": 409}, "times": None})
    headers = {"x-merchant": "m", "x-adapterid": "a", "x-q": "77"}
    assert (await client.put("/orders/1/state", headers=headers)).status == 409
    assert (await client.get("/orders/1/state", headers=headers)).status == 200
    assert (await client.put("/orders/1/state", headers={**headers, "x-merchant": "n"})).status == 200
    assert (await client.put("/orders/1/state/x", headers=headers)).status == 200


async def test_a_status_carries_body_and_headers(shop: Shop, client: Client) -> None:
    action = {"kind": "status", "status": 429, "body": {"code": "slow"}, "headers": {"Retry-After": "3"}}
    shop.rules.add({"action": action})
    answer = await client.get("/")
    assert (answer.status, answer.headers["Retry-After"], await answer.json()) == (429, "3", {"code": "slow"})


@pytest.mark.parametrize(("after", "served"), [(False, 0), (True, 1)])
async def test_a_reset_comes_before_or_after_the_request_is_served(
    shop: Shop, client: Client, after: bool, served: int
) -> None:
    shop.rules.add({"action": {"kind": "reset", "after": after}})
    with pytest.raises((aiohttp.ClientConnectionError, ConnectionResetError)):
        await client.post("/", data=b"x")
    assert shop.served == served


async def test_a_timeout_is_silence_and_ends_with_the_caller(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "timeout", "after": True}})
    with pytest.raises(TimeoutError):
        await client.get("/", timeout=aiohttp.ClientTimeout(total=0.1))
    assert shop.served == 1


async def test_a_truncated_answer_breaks_off(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "truncated"}})
    with pytest.raises(aiohttp.ClientPayloadError):
        await (await client.get("/")).read()


async def test_a_broken_answer_is_whole_but_not_json(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "broken_json"}})
    answer = await client.get("/")
    with pytest.raises(ValueError, match=r".+"):
        await answer.json()
    assert shop.served == 1


async def test_html_answers_as_a_balancer_would(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "html"}})
    answer = await client.get("/")
    assert (answer.status, answer.content_type) == (502, "text/html")


async def test_own_kinds_reach_the_handler_and_outgoing_kinds_the_caller(shop: Shop, client: Client) -> None:
    shop.rules.add({"match": {"path": "/a"}, "action": {"kind": "odd"}})
    shop.rules.add({"match": {"path": "hook"}, "action": {"kind": "unreachable"}})
    assert (await (await client.get("/a")).json())["fault"] == "odd"
    assert shop.rules.take_outgoing("POST", "http://x/push") is None
    taken = shop.rules.take_outgoing("POST", "http://x/hook")
    assert taken is not None
    assert taken.kind == "unreachable"


async def test_the_control_plane_is_exempt(shop: Shop, client: Client) -> None:
    shop.rules.add({"action": {"kind": "status", "status": 500}, "times": None})
    assert (await client.get("/__sim/orders")).status == 200


@pytest.mark.parametrize(
    "rule",
    [
        {"action": {"kind": "nonsense"}},
        {"action": {"kind": "status"}, "typo": 1},
        {"match": {"path": "("}, "action": {"kind": "reset"}},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        FaultRules().add(rule)
