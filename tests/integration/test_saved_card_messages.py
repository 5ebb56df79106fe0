"""A saved card's token that waits in our database is shown to nobody, and is gone when it is done with."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from adapters.persistence.store import Store
from application.ports.inbox import Notice, NoticeKind
from application.ports.payments import Work
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.payment import Payment
from entrypoints.cli.__main__ import main
from tests.contracts.persistence import MINUTE, ORDER
from tests.fakes.clock import FrozenClock

TOKEN = "3d2092a6-7baf-49e3-bd34-d0d0d85744b5"
FACTS: dict[str, str | int] = {"token": TOKEN, "brand": "VISA", "expiryYear": 2030}


async def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["qliro-adapter", "messages", *words])
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)
    assert ended.value.code == 0


async def stored(store: Store, clock: FrozenClock) -> None:
    """A callback and a letter, each with the token."""
    await store.inbox.accept(Notice(ORDER.payment("p-1"), NoticeKind.SAVED_CARD, "card", {**FACTS}))
    payment = Payment.intend(
        ORDER.payment("p-1"), Money(54_800, "SEK"), provider_order_id=4711, merchant_reference="r", at=clock.now()
    )
    letter = Message(MessageKind.SAVE_CARD, dict(FACTS))
    await store.payments.commit(Work(ORDER, payments=(payment,), messages=(letter,)))


async def told(database_url: str) -> str:
    """All that the two tables hold."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT facts::text AS t FROM inbox UNION ALL SELECT payload::text FROM outbox")
        return " ".join(row["t"] for row in rows)
    finally:
        await connection.close()


async def test_a_waiting_token_is_not_shown_and_a_handled_one_is_wiped(
    store: Store,
    clock: FrozenClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADAPTER_DATABASE_URL", database_url)
    await stored(store, clock)
    (notice,) = await store.inbox.take(limit=1, lease=MINUTE)
    (bundle,) = await store.outbox.take(limit=1, lease=MINUTE)
    assert notice.notice.facts["token"] == bundle.letters[0].message.payload["token"] == TOKEN
    await command(monkeypatch, "list", "--state", "all", "--format", "json")
    await command(monkeypatch, "show", str(bundle.letters[0].id))
    await command(monkeypatch, "show", str(notice.id))
    shown = capsys.readouterr()
    assert "VISA" in shown.out
    assert TOKEN not in shown.out + shown.err
    assert TOKEN in await told(database_url)
    await store.inbox.handled(notice)
    await store.outbox.close(bundle, delivered=bundle.letters)
    assert TOKEN not in await told(database_url)
    assert "VISA" in await told(database_url)


async def test_a_commit_that_handles_the_callback_wipes_its_token(
    store: Store, clock: FrozenClock, database_url: str
) -> None:
    await stored(store, clock)
    (notice,) = await store.inbox.take(limit=1, lease=MINUTE)
    await store.payments.commit(Work(ORDER, handled=(notice.id,)))
    facts = await told(database_url)
    assert facts.count(TOKEN) == 1, "only the letter's is left"
