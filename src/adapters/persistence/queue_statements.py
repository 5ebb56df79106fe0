"""What inbox and outbox statements have in common: types, and turns for tenants.

Takers skip what others have locked. Each tenant gets an equal share of a batch, so that one merchant's backlog does
not make the others wait. The tenants with something due are found by hopping from one to the next in the index.
"""

from typing import Any

from sqlalchemy import ARRAY, DateTime, Integer, Interval, Text
from sqlalchemy.types import TypeEngine

INSTANT = DateTime(timezone=True)
TENANT: dict[str, TypeEngine[Any]] = {"merchant": Text(), "channel": Text()}
ORDER: dict[str, TypeEngine[Any]] = {**TENANT, "order_id": Text()}
TAKING: dict[str, TypeEngine[Any]] = {
    "limit": Integer(),
    "lease": Interval(),
    "now": INSTANT,
    "besides": ARRAY(Text()),
}

THIS_TENANT = "merchant = :merchant AND channel = :channel"
THIS_ORDER = f"{THIS_TENANT} AND order_id = :order_id"
SHARE = "greatest(1, :limit / (SELECT count(*) FROM tenants)::integer)"
"""Rows of one tenant in a batch of `:limit`."""


def due_tenants(table: str, due: str) -> str:
    """A common table `tenants`: those beside the merchants `:besides` that have a row in `table` that is `due`."""
    first = "ORDER BY merchant, channel LIMIT 1"
    return f"""RECURSIVE waiting AS (
        (SELECT merchant, channel FROM {table} WHERE {due} {first})
        UNION ALL
        SELECT following.merchant, following.channel FROM waiting t CROSS JOIN LATERAL (
            SELECT merchant, channel FROM {table} WHERE {due} AND (merchant, channel) > (t.merchant, t.channel) {first}
        ) following
    ),
    tenants AS MATERIALIZED (SELECT * FROM waiting WHERE merchant <> ALL(:besides))"""
