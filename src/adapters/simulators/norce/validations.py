"""The check before a purchase: three rules of the platform, then every registered validation (section c.4)."""

import asyncio
from typing import Any

from adapters.simulators.norce import render, totals
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.outbound import Call, Outbound
from adapters.simulators.norce.state import NorceState

Json = dict[str, Any]
_OWN = "order"


async def validate(order: Json, caller: Caller, *, state: NorceState, outbound: Outbound) -> list[Json]:
    """All reasons against buying this order as it is; an empty list approves.

    A validation that does not answer in time does not stop the purchase.
    """
    answers = await asyncio.gather(
        *(_ask(each, order, caller, state=state, outbound=outbound) for each in order["validations"])
    )
    return [*_own_rules(order), *(error for errors in answers for error in errors)]


def _own_rules(order: Json) -> list[Json]:
    due = order["total"]["includingVat"]
    payments = [each for each in order["payments"] if each["state"] != "removed"]
    errors = []
    if not order["cart"]["items"]:
        errors.append(("cart-empty", "The cart has no items."))
    if due > 0 and not payments:
        errors.append(("payment-missing", "The order has no payment."))
    elif totals.covered(order) != due:
        errors.append(("payment-amount-mismatch", f"Payments cover {totals.covered(order)} of {due}."))
    return [{"code": code, "adapterId": _OWN, "message": message} for code, message in errors]


async def _ask(validation: Json, order: Json, caller: Caller, *, state: NorceState, outbound: Outbound) -> list[Json]:
    answer = await outbound.post(
        Call(
            kind="validation",
            adapter_id=validation["adapterId"],
            invoke=validation["invoke"],
            body=render.order(order, "v0", state.modes_of(order["merchant"])),
            order=order,
            timeout=state.scaled(state.config.hook_timeout_seconds),
            correlation_id=caller.correlation_id,
            about={"validationId": validation["id"]},
        ),
    )
    if answer.ok or answer.error == "timeout":
        return []
    told = answer.body if isinstance(answer.body, list) else [answer.body]
    codes = [each.get("code") for each in told if isinstance(each, dict) and each.get("code")]
    return [{"code": code, "adapterId": validation["adapterId"]} for code in codes or ["validation-failed"]]
