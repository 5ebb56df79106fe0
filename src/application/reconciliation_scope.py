"""What a run of the reconciliation is about, as options and back: whoever joins a run works at that run's scope."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from application.mend_payment import MendingRules
from application.ports.reconciliation_work import Rotation, Selection
from domain.lifecycle import PaymentStatus

_OF_MANY = frozenset({"only-open", "undecided", "since", "until", "rotation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`since` and `until` None = open. With `every` (days) each decided payment of the last year or so has a `turn`.

    `asked` are the options as they were given: equal ones share a run.
    """

    merchant: str = ""
    channel: str = ""
    order_id: str = ""
    statuses: frozenset[PaymentStatus] = frozenset()
    only_open: bool = False
    undecided: bool = True
    since: datetime | None = None
    until: datetime | None = None
    rotation: Rotation | None = None
    rules: MendingRules = field(default_factory=MendingRules)
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def sharing(self) -> str:
        return json.dumps(sorted(self.asked.items()))

    @property
    def lists_norce(self) -> bool:
        """Whether payments that only Norce knows are meant: nobody can tell whether those are in a state of ours."""
        return self.since is not None and not (self.order_id or self.statuses or self.only_open)

    def selection(self) -> Selection:
        return Selection(
            since=self.since,
            until=self.until,
            undecided=self.undecided,
            only_open=self.only_open,
            order_id=self.order_id,
            statuses=self.statuses,
            rotation=self.rotation,
        )

    def as_text(self) -> dict[str, str]:
        """Only what is set. One order is looked at whenever it changed, and decided or not."""
        told = self._told()
        if self.order_id:
            told = {name: value for name, value in told.items() if name not in _OF_MANY}
        return {name: value for name, value in told.items() if value}

    def _told(self) -> dict[str, str]:
        return {
            "merchant": self.merchant,
            "channel": self.channel,
            "order": self.order_id,
            "state": ",".join(sorted(self.statuses)),
            "only-open": "yes" if self.only_open else "",
            "undecided": "yes" if self.undecided else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "rotation": f"{self.rotation.turn} of {self.rotation.every}" if self.rotation else "",
            "apply": "yes" if self.rules.apply else "",
            "cancel-orphans": f"after {self.rules.orphan_age.total_seconds():.0f} s" * self.rules.cancel_orphans,
        }


def scope_of(told: Mapping[str, str], asked: Scope) -> Scope:
    """The scope of a run that was begun as `told`, by somebody who has `asked` for the same."""
    moments = {name: datetime.fromisoformat(told[name]) if name in told else None for name in ("since", "until")}
    return Scope(
        merchant=asked.merchant,
        channel=asked.channel,
        order_id=asked.order_id,
        statuses=asked.statuses,
        only_open=asked.only_open,
        undecided=asked.undecided,
        since=moments["since"],
        until=moments["until"],
        rotation=asked.rotation and replace(asked.rotation, turn=_turn(told, asked.rotation)),
        rules=asked.rules,
        asked=asked.asked,
    )


def todays_rotation(every: int, *, now: datetime) -> Rotation:
    """Of the decided payments that changed in the last `REFUNDABLE` days, those whose turn it is today."""
    return Rotation(every=every, turn=now.date().toordinal() % every, since=now - REFUNDABLE)


def _turn(told: Mapping[str, str], rotation: Rotation) -> int:
    """Whose turn it was when the run began."""
    turn, _, _ = told.get("rotation", "").partition(" of ")
    return int(turn) if turn else rotation.turn


RECENT = timedelta(hours=48)
"""What is looked at without further options: everything undecided, and what changed as recently as this."""
REFUNDABLE = timedelta(days=400)
"""For so long something may be done to a decided payment elsewhere that nobody told us of."""
