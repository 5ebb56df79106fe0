"""A recorded run, to be repeated: each request with the calls, answers and statements that belong to it.

Requests are known by a correlation id `endpoint.number`. A repetition puts `pass.` before it, and the adapter hands
the id on to upstreams, so that a stub finds the answers that were recorded for that request.
"""

import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.recording import Query, Recorder, UpstreamCall, side_by_side
from bench.world import Answer, Request

CONFIGURATION = "/checkout/configuration/"
Group = list[UpstreamCall | Query]


@dataclass(frozen=True, slots=True)
class Planned:
    """A request, its answer, and what was done between them, in groups that ran side by side."""

    name: str
    request: Request
    answer: Answer
    groups: list[Group]

    @property
    def calls(self) -> list[UpstreamCall]:
        return [step for group in self.groups for step in group if isinstance(step, UpstreamCall)]


@dataclass(slots=True)
class Plan:
    """All requests by endpoint; the configurations by path, and where the recorded Qliro was."""

    requests: dict[str, list[Planned]]
    configurations: dict[str, bytes]
    qliro_url: str
    other_carts: list[Request] = field(default_factory=list)
    """For each cart-changed one with yet another quantity: sending both in turn changes the cart every time."""

    def add(self, endpoint: str, asked: list[tuple[Request, Answer]], recorder: Recorder) -> None:
        """Take over what was recorded for one endpoint."""
        self.requests[endpoint] = [
            Planned(name, request, answer, side_by_side(recorder.of(name)))
            for number, (request, answer) in enumerate(asked)
            for name in [f"{endpoint}.{number}"]
        ]

    def only_requests(self) -> "Plan":
        """Without what was done for them, which is most of it: for whoever only asks."""
        asked = {endpoint: [replace(each, groups=[]) for each in every] for endpoint, every in self.requests.items()}
        return replace(self, requests=asked)

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))


def load(path: Path) -> Plan:
    """A plan that this run has saved."""
    plan = pickle.loads(path.read_bytes())
    assert isinstance(plan, Plan)
    return plan


def plain(correlation: str) -> str:
    """The id without the number of the pass."""
    return correlation.partition(".")[2]
