"""From what was captured to what was paid out, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.reports.html.charts import place
from adapters.reports.html.markup import Html, tag
from adapters.reports.texts import grouped
from domain.reconciliation import Flow

_WIDTH, _HEIGHT = 1060, 226
_TOP, _BASE = 26, 186
_STEPS = (
    (Flow.CAPTURED, "captured"),
    (Flow.FEES, "fees"),
    (Flow.REFUNDED, "refunds"),
    (Flow.CHARGED_BACK, "chargebacks"),
)
OTHER, RESULT = "not explained", "paid out"


@dataclass(frozen=True, slots=True)
class Step:
    """A change from one height to another, in minor units; a whole stands on the ground."""

    label: str
    before: int
    after: int
    whole: bool = False

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def look(self) -> str:
        return "whole" if self.whole else "gain" if self.change > 0 else "loss" if self.change else "none"


def steps(flows: Mapping[Flow, int]) -> list[Step]:
    """They lead exactly to what was paid out: what the flows don't explain is a step of its own."""
    walked, height = [], 0
    for flow, label in _STEPS:
        change = flows.get(flow, 0)
        if change or flow is not Flow.CHARGED_BACK:
            walked.append(Step(label, height, height + change))
            height += change
    paid = flows.get(Flow.PAID_OUT, 0)
    if paid != height:
        walked.append(Step(OTHER, height, paid))
    return [*walked, Step(RESULT, 0, paid, whole=True)]


def waterfall(currency: str, flows: Mapping[Flow, int]) -> Html:
    """The picture, with every amount in it."""
    walked = steps(flows)
    heights = [0, *(step.after for step in walked)]
    lowest, reach = min(heights), (max(heights) - min(heights)) or 1
    scale = (_BASE - _TOP) / reach

    def at(minor: int) -> float:
        return _BASE - (minor - lowest) * scale

    room = _WIDTH / len(walked)
    drawn = [tag("line", x1=0, x2=_WIDTH, y1=place(at(0)), y2=place(at(0)), class_="axis")]
    for index, step in enumerate(walked):
        left = index * room
        high, low = sorted((at(step.before), at(step.after)))
        if index + 1 < len(walked):
            level = place(at(step.after))
            drawn.append(
                tag("line", x1=place(left + room * 0.8), x2=place(left + room * 1.2), y1=level, y2=level, class_="join")
            )
        drawn.append(
            tag("rect", x=place(left + room * 0.2), y=place(high), width=place(room * 0.6),
                height=place(max(2.0, low - high)), rx=3, class_=step.look)
        )  # fmt: skip
        drawn.append(_words(step, left + room / 2, high))
    told = "; ".join(f"{step.label} {grouped(step.change, currency)}" for step in walked)
    return tag(
        "svg", *drawn, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"Pay-out in {currency}. {told}"
    )


def _words(step: Step, middle: float, high: float) -> Html:
    x = place(middle)
    return tag(
        "g",
        tag("text", grouped(step.change), x=x, y=place(high - 9), class_="value middle"),
        tag("text", step.label, x=x, y=_HEIGHT - 14, class_="label middle"),
    )
