"""Every upstream call and every write of the scenarios: the rows of the matrices.

A recording run compares the table with what the code does, so that a call nobody has thought of fails a test.
"""

CLAIM = "database.claim"
COMMIT = "database.commit"
CONFIGURATION = "norce-configuration.read_configuration"
LEDGER = "qliro.read_ledger"
ACCEPT, TAKEN, HANDLED = "database.accept", "database.inbox.take", "database.inbox.handled"
LETTERS, REST, CLOSED = "database.outbox.take_one", "database.outbox.take", "database.outbox.close"
ORDER, PAYMENT, LOG = "norce.read_order", "norce.replace_payment", "norce.log_transaction"

NOBODY_WAKES_IT = 30.0
"""Seconds between two looks of a background that is to stay out of the way."""

AS_OFTEN_AS_NEEDED = frozenset({LEDGER})
"""Asked again until Qliro has decided: the table says how many of these are disturbed."""


def _operation(call: str) -> dict[str, int]:
    reading = {CLAIM: 1, CONFIGURATION: 1, ORDER: 1, LEDGER: 2}
    telling = {PAYMENT: 1, REST: 1, LOG: 1, CLOSED: 2}
    return reading | {COMMIT: 2, call: 1} | telling


POINTS: dict[str, dict[str, int]] = {
    "card": {
        ACCEPT: 1, TAKEN: 1, CLAIM: 2, CONFIGURATION: 1, "qliro.read_checkout": 2, LEDGER: 1, COMMIT: 2,
        ORDER: 1, PAYMENT: 1, CLOSED: 1, HANDLED: 1,
    },
    "renew": {
        CLAIM: 1, CONFIGURATION: 1, ORDER: 3, COMMIT: 3, "norce.create_payment": 1, "norce.validate": 1,
        "norce.set_status": 1, "norce.add_hook": 4, "qliro.charge": 1, LETTERS: 1, PAYMENT: 1, LOG: 1, CLOSED: 1,
    },
    "create": {
        CLAIM: 1, CONFIGURATION: 1, ORDER: 2, COMMIT: 2, "norce.create_payment": 1, "qliro.create_checkout": 1,
        "norce.add_hook": 4, "qliro.read_checkout": 1, PAYMENT: 1, REST: 1, LOG: 1, CLOSED: 1,
    },
    "push": {
        ACCEPT: 1, TAKEN: 1, CLAIM: 1, CONFIGURATION: 1, "qliro.read_checkout": 2, LEDGER: 1, COMMIT: 1,
        ORDER: 1, "norce.write_billing": 1, "norce.write_shipping_address": 1, PAYMENT: 1, "norce.set_status": 2,
        REST: 1, LOG: 1, CLOSED: 2, HANDLED: 1,
    },
    "push of a delivered purchase": {
        ACCEPT: 1, TAKEN: 1, CLAIM: 1, CONFIGURATION: 1, "qliro.read_checkout": 2, LEDGER: 1, COMMIT: 1,
        ORDER: 2, "norce.write_billing": 1, "norce.write_shipping_address": 1, "norce.create_shipping": 1,
        "database.inbox.expedite": 1, PAYMENT: 1, "norce.set_status": 2, REST: 1, LOG: 1, CLOSED: 2, HANDLED: 1,
    },
    "notification": {
        ACCEPT: 1, TAKEN: 1, CLAIM: 1, COMMIT: 1, LETTERS: 1, ORDER: 1, "norce.replace_shipping": 1, CLOSED: 1,
    },
    "upsell": {
        CLAIM: 1, CONFIGURATION: 1, ORDER: 2, COMMIT: 3, "qliro.read_checkout": 1, "qliro.upsell": 1, LEDGER: 2,
        LETTERS: 1, PAYMENT: 1, LOG: 1, "norce.set_status": 1, CLOSED: 1,
    },
    "capture": _operation("qliro.capture"),
    "cancel": _operation("qliro.cancel"),
    "refund": _operation("qliro.refund"),
}  # fmt: skip


def polled(point: str) -> bool:
    """Whether it belongs to the background's polling, which goes on without anything to find."""
    return point.partition("#")[0] in {TAKEN, REST}


def points(scenario: str) -> list[str]:
    """Every point of a scenario, as a process names it."""
    return [f"{name}#{number}" for name, count in POINTS[scenario].items() for number in range(1, count + 1)]


def calls(scenario: str) -> list[str]:
    """Those that are calls to Norce or Qliro."""
    return [point for point in points(scenario) if not point.startswith("database.")]


def writes(scenario: str) -> list[str]:
    """Those that are statements of ours, but for the background's polling."""
    return [point for point in points(scenario) if point.startswith("database.") and not polled(point)]
