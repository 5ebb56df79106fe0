"""A simulation that finds nothing proves something only if it finds what is broken on purpose."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from application import journal
from application.look_after_payments import LookAfterPayments
from application.tell_norce import Round
from domain.messages import MessageKind
from domain.payment import Payment
from tests.fakes.memory import MemoryPayments
from tests.simulation import pay_out
from tests.simulation.seed import simulate

Patch = pytest.MonkeyPatch


def _nobody_is_told(patch: Patch) -> None:
    patch.setattr(journal, "messages_owed", lambda *_: ())


def _nobody_looks_after_payments(patch: Patch) -> None:
    async def nothing(self: LookAfterPayments, *, limit: int = 10) -> int:
        return 0

    patch.setattr(LookAfterPayments, "__call__", nothing)


def _the_order_is_never_advanced(patch: Patch) -> None:
    tell = Round.tell

    async def forgetful(self: Round, letter: Any, **options: Any) -> None:
        if letter.message.kind is not MessageKind.ADVANCE_ORDER:
            await tell(self, letter, **options)

    patch.setattr(Round, "tell", forgetful)


def _exclusion_excludes_nobody(patch: Patch) -> None:
    take = MemoryPayments._take

    def open_door(self: MemoryPayments, order: Any, lease: Any) -> Any:
        self._store.desk(order).claim = None
        return take(self, order, lease)

    patch.setattr(MemoryPayments, "_take", open_door)
    patch.setattr("tests.fakes.memory.held_by", lambda claim, token: True)


def _operations_are_left_open(patch: Patch) -> None:
    patch.setattr(Payment, "decide", lambda self, operation_id, outcome, *, at: self.operation(operation_id))


def _the_provider_pays_an_ore_too_little(patch: Patch) -> None:
    told = pay_out._entry
    patch.setattr(pay_out, "_entry", lambda *told_of: replace(told(*told_of), effect=told(*told_of).effect - 1))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "sabotage",
    [
        _nobody_is_told,
        _nobody_looks_after_payments,
        _the_order_is_never_advanced,
        _exclusion_excludes_nobody,
        _operations_are_left_open,
        _the_provider_pays_an_ore_too_little,
    ],
)
def test_what_is_broken_on_purpose_is_noticed(sabotage: Callable[[Patch], None], monkeypatch: Patch) -> None:
    sabotage(monkeypatch)
    assert any(simulate(seed).violations for seed in range(1, 5))
