"""`qliro-adapter reconcile` as a process: what it prints where, and its exit status."""

import asyncio
import csv
import io
import json
import os
import pty
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrypoints.settings import PREFIX, Settings
from tests.e2e.shop import Order, Shop
from tests.e2e.test_reconcile_kinds import cancelled_not_at_qliro, captured_not_in_norce

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has come to its end."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Operator:
    """Somebody with a shell, the adapter's settings, and a folder of their own."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.folder = folder
        settings = shop.sandbox.adapter.container.settings()
        self.environment = os.environ | {
            PREFIX + field.name.upper(): str(getattr(settings, field.name))
            for field in msgspec.structs.fields(Settings)
            if getattr(settings, field.name) != field.default
        }

    async def start(self, *words: str, stderr: int = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "entrypoints.cli", "reconcile", *words),
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )

    async def reconcile(self, *words: str, stderr: int = asyncio.subprocess.PIPE) -> Ended:
        process = await self.start(*words, stderr=stderr)
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), (err or b"").decode())


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    return Operator(shop, tmp_path)


async def test_found_shown_mended_and_shown_again(shop: Shop, operator: Operator) -> None:
    mendable = await captured_not_in_norce(shop)
    dry = await operator.reconcile("--format", "json")
    assert dry.status == 1, dry.err
    (found,) = dry.json["discrepancies"]
    assert (found["kind"], found["verdict"]) == ("captured-not-in-norce", "would-mend")
    assert found["order_id"] == mendable.id
    assert found["qliro"]["captured"] == str(mendable.total)
    assert found["at_risk"]["currency"] == "SEK"
    assert re.search(r"run [0-9a-f-]{36} begins \(dry run\)", dry.err)
    assert re.search(r"run [0-9a-f-]{36} ends: .*1 discrepancy: captured-not-in-norce 1", dry.err)

    await _both_links_lead_there(shop, found["links"], mendable)
    applied = await operator.reconcile("--apply", "--output", "night.csv")
    assert (applied.status, applied.out) == (0, ""), applied.err
    (row,) = csv.DictReader(io.StringIO((operator.folder / "night.csv").read_bytes().decode(), newline=""))
    assert (row["verdict"], row["order_id"]) == ("mended", mendable.id)

    listed = (await operator.reconcile("runs", "--format", "json")).json
    assert [run["applied"] for run in listed] == [True, False]
    again = await operator.reconcile("show", listed[1]["id"], "--format", "json")
    assert (again.status, again.json) == (0, dry.json)
    assert (await operator.reconcile("--format", "json")).json["discrepancies"] == []


async def test_what_a_person_must_decide_is_left_and_told_in_every_form(shop: Shop, operator: Operator) -> None:
    order = await cancelled_not_at_qliro(shop)
    table = await operator.reconcile("--apply")
    assert table.status == 1
    assert re.search(rf"cancelled-not-at-qliro .*{order.id}", table.out)
    assert "\x1b" not in table.out + table.err
    page = await operator.reconcile("show", "latest", "--format", "html")
    assert page.out.startswith("<!DOCTYPE html>")
    assert f"<bdi>{order.id}</bdi>" in page.out
    assert "<mark>" in page.out
    await operator.reconcile("show", "latest", "--output", "night.html")
    assert (operator.folder / "night.html").read_text(encoding="utf-8") == page.out


async def test_when_all_agrees_that_is_said(shop: Shop, operator: Operator) -> None:
    ended = await operator.reconcile()
    assert ended.status == 0, ended.err
    assert ended.out.endswith("Everything agrees.\n")


async def test_a_run_that_is_interrupted_says_how_to_go_on_and_goes_on(shop: Shop, operator: Operator) -> None:
    order = await captured_not_in_norce(shop)
    night = operator.folder / "night.html"
    night.write_text("yesterday's")
    slow = {"match": {"path": "/adminapi/"}, "action": {"kind": "latency", "seconds": 20}, "times": None}
    shop.qliro.state.faults.add(slow)
    process = await operator.start("--output", "night.html")
    assert process.stderr is not None
    begun = (await process.stderr.readline()).decode()
    await asyncio.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    (run_id,) = re.findall(r"run ([0-9a-f-]{36}) begins", begun)
    assert process.returncode == 130
    assert f"`qliro-adapter reconcile show {run_id}`" in err.decode()
    assert "Traceback" not in err.decode()
    assert night.read_text() == "yesterday's"
    assert [file.name for file in operator.folder.iterdir() if file.is_file()] == ["night.html"]

    broken = await operator.reconcile("show", run_id)
    assert (broken.status, "has not come to its end" in broken.out) == (0, True)
    shop.qliro.state.faults.clear()
    again = await operator.reconcile("--format", "json")
    assert again.json["run"]["id"] == run_id, "the same is asked for: the run goes on"
    assert [found["order_id"] for found in again.json["discrepancies"]] == [order.id]


async def test_on_a_terminal_progress_is_drawn_and_the_result_stays_clean(shop: Shop, operator: Operator) -> None:
    await captured_not_in_norce(shop)
    master, slave = pty.openpty()
    try:
        ended = await operator.reconcile("--format", "json", stderr=slave)
        os.close(slave)
        drawn = await asyncio.to_thread(_all, master)
    finally:
        os.close(master)
    assert ended.json["discrepancies"][0]["kind"] == "captured-not-in-norce"
    assert "Reconciling (dry run):" in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1, "the cursor is hidden, and given back"


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "xml"),
        ("--output", "nowhere/night.html"),
        ("--format", "csv", "--limit", "5"),
        ("show",),
        ("show", "latest", "--limit", "-1"),
    ],
)
async def test_wrong_usage_is_refused_before_anything_is_done(
    words: tuple[str, ...], shop: Shop, operator: Operator
) -> None:
    ended = await operator.reconcile(*words)
    assert (ended.status, ended.out) == (2, "")
    assert await shop.sql("select id from reconciliation_run") == []


async def _both_links_lead_there(shop: Shop, links: dict[str, str], order: Order) -> None:
    for url in (links["norce"], links["qliro"]):
        async with shop.http.get(url) as reply:
            assert reply.status == 200, url
    assert links["qliro"] == f"{shop.qliro.url}/orders/{order.qliro_id}"
    assert links["norce"].endswith(f"orderId={order.id}")


def _all(descriptor: int) -> str:
    """Everything that was written to a terminal whose other end is closed."""
    told = b""
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:
            return told.decode()
        if not part:
            return told.decode()
        told += part
