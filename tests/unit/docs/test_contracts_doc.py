"""docs/contracts.md has a row for every section that the code cites, and its modules are the ones that do."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
RELIED_ON = PAGE.partition("\n## Where the adapter does otherwise")[0]
SECTION = r"(?:\d{1,2}(?:\.\d)?|[a-i]\.\d{1,2}|appendix [AB])(?!\w)"
CHAPTER = r"[a-i](?!\w|\.\d)"
"""A letter alone is one only where the list begins: further on it may be the word "a"."""
SECTIONS = rf"((?:{SECTION}|{CHAPTER})(?:(?:, | and ){SECTION})*)"
NAMED = re.compile(rf"(qliro|norce)\.md\s+{SECTIONS}")
MENTIONED = re.compile(r"(?:qliro|norce)\.md\b")
IN_A_SIMULATOR = re.compile(rf"\b[Ss]ections?\s+{SECTIONS}|\((appendix [AB](?:, appendix [AB])*)\)")
NEIGHBOUR = re.compile(r"simulators/(qliro|norce)/")


def citations(path: str, text: str) -> set[str]:
    """The sections that a file cites, as the page names them."""
    found = {f"{notes}.md {section}" for notes, listed in NAMED.findall(text) for section in _each(listed)}
    simulated = NEIGHBOUR.search(path)
    if simulated:
        listed = (one or other for one, other in IN_A_SIMULATOR.findall(text))
        found |= {f"{simulated[1]}.md {section}" for some in listed for section in _each(some)}
    return found


def _each(listed: str) -> list[str]:
    return re.split(r", | and ", listed)


def _sources() -> Iterator[tuple[str, str]]:
    """Path and text of everything that may cite; the examples below are no citations."""
    for folder in ("src", "tests"):
        for source in sorted((ROOT / folder).rglob("*.py")):
            if source == Path(__file__).resolve():
                continue
            yield source.relative_to(ROOT).as_posix(), source.read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """The modules of every row, by what it is a row of."""
    told = re.findall(r"^\| `((?:qliro|norce)\.md [^`]+)` \| .+ \| ([^|]+) \|$", RELIED_ON, re.MULTILINE)
    assert len(told) == len(dict(told)), "a section has two rows"
    return {citation: re.findall(r"`([^`]+)`", modules) for citation, modules in told}


def test_every_way_to_cite_a_section_is_understood() -> None:
    assert citations("src/a.py", "(qliro.md 9.4, UpdateItems; norce.md d)") == {"qliro.md 9.4", "norce.md d"}
    assert citations("src/a.py", "(norce.md e.7, a veto; qliro.md 5, 9, appendix A)") == {
        "norce.md e.7",
        "qliro.md 5",
        "qliro.md 9",
        "qliro.md appendix A",
    }
    assert citations("src/adapters/simulators/norce/a.py", "Sections b.4 and c.5, section g.") == {
        "norce.md b.4",
        "norce.md c.5",
        "norce.md g",
    }
    assert citations("tests/simulators/qliro/a.py", "(section 13, appendix A)") == {
        "qliro.md 13",
        "qliro.md appendix A",
    }
    assert citations("src/a.py", "section 4 of something else") == set()


def test_every_section_that_is_cited_has_a_row_and_no_other() -> None:
    cited = {citation for path, text in _sources() for citation in citations(path, text)}
    assert len(cited) > 50
    assert set(rows()) == cited


def test_no_citation_is_without_a_section() -> None:
    assert [path for path, text in _sources() if len(MENTIONED.findall(text)) != len(NAMED.findall(text))] == []


def test_every_row_names_the_modules_that_cite_its_section() -> None:
    told = rows()
    missing = {
        (citation, path)
        for path, text in _sources()
        if path.startswith("src/")
        for citation in citations(path, text)
        if not any(path == module or path.startswith(f"{module}/") for module in told.get(citation, ()))
    }
    assert missing == set()


def test_every_module_of_a_row_exists() -> None:
    told = rows()
    assert [citation for citation, modules in told.items() if not modules] == []
    assert [module for modules in told.values() for module in modules if not (ROOT / module).exists()] == []


def test_what_is_done_otherwise_is_about_sections_with_a_row() -> None:
    about = re.findall(r"^\| `([^`]+)` \|", PAGE.removeprefix(RELIED_ON), re.MULTILINE)
    assert about
    assert set(about) <= set(rows())
