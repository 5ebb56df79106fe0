"""What is seen on a terminal, and in a log where there is none."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from adapters.reports.as_table import TableReport
from adapters.reports.pace import Pace
from adapters.reports.progress import LiveProgress, PlainProgress
from application.ports.findings import Progress
from domain.reconciliation import RunCounts
from tests.unit.adapters.reports import golden
from tests.unit.adapters.reports.samples import hostile, mixed, run, settlement_run, written


class Watch:
    """Time that the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def counts(done: int, findings: int = 0) -> RunCounts:
    made = RunCounts(done=done)
    for found in mixed()[:findings]:
        made.count(found)
    return made


async def test_the_table_is_as_it_was_looked_at() -> None:
    golden.check("mixed.txt", await written(TableReport(200, keep=2), settlement_run(*mixed()), mixed()))


async def test_in_a_narrow_terminal_orders_and_kinds_can_still_be_read_whole() -> None:
    told = await written(TableReport(80), settlement_run(*mixed()[:9]), mixed()[:9])
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "o000204Xk" in told
    assert "captured-not-in-norce" in told
    assert "…" not in told


async def test_a_clean_run_is_told_in_a_line() -> None:
    clean = replace(run(), counts=replace(run().counts, failed=0))
    text = await written(TableReport(120), clean, [])
    assert text.endswith("\nEverything agrees.\n")


async def test_hostile_values_do_not_steer_the_terminal() -> None:
    text = await written(TableReport(200, terminal=True), run(hostile()), [hostile()])
    assert "\u202e" not in text
    assert set(re.findall(r"\x1b\[[\d;]*(.)", text)) <= {"m"}
    assert "\x1b[31m\ufffdgnp" not in text


async def test_lines_come_now_and_then_where_there_is_no_terminal() -> None:
    stream, watch = io.StringIO(), Watch()
    plain = PlainProgress(stream, pause=15, seconds=watch)
    begun = replace(run(), counts=counts(500), applied=True)
    await plain.begun(begun)
    for second in range(1, 41):
        watch.now = 1000.0 + second
        await plain.progressed(Progress(counts(500 + second * 100, findings=7), total=10_000))
    await plain.ended(replace(begun, counts=counts(10_000, findings=7)))
    first, *between, last = [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()]
    assert first == f"run {begun.id} begins (mends what may be mended), goes on after 500"
    assert between == [
        "2\u202f000 of 10\u202f000 payments (20 %), 100/s, 80 s left; 7 discrepancies: paid-but-order-open 7",
        "3\u202f500 of 10\u202f000 payments (35 %), 100/s, 65 s left; 7 discrepancies: paid-but-order-open 7",
    ]
    assert last.startswith(f"run {begun.id} ends: 10\u202f000 of 10\u202f000 payments (100 %)")


async def test_the_last_line_tells_the_rate_of_the_whole_run_however_long_its_end_took() -> None:
    stream, watch = io.StringIO(), Watch()
    plain = PlainProgress(stream, pause=15, seconds=watch)
    await plain.begun(replace(run(), counts=counts(0)))
    watch.now += 20
    await plain.progressed(Progress(counts(9_000), total=10_000))
    watch.now += 20
    await plain.progressed(Progress(counts(10_000), total=10_000))
    watch.now += 60
    await plain.progressed(Progress(counts(10_000), total=10_000))
    await plain.ended(replace(run(), counts=counts(10_000)))
    _, _, *listing, last = [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()]
    everything = "10\u202f000 of 10\u202f000 payments (100 %)"
    assert set(listing) == {f"{everything}, now the orders that Norce lists; no discrepancies"}
    assert last.endswith(f"ends: {everything}, 100/s; no discrepancies")


async def test_a_run_that_breaks_off_says_so() -> None:
    stream = io.StringIO()
    plain = PlainProgress(stream)
    await plain.begun(run())
    await plain.ended(replace(run(), ended_at=None))
    assert "stops before its end" in stream.getvalue()


async def test_the_live_display_shows_how_far_it_is_and_gives_the_terminal_back() -> None:
    screen, watch = io.StringIO(), Watch()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    live = LiveProgress(console, seconds=watch)
    await live.begun(replace(run(), counts=counts(0)))
    watch.now += 10
    await live.progressed(Progress(counts(5_000, findings=11), total=20_000))
    paper = Console(file=io.StringIO(), width=100, no_color=True)
    with paper.capture() as captured:
        paper.print(live.picture())
    shown = captured.get()
    assert "Reconciling (dry run): 5\u202f000 of 20\u202f000 payments (25 %), 500/s, 30 s left" in shown
    assert re.search(r"paid-but-order-open +7 +2\n", shown)
    assert all(re.fullmatch("━+ *", line) for line in shown.splitlines() if "━" in line), "the bar has its own line"
    assert "━" in shown
    live.close()
    live.close()
    assert screen.getvalue().endswith(("\x1b[?25h", "\x1b[2K", "\x1b[1A\x1b[2K"))


async def test_without_a_known_total_there_is_no_time_left() -> None:
    watch = Watch()
    live = LiveProgress(Console(file=io.StringIO(), force_terminal=True, width=80), seconds=watch)
    await live.begun(replace(run(), counts=counts(0)))
    watch.now += 60
    await live.progressed(Progress(counts(30)))
    console = Console(file=io.StringIO(), width=80, no_color=True)
    with console.capture() as captured:
        console.print(live.picture())
    live.close()
    assert "Reconciling (dry run): 30 payments, 30/min\n" in captured.get()


@pytest.mark.parametrize(
    ("samples", "rate"), [([], 0), ([(0, 10)], 0), ([(0, 0), (2, 10)], 5), ([(0, 0), (100, 500), (160, 560)], 1)]
)
def test_the_rate_is_that_of_the_last_minute(samples: list[tuple[float, int]], rate: float) -> None:
    pace = Pace()
    for seconds, done in samples:
        pace.add(seconds, done)
    assert pace.rate == rate


def test_time_left_is_never_negative() -> None:
    pace = Pace()
    pace.add(0, 0)
    pace.add(1, 100)
    assert pace.left(100, 90) == 0
    assert pace.left(100, 300) == 2
    assert pace.left(100, None) is None
