"""Settings from the environment and a `.env` file, all prefixed `ADAPTER_`; unknown names are an error."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from adapters.norce.configuration_forms import origin_of
from adapters.persistence.address import readable
from application.ports.configurations import Secret
from domain.discretion import without_credentials
from domain.tariff import Tariff, parse_tariff

PREFIX = "ADAPTER_"
TEST_PREFIX = "ADAPTER_TEST_"
QLIRO_ORIGINS = "https://pago.qit.nu,https://payments.qit.nu"

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Days = Annotated[int, Meta(ge=7, le=3_650)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class SettingsError(Exception):
    """Settings are missing, unknown or unusable; `problems` holds environment variables and what is wrong with each."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{name}: {message}" for name, message in problems))


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting with its default; the names are the variables in lower case without the prefix."""

    host: str = "127.0.0.1"
    port: Port = 8080
    work_port: Port = 0
    public_url: str = ""
    database_url: str = ""
    database_pool: Positive = 10
    data_dir: str = ".data"
    norce_order_url: str = ""
    norce_configuration_url: str = ""
    norce_token: str = ""
    norce_tokens: str = "{}"
    inbound_keys: str = ""
    callback_secrets: str = ""
    qliro_hosts: str = QLIRO_ORIGINS
    log_level: str = "info"
    log_format: str = "json"
    metrics_key: str = ""
    console_key: str = ""
    claim_wait_seconds: Seconds = 8
    hook_wait_seconds: Seconds = 1
    lease_seconds: Seconds = 15
    validate_seconds: Seconds = 2.4
    decision_seconds: Seconds = 10
    look_after_minutes: str = "1,5,15,60"
    processing_minutes: Seconds = 15
    checkout_lifetime_hours: Seconds = 24
    message_retention_days: Days = 35
    configuration_ttl_seconds: Seconds = 60
    norce_timeout_seconds: Seconds = 10
    qliro_timeout_seconds: Seconds = 15
    upstream_concurrency: Positive = 100
    drain_seconds: Seconds = 25
    settlement_term_days: Annotated[int, Meta(ge=0, le=366)] = 14
    settlement_fees: str = "{}"
    settlement_accounts: str = "{}"
    norce_admin_order_url: str = ""
    qliro_portal_order_url: str = ""
    reconciliation_docs_url: str = ""

    def inbound(self) -> tuple[tuple[str | None, Secret], ...]:
        """Accepted caller keys as (merchant or None for all, key)."""
        pairs = []
        for entry in _listed(self.inbound_keys):
            merchant, colon, key = entry.partition(":")
            pairs.append((merchant, Secret(key)) if colon else (None, Secret(entry)))
        return tuple(pairs)

    def secrets(self) -> tuple[Secret, ...]:
        """Secrets for callback tokens; the first signs."""
        return tuple(Secret(entry) for entry in _listed(self.callback_secrets))

    def tokens(self) -> dict[str, Secret]:
        """Norce keys by merchant."""
        text = self.norce_tokens
        if text.startswith("@"):
            try:
                text = Path(text[1:]).read_text(encoding="utf-8")
            except OSError as cause:
                raise SettingsError(("ADAPTER_NORCE_TOKENS", f"cannot read {text[1:]}: {cause.strerror}")) from cause
        try:
            pairs = msgspec.json.decode(text, type=dict[str, str])
        except msgspec.MsgspecError as cause:
            raise SettingsError(("ADAPTER_NORCE_TOKENS", f"not a JSON object of strings: {cause}")) from cause
        return {merchant: Secret(token) for merchant, token in pairs.items()}

    def qliro_origins(self) -> frozenset[str]:
        """Origins that a merchant's configuration may name."""
        return frozenset(entry.rstrip("/").lower() for entry in _listed(self.qliro_hosts))

    def looks(self) -> tuple[timedelta, ...]:
        """The first pauses between looks at an undecided payment."""
        try:
            minutes = [int(entry) for entry in _listed(self.look_after_minutes)]
        except ValueError:
            minutes = []
        if not minutes or min(minutes) < 1:
            raise SettingsError(("ADAPTER_LOOK_AFTER_MINUTES", "must be whole minutes of at least 1, comma-separated"))
        return tuple(timedelta(minutes=m) for m in minutes)

    def require_upstreams(self) -> None:
        """Raises SettingsError for everything that no call to Norce can do without."""
        _none_of(needed_to_call(self))

    def tariff(self) -> Tariff:
        """The fees agreed with Qliro."""
        try:
            return parse_tariff(self._texts("settlement_fees"))
        except ValueError as wrong:
            raise SettingsError(("ADAPTER_SETTLEMENT_FEES", str(wrong))) from wrong

    def ledger_accounts(self) -> dict[str, str]:
        """Numbers of the general ledger that differ from the defaults."""
        return self._texts("settlement_accounts")

    def _texts(self, name: str) -> dict[str, str]:
        try:
            return msgspec.json.decode(getattr(self, name), type=dict[str, str])
        except msgspec.MsgspecError as cause:
            raise SettingsError((PREFIX + name.upper(), f"not a JSON object of strings: {cause}")) from cause

    def require_serving(self) -> None:
        """Raises SettingsError for everything that the HTTP API and the workers cannot do without."""
        _none_of(needed(self))


def _none_of(problems: Iterable[tuple[str, str]]) -> None:
    found = tuple(problems)
    if found:
        raise SettingsError(*found)


def load(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), *, serving: bool = False
) -> Settings:
    """The settings in force; the environment goes before the file.

    Raises SettingsError with every variable that is unknown or unusable, and with `serving` every one that is missing.
    """
    values = {**_from_file(dotenv), **(os.environ if environ is None else environ)}
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in values.items()
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    problems = [*_unknown(given), *_unusable(given)]
    wrong = {name for name, _ in problems}
    kept = {name: value for name, value in given.items() if PREFIX + name.upper() not in wrong}
    settings = msgspec.convert(kept, Settings, strict=False)
    for check in (doubtful, needed) if serving else (doubtful,):
        problems += [problem for problem in check(settings) if problem[0] not in wrong]
    if problems:
        raise SettingsError(*dict.fromkeys(problems))
    return settings


def load_to_examine() -> Settings:
    """The settings in force, missing ones included: they are for the caller to tell.

    Raises SettingsError where they cannot even be read, with everything that serving would complain about.
    """
    try:
        return load()
    except SettingsError:
        load(serving=True)
        raise


def _unknown(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in given:
        if name not in Settings.__struct_fields__:
            like = get_close_matches(name, Settings.__struct_fields__, n=1)
            meant = f"; perhaps {PREFIX}{like[0].upper()} is meant" if like else ""
            yield PREFIX + name.upper(), f"is not a setting of this adapter{meant}"


def _unusable(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        try:
            msgspec.convert({name: value} if name in Settings.__struct_fields__ else {}, Settings, strict=False)
        except msgspec.ValidationError as cause:
            yield PREFIX + name.upper(), str(cause).split(" - at ")[0]


def doubtful(settings: Settings) -> Iterator[tuple[str, str]]:
    """Values of the right type that cannot be used."""
    links = ("norce_admin_order_url", "qliro_portal_order_url", "reconciliation_docs_url")
    for name in ("public_url", "norce_order_url", "norce_configuration_url", *links):
        url = getattr(settings, name)
        if url and not _http_url(url):
            yield PREFIX + name.upper(), f"{without_credentials(url)!r} is not an http(s) URL"
    for host in _listed(settings.qliro_hosts):
        if origin_of(host) is None:
            shown = without_credentials(host)
            yield "ADAPTER_QLIRO_HOSTS", f"{shown!r} is not the address of a host, like https://pago.qit.nu"
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        yield "ADAPTER_DATABASE_URL", "must begin with postgresql://"
    elif not readable(settings.database_url):
        yield (
            "ADAPTER_DATABASE_URL",
            "cannot be read; write / @ : ? # % [ ] in user and password as %2F %40 %3A and so on",
        )
    if settings.log_format not in {"json", "console"}:
        yield "ADAPTER_LOG_FORMAT", "must be json or console"
    if settings.log_level.lower() not in {"debug", "info", "warning", "error"}:
        yield "ADAPTER_LOG_LEVEL", "must be debug, info, warning or error"
    for read in (settings.tokens, settings.looks, settings.tariff, settings.ledger_accounts):
        try:
            read()
        except SettingsError as wrong:
            yield from wrong.problems


def needed(settings: Settings) -> Iterator[tuple[str, str]]:
    """What serving cannot do without."""
    yield from needed_to_call(settings)
    for name in ("inbound_keys", "callback_secrets"):
        if not getattr(settings, name).strip():
            yield PREFIX + name.upper(), "is required"
    if settings.inbound_keys.strip() and not (settings.inbound() and all(key for _, key in settings.inbound())):
        yield "ADAPTER_INBOUND_KEYS", "holds an empty key"
    if any(len(secret.reveal()) < 16 for secret in settings.secrets()):
        yield "ADAPTER_CALLBACK_SECRETS", "each secret needs at least 16 characters"


def needed_to_call(settings: Settings) -> Iterator[tuple[str, str]]:
    """What no call to Norce can do without."""
    for name in ("norce_order_url", "norce_configuration_url"):
        if not getattr(settings, name).strip():
            yield PREFIX + name.upper(), "is required"
    try:
        tokens = settings.tokens()
    except SettingsError as wrong:
        yield from wrong.problems
    else:
        if not (settings.norce_token or tokens):
            yield "ADAPTER_NORCE_TOKEN", "is required when ADAPTER_NORCE_TOKENS is empty"


def _http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _from_file(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
