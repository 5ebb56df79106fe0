"""One discrepancy: Norce, Qliro and this service next to each other, what differs marked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.reports.html.markup import NOTHING, Html, joined, link, tag
from adapters.reports.links import Links
from adapters.reports.texts import grouped, instant, span
from domain.discrepancy import Discrepancy, Side, Verdict
from domain.discrepancy import DiscrepancyKind as Kind

_AMOUNTS = {"amount": "Amount", "captured": "Captured", "refunded": "Refunded", "cancelled": "Cancelled"}
_NORCE, _QLIRO, _OURS = 0, 1, 2
_CONTRADICTING: Mapping[Kind, tuple[int, ...]] = {
    **dict.fromkeys(
        (
            Kind.PAID_ORDER_OPEN,
            Kind.COMPLETED_NOT_RESERVED,
            Kind.CAPTURED_NOT_IN_NORCE,
            Kind.CAPTURED_NOT_AT_QLIRO,
            Kind.REFUNDED_NOT_IN_NORCE,
            Kind.REFUNDED_NOT_AT_QLIRO,
            Kind.CANCELLED_NOT_IN_NORCE,
            Kind.CANCELLED_NOT_AT_QLIRO,
            Kind.STATE_DIFFERS,
        ),
        (_NORCE, _QLIRO),
    ),
    Kind.ORDER_STUCK_PROCESSING: (_NORCE,),
    Kind.AUTHORIZED_ORDER_REMOVED: (_NORCE, _QLIRO),
    Kind.MONEY_FOR_WITHDRAWN_PAYMENT: (_NORCE, _QLIRO),
    Kind.OUR_BOOKS_DIFFER: (_OURS,),
    Kind.OPERATION_UNDECIDED: (_OURS,),
}
"""Whose states do not go together. Each side has its own words, so that comparing these would say nothing."""
_MISSING = {
    Kind.MISSING_IN_NORCE: _NORCE,
    Kind.AUTHORIZED_ORDER_REMOVED: _NORCE,
    Kind.MISSING_AT_QLIRO: _QLIRO,
    Kind.MISSING_WITH_US: _OURS,
}
_ABOUT_REFERENCES = frozenset({Kind.REFERENCE_DIFFERS, Kind.TWO_QLIRO_ORDERS})
_WORDS = {Verdict.LEFT: "left", Verdict.WOULD_MEND: "would be mended", Verdict.MENDED: "mended"}


def article(found: Discrepancy, links: Links, *, as_of: datetime) -> Html:
    """A card that holds together on paper."""
    return tag("article", _head(found, as_of), _sides(found), _words(found), _links(found, links), class_="card found")


def differing(values: Sequence[object | None]) -> list[bool]:
    """Which of them to mark: the odd one out, or all that are there when nobody is in the majority."""
    told = Counter(value for value in values if value is not None)
    if len(told) < 2:
        return [False] * len(values)
    (first, most), (_, second) = told.most_common(2)
    return [value is not None and (most == second or value != first) for value in values]


def _head(found: Discrepancy, as_of: datetime) -> Html:
    where = f"{found.order.merchant} · {found.order.channel}"
    facts = [
        where,
        *([f"payment {found.payment_id}"] if found.payment_id else []),
        *([found.subject] if found.subject else []),
    ]
    age = _age(found, as_of)
    return tag(
        "header",
        tag(
            "div",
            tag("h3", tag("span", "Order "), tag("bdi", found.order.order_id or "unknown")),
            tag("span", _WORDS[found.verdict], class_=f"badge {found.verdict}"),
            _risk(found),
            class_="line",
        ),
        tag("p", *_separated([*(tag("bdi", fact) for fact in facts), *([age] if age else [])]), class_="facts"),
    )


def _age(found: Discrepancy, as_of: datetime) -> str:
    if found.since is None:
        return ""
    return f"since {instant(found.since)}" + (f" ({span(as_of - found.since)})" if found.since <= as_of else "")


def _risk(found: Discrepancy) -> Html:
    if found.at_risk is None:
        return NOTHING
    amount = grouped(found.at_risk.minor, found.at_risk.currency)
    if found.verdict.open:
        return tag("span", f"{amount} at risk", class_="risk")
    return tag("span", f"{amount} was at risk", class_="risk over")


def _separated(parts: Sequence[str]) -> list[str]:
    return [part for index, each in enumerate(parts) for part in (["  ·  ", each] if index else [each])]


def _sides(found: Discrepancy) -> Html:
    sides = (found.norce, found.provider, found.ours)
    head = tag("tr", tag("td"), *(tag("th", name, scope="col") for name in ("Norce", "Qliro", "Ours")))
    rows = joined(_rows(found, sides))
    return tag(
        "div",
        tag(
            "table",
            tag("caption", "The three sides", class_="unseen"),
            tag("thead", head),
            tag("tbody", rows),
            class_="sides",
        ),
        class_="scroll",
    )


def _rows(found: Discrepancy, sides: Sequence[Side | None]) -> list[Html]:
    missing = _MISSING.get(found.kind)
    marked = _CONTRADICTING.get(found.kind, ())
    cells = []
    for index, side in enumerate(sides):
        there = side is not None and side.state != "missing"
        told = side.state or "–" if side is not None and there else "missing" if side or index == missing else "–"
        odd = index == missing or (side is not None and index in marked)
        cells.append(_cell(told, marked=odd, css="state"))
    rows = [_row("State", cells)]
    currencies = [side.currency or None if side else None for side in sides]
    for name, label in _AMOUNTS.items():
        values = [getattr(side, name) if side else None for side in sides]
        if any(values) or (name == "amount" and any(v is not None for v in values)):
            rows.append(_amounts(label, values, currencies))
    references = [side.reference or None if side else None for side in sides]
    if any(references):
        strange = differing(references) if found.kind in _ABOUT_REFERENCES else [False] * 3
        rows.append(
            _row("Reference", [_cell(r or "–", marked=m, css="code") for r, m in zip(references, strange, strict=True)])
        )
    return rows


def _amounts(label: str, values: Sequence[int | None], currencies: Sequence[str | None]) -> Html:
    """Amounts of different currencies are different amounts."""
    moneys = [None if v is None else (v, c or "") for v, c in zip(values, currencies, strict=True)]
    marks = differing(moneys)
    return _row(
        label,
        [
            _cell("–" if money is None else grouped(*money), marked=mark, css="amount")
            for money, mark in zip(moneys, marks, strict=True)
        ],
    )


def _row(label: str, cells: Sequence[Html]) -> Html:
    return tag("tr", tag("th", label, scope="row"), *cells)


def _cell(told: str, *, marked: bool, css: str) -> Html:
    value = tag("mark", told, tag("span", " differs", class_="unseen")) if marked else tag("bdi", told)
    return tag("td", value, class_=css)


def _words(found: Discrepancy) -> Html:
    rows: Mapping[str, str] = {"Detail": found.detail, "Remedy": found.remedy}
    told = [part for name, words in rows.items() if words for part in (tag("dt", name), tag("dd", tag("bdi", words)))]
    return tag("dl", *told, class_="words") if told else NOTHING


def _links(found: Discrepancy, links: Links) -> Html:
    there = {"Open in Norce Admin": links.in_norce(found), "Open in Qliro's portal": links.at_qliro(found)}
    made = [link(label, url) for label, url in there.items() if url]
    return tag("p", *_separated(made), class_="links") if made else NOTHING
