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
from entrypoints.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LATER = {"docs/images/checkout.png"}
"""Taken from the running sandbox, not written."""


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


def test_the_metrics_of_the_runbook_exist() -> None:
    named = set(re.findall(r"`(adapter_\w+)`", text("operations.md")))
    kept = {metric.name for metric in Metrics().registry.collect()}
    assert {name for name in named if name.removesuffix("_total") not in kept} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_in_the_repository(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [target for target in targets if not target.startswith("https://")]
    missing = [target for target in inside if not (page.parent / target).exists() and target not in LATER]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|migrations|requirements)/[\w/.*-]+)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []
