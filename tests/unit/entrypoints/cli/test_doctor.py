"""The doctor names what is wrong, how to mend it, and harms nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from entrypoints.cli.doctor import _settings, run_doctor, show
from entrypoints.cli.doctor_upstreams import upstream_findings
from entrypoints.cli.findings import Finding, State
from entrypoints.settings import Settings

SERVED = Settings(
    norce_order_url="http://127.0.0.1:1",
    norce_configuration_url="http://127.0.0.1:1",
    norce_tokens='{"norce": "norce-key"}',
    inbound_keys="a-long-enough-inbound-key",
    callback_secrets="a-long-enough-secret",
    public_url="https://adapter.example.com",
    metrics_key="m",
    database_url="postgresql://adapter:hunter2@127.0.0.1:1/payments",
    qliro_hosts="http://127.0.0.1:1",
)


def told(findings: list[Finding]) -> dict[str, tuple[State, str]]:
    return {finding.check: (finding.state, finding.found) for finding in findings}


class Upstream:
    """Answers everything with a status, and tells the time it believes."""

    def __init__(self) -> None:
        self.status = 200
        self.ahead = timedelta()
        self.authorization = ""
        self.url = ""

        self.refused = frozenset[str]()

    async def answer(self, request: web.Request) -> web.Response:
        self.authorization = request.headers.get("Authorization", self.authorization)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") in self.refused:
            return web.Response(status=401)
        date = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
        return web.Response(status=self.status, headers={"Date": date})


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    there = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", there.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield there
    await runner.cleanup()


def at(upstream: Upstream, **changed: str) -> Settings:
    from msgspec.structs import replace

    urls = {"norce_order_url": upstream.url, "norce_configuration_url": upstream.url, "qliro_hosts": upstream.url}
    return replace(SERVED, **(urls | changed))


async def test_reachable_upstreams_and_an_agreeing_clock_are_well(upstream: Upstream) -> None:
    findings = await upstream_findings(at(upstream))
    assert {finding.state for finding in findings} == {State.OK}
    assert {finding.check for finding in findings} == {"norce order", "norce configuration", "qliro", "clock"}
    assert upstream.authorization == "Bearer norce-key"


async def test_a_refused_key_is_named_and_not_shown(upstream: Upstream) -> None:
    upstream.status = 401
    findings = await upstream_findings(at(upstream))
    assert told(findings)["norce order"] == (State.WRONG, "does not accept the key (401)")
    assert "norce-key" not in str(findings)


async def test_the_key_of_every_merchant_is_tried(upstream: Upstream) -> None:
    upstream.refused = frozenset({"old", "stale"})
    tokens = '{"first": "good", "rotating": "old,good", "second": "stale", "third": "stale, old"}'
    findings = told(await upstream_findings(at(upstream, norce_tokens=tokens)))
    assert findings["norce order"][0] is State.OK
    assert findings["norce keys"] == (State.WRONG, "not accepted: second, third")
    tokens = '{"rotating": "old,good", "first": "good"}'
    findings = told(await upstream_findings(at(upstream, norce_tokens=tokens)))
    assert findings["norce order"][0] is State.OK
    assert findings["norce keys"] == (State.OK, "of 2 merchants tried")


async def test_the_common_key_is_tried_for_merchants_that_callers_are_bound_to(upstream: Upstream) -> None:
    upstream.refused = frozenset({"common"})
    settings = at(upstream, norce_tokens="{}", norce_token="common", inbound_keys="acme:an-inbound-key-of-acme")
    assert told(await upstream_findings(settings))["norce order"] == (State.WRONG, "does not accept the key (401)")


async def test_a_common_key_that_cannot_be_tried_is_told(upstream: Upstream) -> None:
    findings = told(await upstream_findings(at(upstream, norce_tokens="{}", norce_token="common")))
    assert findings["norce keys"] == (State.NOTE, "not tried: no merchant is known by name")


async def test_a_clock_that_is_off_is_told_with_its_direction(upstream: Upstream) -> None:
    upstream.ahead = timedelta(seconds=300)
    state, found = told(await upstream_findings(at(upstream)))["clock"]
    assert state is State.WRONG
    assert "behind" in found


async def test_nobody_reachable_is_wrong_and_each_finding_says_what_to_do() -> None:
    findings = await upstream_findings(SERVED)
    wrong = [finding for finding in findings if finding.state is State.WRONG]
    assert {finding.check for finding in wrong} == {"norce order", "norce configuration", "qliro"}
    assert all(finding.remedy for finding in wrong)


async def test_one_of_two_qliro_hosts_missing_is_only_worth_a_note(upstream: Upstream) -> None:
    findings = await upstream_findings(at(upstream, qliro_hosts=f"{upstream.url},http://127.0.0.1:1"))
    assert [finding.state for finding in findings if finding.check == "qliro"] == [State.NOTE, State.OK]


async def test_an_address_that_depends_on_an_unknown_merchant_is_not_asked() -> None:
    from msgspec.structs import replace

    settings = replace(SERVED, norce_order_url="https://{merchant}.example.com", norce_tokens="{}")
    assert told(await upstream_findings(settings))["norce order"][0] is State.NOTE


def test_a_missing_setting_is_named_and_ends_with_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from msgspec.structs import replace

    status = run_doctor(replace(SERVED, inbound_keys=""))
    assert status == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("wrong\tsettings\tADAPTER_INBOUND_KEYS: is required\t")


def test_an_unreachable_database_ends_with_status_1_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_doctor(SERVED) == 1
    out = capsys.readouterr().out
    assert "wrong\tdatabase\t127.0.0.1/payments does not answer" in out
    assert "hunter2" not in out


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("public_url", "", "adapter.publicUrl"),
        ("public_url", "http://adapter.example.com", "TLS"),
        ("inbound_keys", "short", "long random"),
        ("metrics_key", "", "Prometheus"),
        ("database_url", "", "PostgreSQL"),
    ],
)
def test_what_could_be_better_is_a_note(name: str, value: str, hint: str) -> None:
    from msgspec.structs import replace

    notes = [f for f in _settings(replace(SERVED, **{name: value})) if f.state is State.NOTE]
    assert [hint in note.remedy for note in notes] == [True]


def test_on_a_terminal_there_is_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show([Finding(State.WRONG, "clock", "[bold]7 s[/bold]", "Synchronise.")])
    assert "[bold]7 s[/bold]" in capsys.readouterr().out
