"""The way from captured to paid out, drawn from what Qliro has really paid."""

import asyncio
import re
from html import unescape

import pytest

from adapters.reports.texts import grouped
from entrypoints.cli.__main__ import main
from tests.e2e.accountant import Accountant
from tests.e2e.test_settlements import accountant as accountant

pytestmark = pytest.mark.timeout(120)


async def test_the_waterfall_ends_at_what_arrived_at_the_bank(accountant: Accountant) -> None:
    _, capture = await accountant.sold("CREDITCARDS")
    refunded, _ = await accountant.sold("QLIRO_INVOICE")
    assert (await refunded.operate("refund")).status == 200
    await refunded.quiet()
    await accountant.twist(capture, "chargeback")
    await accountant.week()
    told = await accountant.explain(form="html")
    page = unescape(told.out.decode())
    assert told.status == 1
    (spoken,) = re.findall(r'aria-label="Pay-out in SEK. ([^"]+)"', page)
    steps = dict(re.fullmatch(r"([a-z ]+) (\S+ SEK)", step).groups() for step in spoken.split("; "))  # type: ignore[union-attr, misc]
    assert list(steps) == ["captured", "fees", "refunds", "chargebacks", "paid out"], "nothing is left unexplained"
    assert steps["paid out"] == grouped(int(accountant.arrived * 100), "SEK")
    assert steps["captured"] == grouped(int(2 * refunded.total * 100), "SEK")
    assert 'id="chargeback"' in page
    again = accountant.folder / "again.html"
    accountant.patch.setattr("sys.argv", ["qliro-adapter", "reconcile", "show", "latest", "--output", str(again)])
    with pytest.raises(SystemExit, match="0"):
        await asyncio.to_thread(main)
    assert again.read_bytes() == told.out
