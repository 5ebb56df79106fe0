"""One search by the order's id finds what was done for a payment, in Norce's, Qliro's and our own records."""

from tests.e2e.shop import Shop


async def test_calls_to_norce_and_qliro_carry_ids_that_begin_with_the_orders(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    await order.operate("capture")
    await order.quiet()
    at_norce = [r for r in shop.norce.ledger.requests if r.get("adapterId") == "qliro_checkout_adapter"]
    ids = [str(r["correlationId"]) for r in at_norce if order.id in r["path"]]
    ids += [str(r.correlation_id) for r in shop.qliro.state.requests.all() if r.path.startswith("/checkout/")]
    assert len(ids) > 10
    assert {i.split(".")[0] for i in ids if i not in {"None", ""}} == {order.id}


async def test_a_callers_own_id_is_kept_all_the_way(shop: Shop) -> None:
    order = shop.order()
    headers = shop.headers | {"x-correlation-id": "erp-4711"}
    answer = await shop.adapter("POST", order.path, headers=headers)
    assert answer.headers["x-correlation-id"] == "erp-4711"
    created = next(r for r in shop.qliro.state.requests.all() if r.method == "POST")
    assert created.correlation_id == "erp-4711"
