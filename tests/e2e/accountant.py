"""Finance, as it meets the sandbox: a week passes, Qliro pays, and the command explains it."""

import asyncio
import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from adapters.simulators.qliro.settlements import batches_of
from entrypoints.cli.__main__ import main
from entrypoints.cli.sandbox import sandbox_settings
from tests.e2e.shop import Order, Shop

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """What the command came to."""

    status: int | str | None
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out.decode(), newline="")))

    @property
    def kinds(self) -> dict[str, int]:
        return dict(self.json["kinds"])


class Accountant:
    """Runs `qliro-adapter reconcile settlements` against a sandbox. `begun` is the day the test began."""

    def __init__(self, shop: Shop, folder: Path, monkeypatch: Any) -> None:
        self.shop = shop
        self.folder = folder
        self.patch = monkeypatch
        self.begun = self.today
        settings = sandbox_settings(
            shop.sandbox.norce.url, shop.qliro.url, 0, folder, database_url=shop.database_url, log_level="error"
        )
        monkeypatch.chdir(folder)
        for name, value in msgspec.structs.asdict(settings).items():
            text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
            monkeypatch.setenv(f"ADAPTER_{name.upper()}", text)

    @property
    def today(self) -> date:
        return self.shop.qliro.state.clock.now().date()

    async def week(self) -> None:
        """A week passes at Qliro."""
        self.shop.qliro.state.clock.advance(7 * DAY)
        await asyncio.sleep(0)

    async def explain(
        self, *words: str, form: str = "json", since: date | None = None, until: date | None = None
    ) -> Told:
        """From the day the test began to Qliro's yesterday, unless told otherwise."""
        last = until or self.today - timedelta(days=1)
        target = self.folder / f"report.{form}"
        target.unlink(missing_ok=True)
        arguments = ["--from", str(since or self.begun), "--to", str(last), "--output", str(target), *words]
        status, err = await self.command("--format", form, *arguments)
        return Told(status, target.read_bytes() if target.exists() else b"", err)

    async def command(self, *words: str) -> tuple[int | str | None, str]:
        """Exit status and standard error of the command as a shell would run it."""
        return await self.reconcile("settlements", *words)

    async def reconcile(self, *words: str) -> tuple[int | str | None, str]:
        """The same of any `qliro-adapter reconcile …`."""
        self.patch.setattr("sys.argv", ["qliro-adapter", "reconcile", *words])
        said = io.StringIO()
        status: int | str | None = None

        def run() -> None:
            nonlocal status
            with _noted(said):
                try:
                    main()
                except SystemExit as ended:
                    status = ended.code

        await asyncio.to_thread(run)
        return status, said.getvalue()

    async def twist(self, transaction: int, act: str, **body: Any) -> None:
        """Make Qliro's report wrong."""
        url = f"{self.shop.qliro.url}/__sim/settlements/{transaction}/{act}"
        async with self.shop.http.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def stranger(self, **body: Any) -> None:
        url = f"{self.shop.qliro.url}/__sim/settlements/strangers"
        async with self.shop.http.post(url, json={"merchantKey": "sandbox-key"} | body) as answer:
            assert answer.status == 200, await answer.text()

    async def sold(self, method: str = "CREDITCARDS", *, capture: bool = True) -> tuple[Order, int]:
        """An order that was bought and captured; with its last transaction."""
        order = self.shop.order("b2c_simple")
        await order.create()
        await order.bought(method=method)
        if capture:
            assert (await order.operate("capture")).status == 200
        await order.quiet()
        return order, order.at_qliro.transactions[-1].id

    @property
    def arrived(self) -> Decimal:
        """What Qliro says to have paid to the bank, of crowns."""
        batches = batches_of(self.shop.qliro.state, ["sandbox-key"])
        return Decimal(sum(batch.total for batch in batches if batch.currency == "SEK")) / 100


@contextmanager
def _noted(said: io.StringIO) -> Iterator[None]:
    with redirect_stderr(said):
        yield
    sys.stderr.flush()
