"""Whom a commit's messages are about."""

from application.ports.payments import Work
from domain.identifiers import PaymentKey


def addressee(work: Work) -> PaymentKey:
    """The payment that a commit's messages are about. Raises ValueError when there is none."""
    if not work.payments:
        raise ValueError("messages must be committed together with the payment they are about")
    return work.payments[0].key
