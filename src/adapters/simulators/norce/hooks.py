"""The hook engine: who is asked before a change is committed, in what order, and what the answers do.

Contract sections c.3 and c.6.
"""

from copy import deepcopy
from typing import Any, Final

from adapters.simulators.norce import model, render, totals
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.outbound import Answer, Call, Outbound
from adapters.simulators.norce.patch import PatchRefused, apply_patch, tokens
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError

Json = dict[str, Any]
PARTS: Final = ("/state", "/consents", "/customer", "/cart", "/shippings", "/payments", "/reference")
MAX_ROUNDS: Final = 10


def part(order: Json, pointer: str) -> Any:
    """What is at `pointer`; None when nothing is."""
    value: Any = order
    for token in tokens(pointer):
        value = value.get(token) if isinstance(value, dict) else None
    return value


def rank(hook: Json) -> tuple[int, int]:
    """Hooks are asked by the part they subscribe to, then by the part they may patch."""
    return _position(hook["scope"]), _position(hook["target"])


def _position(pointer: str | None) -> int:
    head = "/" + tokens(pointer)[0] if pointer else ""
    return PARTS.index(head) if head in PARTS else len(PARTS)


class HookEngine:
    """Asks the hooks of an order about one change."""

    def __init__(self, state: NorceState, outbound: Outbound) -> None:
        self._state = state
        self._outbound = outbound

    async def approve(self, before: Json, proposed: Json, caller: Caller, *, reading: str) -> Json:
        """The change with the patches of all hooks applied.

        Raises ApiError: 400 `order-validation` when a hook denies or fails, 500 after ten rounds.
        """
        order = deepcopy(proposed)
        hooks = [each for each in sorted(order["hooks"], key=rank) if not self._suppressed(each, caller)]
        seen = {each["id"]: deepcopy(part(before, each["scope"])) for each in hooks}
        for _ in range(MAX_ROUNDS):
            asked = False
            for hook in hooks:
                current = part(order, hook["scope"])
                if current == seen[hook["id"]]:
                    continue
                seen[hook["id"]] = deepcopy(current)
                order = await self._ask(hook, order, caller, reading=reading)
                asked = True
            if not asked:
                return order
        raise ApiError(500, "order-error", f"Hooks did not come to rest within {MAX_ROUNDS} rounds.")

    def _suppressed(self, hook: Json, caller: Caller) -> bool:
        supported = self._state.modes_of(caller.merchant).knows_adapter_id
        return supported and caller.adapter_id is not None and caller.adapter_id == hook["adapterId"]

    async def _ask(self, hook: Json, order: Json, caller: Caller, *, reading: str) -> Json:
        answer = await self._outbound.post(
            Call(
                kind="hook",
                adapter_id=hook["adapterId"],
                invoke=hook["invoke"],
                body=render.order(order, hook["version"], self._state.modes_of(order["merchant"])),
                order=order,
                timeout=self._state.scaled(self._state.config.hook_timeout_seconds),
                correlation_id=caller.correlation_id,
                about={"hookId": hook["id"], "subscribeTo": hook["scope"], "target": hook["target"]},
            ),
        )
        if not answer.ok:
            raise _denied(hook, answer)
        patched = deepcopy(order)
        try:
            changed = apply_patch(patched, answer.body, target=hook["target"], strict=self._state.modes.strict_targets)
            if changed:
                _check(patched)
                totals.recompute(patched, reading=reading)
        except (PatchRefused, ApiError) as wrong:
            raise _denied(hook, answer, reason=f"invalid patch: {wrong}") from None
        return patched


def _check(order: Json) -> None:
    """What a patch wrote must still be payments and shippings."""
    for name, parser in (("payments", model.payment), ("shippings", model.shipping)):
        for index, each in enumerate(order[name]):
            each.update(parser(each, f"{name}[{index}]"))


def _denied(hook: Json, answer: Answer, *, reason: str | None = None) -> ApiError:
    why = reason or answer.error or str(answer.status)
    return ApiError(400, "order-validation", f"Hook {hook['adapterId']} denied the change ({why})")
