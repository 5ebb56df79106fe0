"""A reading of pay-outs shows how far it is, on a terminal and in a log."""

import io
from itertools import count

from rich.console import Console

from adapters.reports.settlements.progress import LiveSettlements, PlainSettlements
from application.settlement_progress import SettlementProgress, Tracker


def work(tracker: Tracker) -> None:
    """Two accounts of two windows and four lines each, one of them not paid yet."""
    for number, name in enumerate(("shop", "other"), start=1):
        tracker.account(name, number=number, accounts=2)
        for window in range(2):
            tracker.window(done=window, of=2)
            tracker.read(2, paid=2 - window)
        tracker.window(done=2, of=2)
        for _ in range(3):
            tracker.explained(1)


def test_the_share_grows_from_nothing_to_all() -> None:
    told: list[SettlementProgress] = []
    work(Tracker(told.append))
    shares = [now.share for now in told]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert told[-1].lines_read == 4
    assert (told[-1].lines, told[-1].explained) == (3, 3)


def test_in_a_log_lines_say_how_far_it_is() -> None:
    stream, seconds = io.StringIO(), count()
    with PlainSettlements(stream, pause=0, seconds=lambda: float(next(seconds))) as watch:
        work(Tracker(watch))
    lines = [line[9:] for line in stream.getvalue().splitlines()]
    assert lines[0] == "reading Qliro's pay-outs"
    assert "account 1 of 2 (shop): 1 of 2 stretches read, 4 lines" in lines
    assert "account 2 of 2 (other): 1 of 3 lines explained" in lines
    assert lines[-1] == "done: account 2 of 2 (other): 3 of 3 lines explained"
    assert "\x1b" not in stream.getvalue()


def test_a_log_is_not_flooded() -> None:
    stream = io.StringIO()
    with PlainSettlements(stream, pause=15, seconds=lambda: 100.0) as watch:
        work(Tracker(watch))
    assert len(stream.getvalue().splitlines()) == 2


def test_on_a_terminal_a_display_is_drawn_and_taken_away() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with LiveSettlements(console) as watch:
        work(Tracker(watch))
        console.print(watch.picture())
    drawn = stream.getvalue()
    assert "Reading Qliro's pay-outs: account 2 of 2 (other): 3 of 3 lines explained" in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1
