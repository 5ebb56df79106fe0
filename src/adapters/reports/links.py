"""Where to look a discrepancy up: Norce Admin, Qliro's portal, and the page that explains it."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from domain.discrepancy import Discrepancy, DiscrepancyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """URL templates; an empty one gives no links.

    `norce` may hold `{merchant}`, `{channel}`, `{order}` and `{payment}`, `qliro` the first two and `{order}` for
    Qliro's order id. A link is left out when something that its template names is not known.
    """

    norce: str = ""
    qliro: str = ""
    docs: str = ""

    def in_norce(self, found: Discrepancy) -> str:
        key = found.order
        return _filled(
            self.norce,
            {"merchant": key.merchant, "channel": key.channel, "order": key.order_id, "payment": found.payment_id},
        )

    def at_qliro(self, found: Discrepancy) -> str:
        key = found.order
        return _filled(self.qliro, {"merchant": key.merchant, "channel": key.channel, "order": qliro_order_id(found)})

    def explained(self, kind: DiscrepancyKind) -> str:
        return f"{self.docs}#{kind}" if self.docs else ""


def qliro_order_id(found: Discrepancy) -> str:
    """Qliro's number of the order, from whichever side names it; empty when none does."""
    for side in (found.provider, found.ours, found.norce):
        if side is not None and (number := re.match(r"\d{1,18}\b", side.reference)):
            return number[0]
    return ""


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        mark = f"{{{name}}}"
        if mark in template and not value:
            return ""
        template = template.replace(mark, quote(value, safe=""))
    return template
