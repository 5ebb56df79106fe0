"""Hooks, validations, notifications and actions: what Norce asks of an adapter."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from adapters.simulators.norce.app import RunningSimulator

from .conftest import ORDERS, Adapter, Api, answering

OURS = "qliro_checkout_adapter"
Json = dict[str, Any]


async def hook(
    api: Api, order_id: str, adapter: Adapter, part: str, target: str | None, name: str, **more: str
) -> None:
    body = {"adapterId": more.get("adapter_id", OURS), "subscribeTo": part, "target": target}
    body["invoke"] = f"{adapter.url}/{name}/{{order_id}}"
    assert (await api("POST", f"{ORDERS}/{order_id}/hooks", body)).status == 200


async def pay(api: Api, order_id: str, amount: float = 100) -> str:
    body = {"adapterId": OURS, "amount": amount, "reference": "1"}
    return str((await api("POST", f"{ORDERS}/{order_id}/payments", body)).json["id"])


async def cart_change(sim: RunningSimulator, api: Api, order_id: str, quantity: int = 5) -> int:
    item = sim.state.order(order_id).doc["cart"]["items"][0]["id"]
    path = f"/checkout/norce-adapter/api/v1/orders/{order_id}/cart/items/{item}"
    return (await api("PATCH", path, {"quantity": quantity})).status


async def test_hooks_are_asked_by_subscription_then_target(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await hook(api, order_id, adapter, "/payments", "/payments", "e")
    await hook(api, order_id, adapter, "/cart", None, "d")
    await hook(api, order_id, adapter, "/cart", "/payments", "c")
    await hook(api, order_id, adapter, "/cart", "/customer", "b")
    await hook(api, order_id, adapter, "/state", "/payments", "a")
    await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "processing"})
    adapter.asked.clear()
    assert await cart_change(sim, api, order_id) == 200
    assert adapter.paths == [f"/{name}/{order_id}" for name in "abcd"]


async def test_a_hook_gets_the_changed_order_and_the_tenant(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    await cart_change(sim, api, order_id, quantity=4)
    _, headers, body = adapter.asked[0]
    assert body["cart"]["items"][0]["quantity"] == 4
    assert body["hooks"][0]["subscribeTo"] == "/cart"
    assert (headers["x-merchant"], headers["x-channel"]) == ("sandbox", "se")
    assert headers["Authorization"] == "Bearer sandbox"
    call = sim.state.hook_calls[0]
    assert (call["status"], call["response"], call["subscribeTo"]) == (200, [], "/cart")


async def test_a_denied_change_changes_nothing(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await hook(api, order_id, adapter, "/state", None, "state")
    before = sim.state.order(order_id).doc
    for status in (400, 404, 418, 500):
        adapter.respond = answering(status)
        refused = await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "accepted"})
        assert (refused.status, refused.json["code"]) == (400, "order-validation")
        assert str(status) in refused.json["message"]
    assert sim.state.order(order_id).doc == before


async def test_a_patch_is_part_of_the_change_and_may_trigger_hooks(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await pay(api, order_id)

    async def respond(path: str, body: Any) -> web.Response:
        if body["payments"][0]["amount"] == body["total"]["includingVat"]:
            return web.json_response([])
        value = float(body["total"]["includingVat"])
        return web.json_response([{"op": "replace", "path": "/payments/0/amount", "value": value}])

    adapter.respond = respond
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    await hook(api, order_id, adapter, "/payments", "/payments", "payments")
    assert await cart_change(sim, api, order_id) == 200
    doc = sim.state.order(order_id).doc
    assert doc["payments"][0]["amount"] == doc["total"]["includingVat"]
    assert isinstance(doc["payments"][0]["amount"], Decimal)
    assert adapter.paths == [f"/cart/{order_id}", f"/payments/{order_id}"]


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "replace", "path": "/cart/reference", "value": "x"}],
        [{"op": "replace", "path": "/payments/0/id", "value": "x"}],
        [{"op": "replace", "path": "/payments/7/amount", "value": 1}],
        [{"op": "replace", "path": "/payments/0/amount", "value": "much"}],
        [{"op": "replace", "path": "/payments/0/state", "value": "paid"}],
        [{"op": "replace", "path": "/payments/0/nothing", "value": 1}],
        [{"op": "move", "path": "/payments/0/amount"}],
        {"op": "replace"},
        [{"op": "replace", "path": "/payments/0/amount"}],
    ],
)
async def test_a_patch_outside_its_target_or_out_of_shape_denies(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str, patch: Any
) -> None:
    await pay(api, order_id)
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    adapter.respond = answering(200, patch)
    assert await cart_change(sim, api, order_id) == 400


async def test_targets_may_be_loose(sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str) -> None:
    sim.state.set_modes(strict_targets=False)
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    adapter.respond = answering(200, [{"op": "add", "path": "/attributes/seen", "value": True}])
    assert await cart_change(sim, api, order_id) == 200
    assert sim.state.order(order_id).doc["attributes"] == {"seen": True}


async def test_an_adapter_is_not_asked_about_its_own_changes(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await hook(api, order_id, adapter, "/state", "/payments", "ours")
    await hook(api, order_id, adapter, "/state", "/payments", "theirs", adapter_id="other_adapter")
    path = f"{ORDERS}/{order_id}/state"
    await api("PUT", path, {"currentStatus": "processing"}, x_adapterid=OURS)
    assert adapter.paths == [f"/theirs/{order_id}"]
    sim.state.set_modes(adapter_id_supported=False)
    await api("PUT", path, {"currentStatus": "accepted"}, x_adapterid=OURS)
    assert adapter.paths[1:] == [f"/ours/{order_id}", f"/theirs/{order_id}"]


async def test_hooks_that_never_rest_are_stopped(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    await pay(api, order_id)

    async def respond(path: str, body: Any) -> web.Response:
        value = int(body["payments"][0]["amount"]) + 1
        return web.json_response([{"op": "replace", "path": "/payments/0/amount", "value": value}])

    adapter.respond = respond
    await hook(api, order_id, adapter, "/payments", "/payments", "p")
    refused = await api("POST", f"{ORDERS}/{order_id}/payments", {"amount": 1})
    assert (refused.status, len(adapter.asked)) == (500, 10)
    assert len(sim.state.order(order_id).doc["payments"]) == 1


async def test_writing_from_inside_a_hook_conflicts_and_reading_does_not(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    seen: list[int] = []

    async def respond(path: str, body: Any) -> web.Response:
        seen.append((await api("GET", f"{ORDERS}/{order_id}")).status)
        seen.append((await api("PATCH", f"{ORDERS}/{order_id}/attributes", {"a": 1})).status)
        return web.json_response([])

    adapter.respond = respond
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    assert await cart_change(sim, api, order_id) == 200
    assert seen == [200, 409]


async def test_a_silent_hook_denies(sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str) -> None:
    async def respond(path: str, body: Any) -> web.Response:
        await asyncio.sleep(1.5)
        return web.json_response([])

    adapter.respond = respond
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    assert await cart_change(sim, api, order_id) == 400
    assert sim.state.hook_calls[0]["error"] == "timeout"


@pytest.mark.parametrize(
    "change", [{"subscribeTo": "/nothing"}, {"subscribeTo": "/payments/0"}, {"invoke": ""}, {"adapterId": None}]
)
async def test_a_malformed_hook_is_refused(api: Api, order_id: str, change: Json) -> None:
    body = {"adapterId": "a", "subscribeTo": "/cart", "target": "/payments", "invoke": "http://x"} | change
    assert (await api("POST", f"{ORDERS}/{order_id}/hooks", body)).status == 400


async def test_a_removed_hook_is_not_asked(sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str) -> None:
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    ident = (await api("GET", f"{ORDERS}/{order_id}")).json["hooks"][0]["id"]
    assert (await api("DELETE", f"{ORDERS}/{order_id}/hooks/{ident}")).status == 200
    assert (await api("DELETE", f"{ORDERS}/{order_id}/hooks/{ident}")).status == 404
    await cart_change(sim, api, order_id)
    assert adapter.asked == []


async def test_validate_checks_the_sum_and_asks_everybody(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    path = f"{ORDERS}/{order_id}/validate"
    assert [each["code"] for each in (await api("POST", path)).json] == ["payment-missing"]
    due = float(sim.state.order(order_id).doc["total"]["includingVat"])
    payment = await pay(api, order_id, due - 0.01)
    assert (await api("POST", path)).json[0]["code"] == "payment-amount-mismatch"
    await api("PUT", f"{ORDERS}/{order_id}/payments/{payment}", {"amount": due})
    approved = await api("POST", path)
    assert (approved.status, approved.json) == (200, [])
    for name in ("one", "two"):
        body = {"adapterId": name, "url": f"{adapter.url}/{name}"}
        await api("POST", f"{ORDERS}/{order_id}/validations", body)
    adapter.respond = answering(400, {"code": "out-of-stock"})
    refused = await api("POST", path, {})
    assert refused.status == 400
    assert refused.json == [{"code": "out-of-stock", "adapterId": name} for name in ("one", "two")]


async def test_notifications_follow_the_commit_and_are_retried(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    body = {
        "adapterId": OURS,
        "reference": "export",
        "scope": "/state/currentStatus",
        "schema": {"enum": ["accepted", "completed"]},
        "invoke": adapter.url + "/export/{order.id}",
        "delay": 1,
    }
    assert (await api("POST", f"{ORDERS}/{order_id}/notifications", body)).status == 200
    assert (await api("POST", f"{ORDERS}/{order_id}/notifications", body | {"scope": ""})).status == 400
    answers = iter((503, 503, 200))

    async def respond(path: str, sent: Any) -> web.Response:
        return web.Response(status=next(answers))

    adapter.respond = respond
    await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "processing"})
    assert (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "completed"})).status == 200
    assert adapter.asked == []
    await sim.state.settled()
    assert adapter.paths == [f"/export/{order_id}"] * 3
    assert sim.state.events[0]["delivered"] is True
    assert adapter.asked[-1][2]["state"]["currentStatus"] == "completed"


async def test_an_action_reaches_the_adapter_that_offers_it(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    payment = await pay(api, order_id)
    base = f"{ORDERS}/{order_id}/payments/{payment}/actions"
    for _ in range(2):
        sent = [{"adapterId": OURS, "type": "capture", "url": adapter.url + "/capture"}]
        assert (await api("POST", base, sent)).status == 200
    (action,) = sim.state.payment(order_id, payment)["actions"]
    assert (await api("POST", f"{base}/{action['id']}/execute")).status == 200
    assert adapter.paths == ["/capture"]
    adapter.respond = answering(409, {"code": "payment-error", "message": "no"})
    refused = await api("POST", f"{base}/{action['id']}/execute")
    assert (refused.status, "no" in refused.json["message"]) == (400, True)
    assert (await api("POST", f"{base}/nothing/execute")).status == 404
    assert (await api("POST", base, [{"adapterId": OURS, "type": "capture"}])).status == 400


async def test_faults_act_on_the_way_out_too(sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str) -> None:
    await hook(api, order_id, adapter, "/cart", "/payments", "cart")
    sim.state.set_faults({"match": {"path": "/cart/"}, "action": {"kind": "hook_unreachable"}})
    assert await cart_change(sim, api, order_id) == 400
    assert adapter.asked == []
    sim.state.set_faults({"action": {"kind": "call_answer_lost"}}, {"action": {"kind": "call_twice"}})
    assert await cart_change(sim, api, order_id) == 400
    assert await cart_change(sim, api, order_id) == 200
    assert len(adapter.asked) == 3


async def test_a_superseded_state_and_a_stale_read(sim: RunningSimulator, api: Api, order_id: str) -> None:
    sim.state.set_faults(
        {"match": {"path": "/state$"}, "action": {"kind": "superseded"}},
        {"match": {"method": "GET"}, "action": {"kind": "stale_read"}, "skip": 1},
    )
    path = f"{ORDERS}/{order_id}/state"
    assert (await api("PUT", path, {"currentStatus": "accepted"})).status == 202
    assert (await api("GET", f"{ORDERS}/{order_id}")).json["state"]["currentStatus"] == "checkout"
    assert (await api("PUT", path, {"currentStatus": "accepted"})).status == 200
    assert (await api("GET", f"{ORDERS}/{order_id}")).json["state"]["currentStatus"] == "checkout"
    assert (await api("GET", f"{ORDERS}/{order_id}")).json["state"]["currentStatus"] == "accepted"
