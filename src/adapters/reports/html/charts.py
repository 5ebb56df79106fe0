"""Charts as inline SVG: no script, no style attribute, colours from the style sheet, every number written out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.reports.html.markup import NOTHING, Html, joined, tag
from adapters.reports.kind_texts import VERDICT_TEXTS
from adapters.reports.texts import number
from domain.discrepancy import Verdict

WIDTH = 520
_ROW = 38
_COLUMNS_HEIGHT = 200
_BASE, _TOP = 172, 26
_SHORTEST = 2.0
_LONGEST = 44


@dataclass(frozen=True, slots=True)
class Bar:
    """How many of each verdict; `href` leads to them within the page."""

    label: str
    parts: Mapping[Verdict, int] = field(default_factory=dict)
    href: str = ""

    @property
    def total(self) -> int:
        return sum(self.parts.values())

    @property
    def spoken(self) -> str:
        told = ", ".join(f"{number(many)} {VERDICT_TEXTS[verdict]}" for verdict, many in self.parts.items() if many)
        return f"{self.label}: {told or 'none'}"


def bars(name: str, rows: Sequence[Bar]) -> Html:
    """Horizontal bars, each under its label."""
    most = max((row.total for row in rows), default=0) or 1
    drawn = [_bar(row, index * _ROW, most) for index, row in enumerate(rows)]
    return _svg(name, rows, len(rows) * _ROW + 4, drawn)


def columns(name: str, rows: Sequence[Bar]) -> Html:
    """Upright columns, for things with an order."""
    most = max((row.total for row in rows), default=0) or 1
    room = WIDTH / max(1, len(rows))
    drawn = [_column(row, index * room, room, most) for index, row in enumerate(rows)]
    floor = tag("line", x1=0, x2=WIDTH, y1=_BASE, y2=_BASE, class_="axis")
    return _svg(name, rows, _COLUMNS_HEIGHT, [floor, *drawn], css="columns")


def legend(verdicts: Iterable[Verdict]) -> Html:
    return tag(
        "ul",
        *(
            tag("li", tag("span", class_=f"dot {verdict}", aria_hidden="true"), VERDICT_TEXTS[verdict])
            for verdict in verdicts
        ),
        class_="legend",
    )


def place(value: float) -> str:
    """A coordinate: no more digits than can be seen, the same everywhere."""
    return f"{value:.1f}".removesuffix(".0")


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _bar(row: Bar, top: float, most: int) -> Html:
    parts, left = [], 0.0
    for verdict, many in row.parts.items():
        if many:
            width = max(_SHORTEST, many / most * WIDTH)
            parts.append(_rectangle(left, top + 21, width, 11, verdict, many))
            left += width
    label = tag("text", tag("title", row.label), _short(row.label), x=0, y=place(top + 14), class_="label")
    value = tag("text", number(row.total), x=WIDTH, y=place(top + 14), class_="value end")
    track = tag("rect", x=0, y=place(top + 21), width=WIDTH, height=11, rx=3, class_="track")
    drawn = joined([track, *parts, tag("a", label, href=row.href) if row.href else label, value])
    return tag("g", drawn)


def _column(row: Bar, left: float, room: float, most: int) -> Html:
    parts, bottom = [], float(_BASE)
    for verdict, many in row.parts.items():
        if many:
            height = max(_SHORTEST, many / most * (_BASE - _TOP))
            bottom -= height
            parts.append(_rectangle(left + room * 0.18, bottom, room * 0.64, height, verdict, many))
    middle = place(left + room / 2)
    value = (
        tag("text", number(row.total), x=middle, y=place(bottom - 7), class_="value middle") if row.total else NOTHING
    )
    return tag("g", *parts, value, tag("text", row.label, x=middle, y=_BASE + 20, class_="label middle"))


def _rectangle(left: float, top: float, width: float, height: float, verdict: Verdict, many: int) -> Html:
    return tag(
        "rect",
        tag("title", f"{number(many)} {VERDICT_TEXTS[verdict]}"),
        x=place(left),
        y=place(top),
        width=place(min(width, WIDTH - left)),
        height=place(height),
        rx=2,
        class_=str(verdict),
    )


def _svg(name: str, rows: Sequence[Bar], height: float, drawn: Iterable[Html], *, css: str | None = None) -> Html:
    told = "; ".join(row.spoken for row in rows)
    return tag(
        "svg",
        *drawn,
        viewBox=f"0 0 {WIDTH} {place(height)}",
        role="group" if any(row.href for row in rows) else "img",
        aria_label=f"{name}. {told}",
        class_=css,
    )
