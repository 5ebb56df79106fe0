"""Norce's states in any spelling."""

from collections.abc import Mapping
from datetime import datetime

from adapters.norce.values import moment_of
from adapters.norce.wire import WireState
from domain.order import OrderStatus, PaymentState


def status_of(state: WireState | None) -> OrderStatus:
    """What is unheard of, or not stated, is unknown."""
    return _STATUSES.get(((state and state.current_status) or "").lower(), OrderStatus.UNKNOWN)


def payment_state_of(state: str | None) -> PaymentState:
    """What is not stated is Norce's default; what is unheard of is unknown."""
    return _PAYMENT_STATES.get((state or PaymentState.INTENT).lower(), PaymentState.UNKNOWN)


_STATUSES: Mapping[str, OrderStatus] = {status.value: status for status in OrderStatus}
_PAYMENT_STATES: Mapping[str, PaymentState] = {state.value: state for state in PaymentState}


def status_since(state: WireState | None) -> datetime | None:
    """When the order last came to where it is."""
    if state is None or not state.transitions:
        return None
    current = (state.current_status or "").lower()
    moments = [moment_of(t.time_stamp) for t in state.transitions if (t.status or "").lower() == current]
    return max((moment for moment in moments if moment is not None), default=None)
