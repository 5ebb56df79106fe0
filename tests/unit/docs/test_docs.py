"""What the documentation says is so."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from adapters.norce import configuration_document
from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from adapters.observability.metrics import Metrics
from application.texts import DeclineReason
from domain.discrepancy import DiscrepancyKind
from domain.identifiers import Tenant
from entrypoints.cli.__main__ import app
from entrypoints.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```.*?```", re.DOTALL)
LOGGING = [
    ROOT / "src" / name
    for name in ("adapters/observability/operator_log.py", "adapters/http_observer.py", "entrypoints/cli/serve.py")
]


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_is_explained_with_its_default() -> None:
    rows = re.findall(r"^\| `(ADAPTER_\w+)` \| (?:`(.*?)`)? ?\| (.+) \|$", text("settings.md"), re.MULTILINE)
    told = {name: default for name, default, meaning in rows if meaning}
    known = {PREFIX + field.name.upper(): _default(field) for field in msgspec.structs.fields(Settings)}
    assert told == known


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    return str(int(value)) if isinstance(value, (int, float)) and value == int(value) else str(value)


def test_every_field_of_a_configuration_is_explained() -> None:
    source = Path(configuration_document.__file__).read_text(encoding="utf-8")
    calls = re.findall(r"fields\.(?:needed_)?\w+\(([^()]*)\)", source)
    read = {name for call in calls for name in re.findall(r'"(\w+)"', call)}
    assert len(read) > 25
    assert {name for name in read if f"`{name}`" not in text("configuration.md")} == set()


def test_the_examples_of_the_configuration_are_acceptable() -> None:
    smallest, texts, _ = (
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", text("configuration.md"), re.DOTALL)
    )
    rules = ConfigurationRules(qliro_hosts=frozenset({"https://pago.qit.nu"}))
    read = parse_configuration(json.dumps({**smallest, **texts}).encode(), Tenant("norce", "1"), rules)
    assert read.active
    assert read.decline_texts["sv-SE"]["outOfStock"] == "Tyvärr tog varan slut."


def test_the_reasons_of_declined_purchases_are_listed() -> None:
    assert [reason for reason in DeclineReason if f"`{reason}`" not in text("configuration.md")] == []


def test_every_kind_of_discrepancy_has_a_section_of_its_name() -> None:
    sections = re.findall(r"^### (\S+)$", text("reconciliation.md"), re.MULTILINE)
    assert sorted(sections) == sorted(DiscrepancyKind)


def test_the_runbook_tells_every_metric_and_no_other() -> None:
    named = {name.removesuffix("_total") for name in re.findall(r"`(adapter_\w+)`", text("operations.md"))}
    kept = {metric.name for metric in Metrics().registry.collect() if metric.name.startswith("adapter_")}
    assert named == kept


def test_the_runbook_tells_every_event_of_the_log_and_no_other() -> None:
    section = text("operations.md").partition("## Logs")[2].partition("\n## ")[0]
    told = {
        event for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for event in re.findall("`(.*?)`", row)
    }
    sources = "".join(source.read_text(encoding="utf-8") for source in LOGGING)
    assert told == set(
        re.findall(r'(?:log\.(?:info|warning|error)\(|tell\(|level\)\(|parked else)\s*"([a-z ]+)"', sources)
    )


def test_commands_that_are_named_exist() -> None:
    named = {
        (command, sub)
        for page in PAGES
        for command, sub in re.findall(
            r"qliro-adapter ([a-z][a-z-]*)(?: ([a-z]+)\b)?", page.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 10
    assert {words for words in named if not _is_command(*words)} == set()


def _is_command(command: str, sub: str) -> bool:
    """What follows a command that has none below it is prose."""
    below = [name for name in app[command] if not name.startswith("-")] if command in app else []
    return command in app and (not sub or not below or sub in below)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_in_the_repository(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", page.read_text(encoding="utf-8")))
    inside = [target.partition("#") for target in targets if not target.startswith("https://")]
    lost = [(name, anchor) for name, _, anchor in inside if not _leads(page.parent / name if name else page, anchor)]
    assert lost == []


def _leads(target: Path, anchor: str) -> bool:
    if not target.exists() or not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", target.read_text(encoding="utf-8")), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|migrations|requirements)/[\w/.*-]+)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []
