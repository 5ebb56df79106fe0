"""The parts of the simulator put together: what every API of it needs."""

from dataclasses import dataclass

from adapters.simulators.norce.changes import Changes
from adapters.simulators.norce.hooks import HookEngine
from adapters.simulators.norce.notifications import Notifier
from adapters.simulators.norce.outbound import Outbound
from adapters.simulators.norce.state import NorceState


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The simulated platform's memory and machinery."""

    state: NorceState
    outbound: Outbound
    notifier: Notifier
    changes: Changes


def assemble(state: NorceState) -> Platform:
    """Wire the machinery to this memory."""
    outbound = Outbound(state)
    notifier = Notifier(state, outbound)
    changes = Changes(state, HookEngine(state, outbound), notifier)
    return Platform(state=state, outbound=outbound, notifier=notifier, changes=changes)
