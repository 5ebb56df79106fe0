"""`qliro-adapter saved-cards remove`: a card is forgotten, and cannot be charged any more."""

import asyncio
import io
from pathlib import Path
from uuid import uuid4

import pytest

from entrypoints.cli.__main__ import main
from tests.e2e.shop import Order, Shop

HERE = ("--merchant", "sandbox", "--channel", "se-recurring")


@pytest.fixture
def outside(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell on a machine that knows Norce and Qliro, and no database."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "NORCE_ORDER_URL": f"{shop.sandbox.norce.url}/checkout/order",
        "NORCE_CONFIGURATION_URL": f"{shop.sandbox.norce.url}/checkout/configuration",
        "NORCE_TOKEN": "sandbox-norce",
        "QLIRO_HOSTS": shop.qliro.url,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ADAPTER_{name}", value)


async def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    """Run it as a shell would; its exit status."""
    monkeypatch.setattr("sys.argv", ["qliro-adapter", "saved-cards", "remove", *words])
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)
    return ended.value.code


async def subscribed(shop: Shop) -> Order:
    shop.channel = "se-recurring"
    order = shop.order("subscription")
    await order.create()
    await order.bought()
    return order


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("by", ["token", "stdin", "order", "payment"])
async def test_a_card_is_forgotten_and_not_charged_again(
    shop: Shop, by: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = await subscribed(shop)
    token = order.payment["recurring"]["token"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    words = {
        "token": (token,),
        "stdin": ("-",),
        "order": ("--order", order.id),
        "payment": ("--order", order.id, "--payment", order.payment_id),
    }[by]
    assert await command(monkeypatch, *words, *HERE) == 0
    told = capsys.readouterr()
    assert "Removed" in told.out
    assert token not in told.out + told.err
    assert token not in shop.qliro.state.cards
    following = shop.order("subscription")
    answer = await shop.adapter("POST", f"{following.path}/recurring", json={"token": token})
    assert (answer.status, answer.json["code"]) == (400, "qliro-validation")
    assert await command(monkeypatch, "--order", order.id, *HERE) == 1
    told = capsys.readouterr()
    assert "Not removed" in told.err
    assert token not in told.out + told.err


@pytest.mark.usefixtures("outside")
async def test_what_keeps_no_card_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = shop.order()
    await order.create()
    for words in (("--order", order.id, "--payment", order.payment_id), ("--order", order.id), ("--order", "oNo")):
        assert await command(monkeypatch, *words, "--merchant", "sandbox", "--channel", "se") == 1
    assert await command(monkeypatch, str(uuid4()), *HERE) == 1
    assert await command(monkeypatch, str(uuid4()), "--merchant", "sandbox", "--channel", "none") == 1
    assert capsys.readouterr().err.count("Not removed: ") == 5


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("words", [(), ("not-a-guid",), (str(uuid4()), "--order", "o"), ("--payment", "p")])
async def test_a_wrong_use_is_told_before_anything_is_done(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(monkeypatch, *words, *HERE) == 2
    assert capsys.readouterr().err
