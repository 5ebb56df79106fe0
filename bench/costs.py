"""What the requests of one round cost a server."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.load import Load
from bench.plan import Planned
from bench.processes import Server


@dataclass(slots=True)
class Cost:
    """Of one endpoint: microseconds of processor time, and seconds until the answer in the middle, round by round."""

    processor: list[float] = field(default_factory=list)
    middle: list[float] = field(default_factory=list)

    def add(self, processor: float, middle: float) -> None:
        """Another round."""
        self.processor.append(processor)
        self.middle.append(middle)


async def one_round(load: Load, server: Server, requests: Sequence[Planned], number: int) -> tuple[float, float]:
    """Microseconds per request, and the middle answer's seconds, of pass `number`. All must be answered with 200."""
    prepared = [load.prepared(each.request, f"{number}.{each.name}") for each in requests]
    before = server.processor_seconds()
    outcome = await load.run(prepared)
    spent = server.processor_seconds() - before
    assert set(outcome.statuses) == {200}, f"{requests[0].name}: {set(outcome.statuses)}"
    return spent / len(requests) * 1e6, outcome.quantile(0.5)
