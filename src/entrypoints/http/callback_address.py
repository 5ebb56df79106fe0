"""Which payment a callback of Qliro's is about, and whether its address was made here."""

from aiohttp import web

from application.ports.callbacks import Purpose
from domain.errors import PaymentNotFound
from domain.identifiers import PaymentKey
from entrypoints.http.acts import ACTS
from entrypoints.http.incoming import payment_key, tenant_from_query


def addressed(request: web.Request, purpose: Purpose) -> tuple[PaymentKey, bool]:
    """The payment, and whether the address carries its token for this purpose.

    Without any token whoever goes on must ask `Acts.trust_callback` first: only payments that another adapter began
    have such addresses. Raises PaymentNotFound for a wrong token: it is answered like an unknown payment.
    """
    key = payment_key(request, tenant_from_query(request))
    tokens = request.query.getall("token", [])
    if not tokens:
        return key, False
    if len(tokens) != 1 or not request.app[ACTS].addresses.genuine(tokens[0], key, purpose):
        raise PaymentNotFound(f"Payment {key.payment_id} is not known.")
    return key, True
