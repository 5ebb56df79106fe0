"""Settings: everything wrong is told at once, by name."""

from pathlib import Path

import pytest

from entrypoints.cli.__main__ import main
from entrypoints.settings import SettingsError, load

GOOD = {
    "ADAPTER_NORCE_ORDER_URL": "https://{merchant}.example.com/checkout/order",
    "ADAPTER_NORCE_CONFIGURATION_URL": "https://{merchant}.example.com/checkout/configuration",
    "ADAPTER_NORCE_TOKEN": "norce",
    "ADAPTER_INBOUND_KEYS": "inbound",
    "ADAPTER_CALLBACK_SECRETS": "a-long-enough-secret",
}
BAD = {
    "ADAPTER_HOTS": "0.0.0.0",
    "ADAPTER_PORT": "http",
    "ADAPTER_PUBLIC_URL": "adapter.example.com",
    "ADAPTER_NORCE_ORDER_URL": "ftp://norce",
    "ADAPTER_NORCE_CONFIGURATION_URL": "http://[half",
    "ADAPTER_NORCE_TOKENS": "[]",
    "ADAPTER_INBOUND_KEYS": "merchant:",
    "ADAPTER_CALLBACK_SECRETS": "short",
    "ADAPTER_DATABASE_URL": "mysql://db",
    "ADAPTER_QLIRO_HOSTS": "pago.qit.nu,https://payments.qit.nu",
    "ADAPTER_LOG_FORMAT": "xml",
    "ADAPTER_LOG_LEVEL": "loud",
    "ADAPTER_LOOK_AFTER_MINUTES": "1,soon",
    "ADAPTER_LEASE_SECONDS": "0",
    "ADAPTER_DATABASE_POOL": "0",
}


def problems(environ: dict[str, str], *, serving: bool = True) -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        load(environ, dotenv=None, serving=serving)
    told = dict(refused.value.problems)
    assert len(told) == len(refused.value.problems)
    return told


@pytest.mark.parametrize(
    "secret", ["hun/ter2", "hun@ter2", "hun?ter2", "hun#ter2", "h[unter2", "hun]ter2", "hun\u2100ter2"]
)
def test_a_password_that_breaks_the_databases_address_is_refused_and_not_told(secret: str) -> None:
    told = problems(GOOD | {"ADAPTER_DATABASE_URL": f"postgresql://adapter:{secret}@db.example.com/payments"})
    assert list(told) == ["ADAPTER_DATABASE_URL"]
    assert "hun" not in str(told)
    assert "ter2" not in str(told)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://adapter:hun%2Fter2@db.example.com:5432/payments?sslmode=require",
        "postgres://adapter:a:b+c=d@db/payments",
        "postgresql://a:b@one:5432,two:5433/payments?target_session_attrs=read-write",
        "postgresql:///payments?host=/run/postgresql",
        "postgresql://adapter@/payments?host=%2Frun%2Fpostgresql",
        "postgresql://a:b@[::1]:5432/payments",
        "postgresql://db",
    ],
)
def test_every_usual_form_of_the_databases_address_is_taken(url: str) -> None:
    assert load(GOOD | {"ADAPTER_DATABASE_URL": url}, dotenv=None, serving=True).database_url == url


def test_what_is_said_of_an_address_holds_no_password() -> None:
    told = problems(
        GOOD
        | {"ADAPTER_QLIRO_HOSTS": "https://u:hunter2@pago.qit.nu", "ADAPTER_PUBLIC_URL": "ftp://u:hunter2@a.example"}
    )
    assert len(told) == 2
    assert "hunter2" not in str(told)


def test_what_is_enough_is_accepted() -> None:
    assert load(GOOD, dotenv=None, serving=True).norce_token == "norce"


def test_everything_wrong_is_told_at_once() -> None:
    assert set(problems(BAD)) == set(BAD)


@pytest.mark.parametrize("name", BAD)
def test_each_of_them_is_told_alone_too(name: str) -> None:
    assert set(problems({**GOOD, name: BAD[name]})) == {name}


def test_everything_missing_is_told_at_once() -> None:
    assert set(problems({})) == {*GOOD}
    assert load({}, dotenv=None).port == 8080


def test_what_is_wrong_and_what_is_missing_are_told_together() -> None:
    told = problems({"ADAPTER_PORT": "x", "ADAPTER_HOTS": "y", "ADAPTER_INBOUND_KEYS": "k"})
    assert set(told) == {"ADAPTER_PORT", "ADAPTER_HOTS", *GOOD} - {"ADAPTER_INBOUND_KEYS"}
    assert told["ADAPTER_HOTS"].endswith("perhaps ADAPTER_HOST is meant")


def test_the_file_is_read_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ADAPTER_PORT=1\nADAPTER_HOST=file\nADAPTER_LEASE_SECONDS=x\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load({"ADAPTER_PORT": "y"}, dotenv=tmp_path / ".env")
    assert {name for name, _ in refused.value.problems} == {"ADAPTER_PORT", "ADAPTER_LEASE_SECONDS"}


@pytest.mark.parametrize("command", ["serve", "work", "doctor"])
def test_a_command_names_every_wrong_setting_and_ends_with_2(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"ADAPTER_PORT": "x", "ADAPTER_LOG_LEVEL": "loud", "ADAPTER_NORCE_TOKEN": "t"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["qliro-adapter", command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()
    wrong = {"ADAPTER_PORT", "ADAPTER_LOG_LEVEL", *GOOD} - {"ADAPTER_NORCE_TOKEN"}
    assert {line.split(":")[0] for line in told} == wrong
