"""The statements behind `PostgresPaymentBooks`: reads only, each bounded by the number of payments it is about."""

from sqlalchemy import ARRAY, BigInteger, Integer, Text

from adapters.persistence.queue_statements import INSTANT, TENANT, THIS_TENANT
from adapters.persistence.statement import Statement

_LIVE = "p.status NOT IN ('removed', 'declined', 'cancelled')"
_WITHDRAWN = "p.status IN ('removed', 'declined', 'cancelled') AND p.captured > 0"
_THIS = "(x.merchant, x.channel, x.order_id, x.payment_id) = (p.merchant, p.channel, p.order_id, p.payment_id)"
_BOOKS = f"""
    SELECT p.merchant, p.channel, p.order_id, p.payment_id, p.provider_order_id, p.currency,
        (
            SELECT coalesce(json_agg(x ORDER BY x.number), '[]')::text FROM payment_operation x
            WHERE {_THIS} AND x.kind IN ('capture', 'refund') AND x.state = 'succeeded'
        ) AS operations,
        (
            SELECT coalesce(
                json_agg(
                    json_build_object('captured', x.captured, 'refunded', x.refunded, 'at', x.at) ORDER BY x.version
                ), '[]'
            )::text FROM payment_history x WHERE {_THIS}
        ) AS history
    FROM payment p
"""
_TENANTS = "unnest(CAST(:merchants AS text[]), CAST(:channels AS text[])) AS t (merchant, channel)"

# From one tenant to the next in the index; it goes one too far when only one merchant is meant.
TENANTS = Statement.of(
    """
    WITH RECURSIVE found AS (
        (
            SELECT merchant, channel FROM checkout_order WHERE (merchant, channel) > (:merchant, '')
            ORDER BY merchant, channel LIMIT 1
        )
        UNION ALL
        SELECT following.merchant, following.channel FROM found f CROSS JOIN LATERAL (
            SELECT merchant, channel FROM checkout_order WHERE (merchant, channel) > (f.merchant, f.channel)
            ORDER BY merchant, channel LIMIT 1
        ) following
        WHERE :merchant IN ('', f.merchant)
    )
    SELECT merchant, channel FROM found WHERE :merchant IN ('', merchant)
    """,
    name="payment_books.tenants",
    types={"merchant": Text()},
)

# Two statements in one, so that each reads its own partial index; living payments come last and win.
OF_ORDERS = Statement.of(
    f"""
    SELECT * FROM (
        {_BOOKS} JOIN {_TENANTS} USING (merchant, channel)
        WHERE p.provider_order_id = ANY(:ids) AND {_WITHDRAWN}
    ) withdrawn
    UNION ALL
    SELECT * FROM (
        {_BOOKS} JOIN {_TENANTS} USING (merchant, channel) WHERE p.provider_order_id = ANY(:ids) AND {_LIVE}
    ) living
    """,
    name="payment_books.of_orders",
    types={"merchants": ARRAY(Text()), "channels": ARRAY(Text()), "ids": ARRAY(BigInteger())},
)

# A page is a number of payments looked at, not of payments found: it takes as long among old ones as among new ones.
PAGE = Statement.of(
    f"""
    WITH page AS MATERIALIZED (
        SELECT order_id, payment_id, captured > 0 AND updated_at >= :since AND provider_order_id IS NOT NULL AS wanted
        FROM payment WHERE {THIS_TENANT} AND (order_id, payment_id) > (:order_id, :payment_id)
        ORDER BY order_id, payment_id LIMIT :limit
    ),
    last AS (SELECT order_id, payment_id FROM page ORDER BY order_id DESC, payment_id DESC LIMIT 1)
    SELECT last.order_id, last.payment_id,
        (SELECT array_agg(order_id ORDER BY order_id, payment_id) FROM page WHERE wanted) AS orders,
        (SELECT array_agg(payment_id ORDER BY order_id, payment_id) FROM page WHERE wanted) AS payments
    FROM last
    """,
    name="payment_books.page",
    types={**TENANT, "order_id": Text(), "payment_id": Text(), "since": INSTANT, "limit": Integer()},
)

OF_PAYMENTS = Statement.of(
    f"""
    {_BOOKS} JOIN unnest(CAST(:orders AS text[]), CAST(:payments AS text[])) AS t (order_id, payment_id)
        USING (order_id, payment_id)
    WHERE p.merchant = :merchant AND p.channel = :channel
    """,
    name="payment_books.of_payments",
    types={**TENANT, "orders": ARRAY(Text()), "payments": ARRAY(Text())},
)
