"""`qliro-adapter messages`: what waits is listed, shown without anybody's data, and handed back."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from adapters.persistence.store import Store
from application.ports.inbox import Notice, NoticeKind
from domain.identifiers import OrderKey
from entrypoints.cli.__main__ import main
from tests.contracts.persistence import MINUTE, ORDER, REPORT, StoreScene
from tests.contracts.post_office import parked
from tests.fakes.clock import FrozenClock


@pytest.fixture
def scene(store: Store, clock: FrozenClock) -> StoreScene:
    async def outlast(_: object) -> None:
        return None

    return StoreScene(store.payments, store.inbox, store.outbox, clock, outlast)


@pytest.fixture
def outside(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADAPTER_DATABASE_URL", database_url)


async def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    """Run it as a shell would; its exit status."""
    monkeypatch.setattr("sys.argv", ["qliro-adapter", "messages", *words])
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)
    return ended.value.code


async def failing_notice(scene: StoreScene, reason: str, key: OrderKey = ORDER, *, gone: bool = False) -> None:
    notice = Notice(key.payment("p-1"), NoticeKind.CHECKOUT, reason, {"status": "Completed", "email": "a@b.se"})
    await scene.inbox.accept(notice)
    (taken,) = await scene.inbox.take(limit=1, lease=MINUTE)
    await scene.inbox.defer(taken, until=None if gone else scene.clock.now() + MINUTE, reason=reason)


@pytest.mark.usefixtures("outside")
async def test_parked_and_failing_ones_are_listed_in_full_rows(
    scene: StoreScene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await command(monkeypatch, "list") == 0
    assert capsys.readouterr().out == "Nothing waits.\n"
    await scene.stored(scene.a_payment(), REPORT, REPORT)
    letter = await parked(scene)
    await failing_notice(scene, "qliro-error: ask anna@example.com", OrderKey("other", "no", "order-7"))
    assert await command(monkeypatch, "list") == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "id"
    assert len(rows) == 2
    told = {row.split()[0]: row for row in rows}[str(letter.id)]
    for cell in ("letter report-payment", "demo", "order-1", "parked", "order-bad-request: refused"):
        assert cell in told
    assert "anna@example.com" not in "".join(rows)


@pytest.mark.usefixtures("outside")
async def test_filters_and_json(
    scene: StoreScene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.stored(scene.a_payment(), REPORT, REPORT)
    await parked(scene)
    await failing_notice(scene, "qliro-error: down", OrderKey("other", "no", "order-7"))

    async def listed(*words: str) -> list[dict[str, object]]:
        assert await command(monkeypatch, "list", "--format", "json", *words) == 0
        return msgspec.json.decode(capsys.readouterr().out, type=list[dict[str, object]])

    assert [m["state"] for m in await listed("--state", "parked")] == ["parked"]
    assert {str(m["state"]) for m in await listed("--state", "waiting")} == {"failing", "waiting"}
    assert len(await listed("--state", "all")) == 3
    assert [m["merchant"] for m in await listed("--merchant", "other", "--channel", "no")] == ["other"]
    assert [m["order_id"] for m in await listed("--kind", "callback", "--order", "order-7")] == ["order-7"]
    assert await listed("--order", "nobody's") == []
    assert len(await listed("--state", "all", "--limit", "1")) == 1


@pytest.mark.usefixtures("outside")
async def test_one_is_shown_whole_and_without_personal_data(
    scene: StoreScene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await failing_notice(scene, "qliro-error: down")
    await command(monkeypatch, "list", "--format", "json")
    (seen,) = msgspec.json.decode(capsys.readouterr().out)
    assert await command(monkeypatch, "show", seen["id"]) == 0
    told = capsys.readouterr().out
    assert "Completed" in told
    assert "qliro-error: down" in told
    assert "a@b.se" not in told
    assert await command(monkeypatch, "show", "4711") == 1
    assert "4711" in capsys.readouterr().err


@pytest.mark.usefixtures("outside")
async def test_what_is_handed_back_is_due_at_once(
    scene: StoreScene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.stored(scene.a_payment(), REPORT, REPORT)
    letter = await parked(scene)
    await failing_notice(scene, "qliro-error: down", gone=True)
    assert await command(monkeypatch, "retry", str(letter.id), "999999") == 1
    assert capsys.readouterr().err == "Nothing is open with the id 999999.\n"
    (bundle,) = await scene.outbox.take(limit=9, lease=MINUTE)
    assert bundle.letters[0].id == letter.id
    assert await command(monkeypatch, "retry", "--all", "--kind", "callback") == 0
    assert capsys.readouterr().out == "1 due again.\n"
    assert len(await scene.inbox.take(limit=9, lease=MINUTE)) == 1


@pytest.mark.parametrize("words", [("retry",), ("retry", "1", "--all"), ("retry", "1", "--merchant", "demo")])
async def test_senseless_usage_is_refused(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert await command(monkeypatch, *words) == 2


@pytest.mark.parametrize("words", [("list", "--state", "lost"), ("list", "--format", "xml"), ("show",), ("forget",)])
async def test_wrong_usage_is_refused(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert await command(monkeypatch, *words) == 2


async def test_without_a_database_it_fails_and_says_whom_to_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADAPTER_DATABASE_URL", "postgresql://adapter:hunter2@127.0.0.1:1/payments")
    assert await command(monkeypatch, "list") == 1
    told = capsys.readouterr().err
    assert "doctor" in told
    assert "hunter2" not in told
