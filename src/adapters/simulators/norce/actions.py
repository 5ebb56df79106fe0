"""Payment actions: the platform presses the button that an adapter put on its payment (section e.9)."""

from typing import Any

from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.outbound import Call, Outbound
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, not_found
from adapters.simulators.norce.writes import find

Json = dict[str, Any]


async def execute(
    order: Json, caller: Caller, *, payment_id: str, action_id: str, state: NorceState, outbound: Outbound
) -> None:
    """POST to the action's URL. Raises ApiError 400 with the adapter's reason when it does not succeed."""
    payment = find(order["payments"], payment_id, "payment")
    action = next((each for each in payment["actions"] if each["id"] == action_id), None)
    if action is None:
        raise not_found("action", action_id)
    answer = await outbound.post(
        Call(
            kind="action",
            adapter_id=action["adapterId"],
            invoke=action["url"],
            body=None,
            order=order,
            timeout=state.scaled(state.config.hook_timeout_seconds * 3),
            correlation_id=caller.correlation_id,
            about={"paymentId": payment_id, "action": action["type"]},
        ),
    )
    if not answer.ok:
        raise ApiError(400, "payment-error", f"Action {action['type']} failed: {_reason(answer.body, answer.error)}")


def _reason(body: Any, error: str | None) -> str:
    if isinstance(body, dict):
        return f"{body.get('code')}: {body.get('message')}"
    return error or str(body)
