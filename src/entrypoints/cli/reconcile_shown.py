"""A run on plain lines: one per discrepancy, and a summary."""

from typing import TextIO

from application.ports.findings import Progress
from domain.discrepancy import Discrepancy, Verdict
from domain.money import to_major
from domain.reconciliation import ReconciliationRun


class PlainFindings:
    """Keeps nothing: every finding is printed as it comes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    async def begun(self, run: ReconciliationRun) -> None:
        scope = ", ".join(f"{name} {value}" for name, value in run.scope.items())
        joined = " (taken up again, or shared)" if run.counts.done else ""
        self._say(f"run {run.id}{joined}: {scope or 'everything'}")

    async def found(self, discrepancy: Discrepancy) -> None:
        order = discrepancy.order
        where = "/".join(
            part for part in (order.merchant, order.channel, order.order_id, discrepancy.payment_id) if part
        )
        risk = discrepancy.at_risk
        money = f", {to_major(risk.minor)} {risk.currency} at risk" if risk else ""
        words = "; ".join(part for part in (discrepancy.detail, discrepancy.remedy) if part)
        self._say(f"{discrepancy.verdict} {discrepancy.kind} {where}{money}: {words}")

    async def progressed(self, progress: Progress) -> None:
        """Lines tell enough."""

    async def ended(self, run: ReconciliationRun) -> None:
        counts = run.counts
        for kind, many in counts.by_kind().items():
            told = (f"{counts.found[kind, verdict]} {verdict}" for verdict in Verdict if counts.found[kind, verdict])
            self._say(f"  {kind}: {many} ({', '.join(told)})")
        asked = ", ".join(f"{many} to {upstream}" for upstream, many in sorted(counts.requests.items()) if many)
        self._say(f"{counts.compared} compared, {counts.failed} not comparable; requests: {asked or 'none'}")
        risks = ", ".join(f"{to_major(minor)} {currency}" for currency, minor in sorted(counts.at_risk.items()))
        state = "all agrees" if counts.clean else f"something is left{f', {risks} at risk' if risks else ''}"
        self._say(f"{state}; run {run.id}")

    def _say(self, line: str) -> None:
        print(line, file=self._out, flush=True)
