"""What goes wrong on the way between a process and the others: decided by chance, once per call."""

import random
from dataclasses import dataclass
from enum import Enum

from domain.errors import (
    AdapterError,
    ConfigurationInvalid,
    OrderConflict,
    OrderUnavailable,
    ProviderUnavailable,
    StoreUnavailable,
)
from domain.outcomes import Outcome, Unknown


class Place(Enum):
    """Whom a call is for."""

    NORCE = "norce"
    QLIRO = "qliro"
    STORE = "store"
    SETTINGS = "settings"


class Fate(Enum):
    """What becomes of a call."""

    FINE = "fine"
    NOT_SENT = "not sent"
    FAILED = "failed"
    """Arrived, and answered with an error that tells nothing; not done."""
    LOST = "lost"
    """Done, and the answer lost."""
    LATE = "late"
    """The caller gives up; it is done afterwards."""
    CONFLICT = "conflict"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Passage:
    """How one call travels: seconds there and back, and what becomes of it."""

    there: float
    back: float
    fate: Fate = Fate.FINE


_MONEY = frozenset({"capture", "cancel", "refund"})
_BOOKS = frozenset({"read_ledger", "read_checkout"})
_FATES = {
    Place.NORCE: (Fate.NOT_SENT, Fate.FAILED, Fate.LOST, Fate.LATE, Fate.CONFLICT),
    Place.QLIRO: (Fate.NOT_SENT, Fate.FAILED, Fate.LOST, Fate.LATE),
    Place.STORE: (Fate.NOT_SENT, Fate.LOST),
    Place.SETTINGS: (Fate.NOT_SENT,),
}
_USUAL = {Place.NORCE: 0.06, Place.QLIRO: 0.12, Place.STORE: 0.002, Place.SETTINGS: 0.0005}
_HARDLY_ANYTHING = 0.01
GIVES_UP = 12.0


class Weather:
    """Faults at `rate`, and windows in which a place does not answer at all."""

    def __init__(self, chance: random.Random, rate: float) -> None:
        self._chance = chance
        self.rate = rate
        self.outages: list[tuple[Place, float, float]] = []
        self.struck = 0

    def clear_up(self) -> None:
        """From now on everything works."""
        self.rate = 0.0
        self.outages.clear()

    def passage(self, place: Place, name: str, now: float) -> Passage:
        """How a call made now will travel."""
        chance = self._chance
        usual = _USUAL[place]
        there, back = usual * chance.random(), usual * chance.random()
        if usual < _HARDLY_ANYTHING:  # one of the two ways will do
            there, back = (there, 0.0) if chance.random() < 0.5 else (0.0, back)
        if any(where is place and begin <= now < end for where, begin, end in self.outages):
            self.struck += 1
            return Passage(there + 2.0, back, Fate.NOT_SENT if chance.random() < 0.5 else Fate.FAILED)
        rate = self.rate * (0.3 if place in {Place.STORE, Place.SETTINGS} else 1)
        if chance.random() >= rate:
            return Passage(there, back)
        self.struck += 1
        if chance.random() < 0.25 and place is not Place.SETTINGS:
            return Passage(there, back + chance.uniform(0.5, 9))
        if name in _BOOKS and chance.random() < 0.5:
            return Passage(there, back, Fate.STALE)
        return Passage(there, back, chance.choice(_FATES[place]))


def failure(place: Place, name: str, fate: Fate) -> AdapterError | Outcome:
    """What the caller is told; an Outcome is returned, an error raised."""
    sent = fate is not Fate.NOT_SENT
    match place:
        case Place.STORE:
            return StoreUnavailable("simulated: no answer from the database")
        case Place.SETTINGS:
            return ConfigurationInvalid("simulated: no answer from the configuration service")
        case Place.NORCE if fate is Fate.CONFLICT:
            return OrderConflict("simulated: the order is being changed")
        case Place.NORCE:
            return OrderUnavailable(f"simulated: {fate.value}", sent=sent)
        case Place.QLIRO if name in _MONEY and sent:
            return Unknown(f"simulated: {fate.value}")
        case _:
            return ProviderUnavailable(f"simulated: {fate.value}", sent=sent)
