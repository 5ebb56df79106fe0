"""docs/reports.md describes the forms of a report as they are."""

import json
import re
from pathlib import Path

import msgspec

from adapters.reports.as_csv import COLUMNS
from adapters.reports.documents import discrepancy_document, run_document
from adapters.reports.links import Links
from domain.discrepancy import DiscrepancyKind
from domain.reconciliation import Flow
from tests.unit.adapters.reports.samples import mixed, run

DOCS = Path(__file__).resolve().parents[3] / "docs"
TEXT = (DOCS / "reports.md").read_text(encoding="utf-8")


def shape(document: object) -> object:
    """Only the members, however deep; a list has the shape of its first element."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    return [shape(each) for each in document[:1]] if isinstance(document, list) else None


def test_the_example_has_the_shape_of_the_real_thing() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    example = json.loads(block)
    real = json.loads(msgspec.json.encode(run_document(run(*mixed()))))
    real["scope"], real["counts"]["flows"] = example["run"]["scope"], []
    assert shape(example["run"]) == shape(real)
    found = next(one for one in mixed() if one.kind is DiscrepancyKind.CAPTURED_NOT_IN_NORCE)
    assert shape(example["discrepancies"][0]) == shape(
        json.loads(msgspec.json.encode(discrepancy_document(found, Links())))
    )


def test_every_column_of_the_csv_is_named() -> None:
    named = set(re.findall(r"`([a-z_]+)`", TEXT.partition("## CSV")[2].partition("## HTML")[0]))
    sides = {side for side in ("norce", "qliro", "ours") if side in named}
    named |= {side + part for side in sides for part in named if part.startswith("_")}
    assert set(COLUMNS) - named == set()


def test_every_flow_is_named() -> None:
    assert [flow for flow in Flow if f"`{flow}`" not in TEXT] == []


def test_every_kind_has_an_anchor_to_link_to() -> None:
    page = (DOCS / "reconciliation.md").read_text(encoding="utf-8")
    assert [kind for kind in DiscrepancyKind if f"\n### {kind}\n" not in page] == []
