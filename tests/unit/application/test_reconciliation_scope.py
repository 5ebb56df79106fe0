"""What a run is about, written down and read back."""

from datetime import timedelta

from application.reconciliation_scope import REFUNDABLE, Scope, scope_of, todays_rotation
from tests.fakes.clock import SOME_TIME


def test_every_turn_comes_once_in_so_many_days() -> None:
    turns = [todays_rotation(30, now=SOME_TIME + timedelta(days=day)).turn for day in range(60)]
    assert sorted(turns[:30]) == list(range(30))
    assert turns[:30] == turns[30:]
    assert todays_rotation(30, now=SOME_TIME).since == SOME_TIME - REFUNDABLE


def test_who_joins_a_run_after_midnight_works_at_its_turn() -> None:
    begun = Scope(rotation=todays_rotation(7, now=SOME_TIME))
    joining = Scope(rotation=todays_rotation(7, now=SOME_TIME + timedelta(days=1)))
    joined = scope_of(begun.as_text(), joining)
    assert begun.rotation is not None
    assert joined.rotation is not None
    assert joined.rotation.turn == begun.rotation.turn
    assert joined.selection().rotation == joined.rotation


def test_one_order_is_looked_at_whosever_turn_it_is() -> None:
    assert "rotation" not in Scope(order_id="o1", rotation=todays_rotation(7, now=SOME_TIME)).as_text()
