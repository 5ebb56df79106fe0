"""The HTTP application over the use cases."""

from collections.abc import Mapping

from aiohttp import web

from entrypoints.http.acts import ACTS, Acts
from entrypoints.http.body import MOST_BODY_BYTES
from entrypoints.http.configuration_pages import configuration_routes
from entrypoints.http.docs_pages import docs_routes
from entrypoints.http.edge import OBSERVER, RequestObserver, edge
from entrypoints.http.health import Check, health_routes
from entrypoints.http.metrics import metrics_routes
from entrypoints.http.routes import api_routes


def build_app(
    acts: Acts,
    observer: RequestObserver,
    *,
    checks: Mapping[str, Check] | None = None,
    metrics_key: str = "",
    public_url: str = "",
) -> web.Application:
    """Routes and the edge around them; opens and closes nothing."""
    app = web.Application(middlewares=[edge(observer)], client_max_size=MOST_BODY_BYTES)
    app[ACTS], app[OBSERVER] = acts, observer
    app.add_routes(api_routes())
    app.add_routes(health_routes(checks or {}))
    app.add_routes(docs_routes())
    app.add_routes(configuration_routes(public_url))
    app.add_routes(metrics_routes(metrics_key))
    return app


def build_watched_app(observer: RequestObserver, *, checks: Mapping[str, Check], metrics_key: str) -> web.Application:
    """What a process without an API shows of itself: its health and its metrics."""
    app = web.Application(middlewares=[edge(observer)], client_max_size=MOST_BODY_BYTES)
    app.add_routes(health_routes(checks))
    app.add_routes(metrics_routes(metrics_key))
    return app
