"""One process that explains pay-outs: database and upstreams opened, and the acts of a run on top."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.http_observer import Exchange
from adapters.observability.operator_log import OperatorLog
from adapters.persistence.store import Store, open_store
from adapters.qliro.settlements import QliroSettlements
from adapters.system import SystemClock
from application.collect_settlements import CollectSettlements
from application.explain_settlements import ExplainSettlements, Question, SettlementReport
from application.ports.settlement_spool import SettlementSpool
from application.record_settlements import RecordSettlements
from application.settled_rows import SettledRows
from application.settlement_accounts import FindPayees
from application.settlement_progress import Tracker, Watch
from domain.errors import StoreUnavailable
from entrypoints.container import Container
from entrypoints.running import database
from entrypoints.settings import Settings, SettingsError

_REPORT_SECONDS = 60.0


class CountingLog(OperatorLog):
    """Also counts the calls to each upstream."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: Counter[str] = Counter()

    def __call__(self, exchange: Exchange) -> None:
        self.requests[exchange.upstream] += 1
        super().__call__(exchange)


@dataclass(frozen=True, slots=True)
class Settler:
    """Everything opened; `explain` may be called more than once."""

    store: Store
    container: Container
    log: CountingLog
    reports: QliroSettlements

    async def explain(
        self, question: Question, spool: SettlementSpool, *, who: str, lookups: bool = True, watch: Watch | None = None
    ) -> SettlementReport:
        """The report; `lookups` allows asking for an order's rows. See RecordSettlements."""
        made, books, tracker = self.container, self.store.payment_books, Tracker(watch)
        explain = ExplainSettlements(
            FindPayees(books, made.configurations()),
            CollectSettlements(self.reports, tracker),
            books,
            SettledRows(made.provider(), ask=lookups),
            self.log.requests,
            tracker,
        )
        record = RecordSettlements(explain, self.store.reconciliations, made.clock(), made.ids())
        return await record(question, spool, who=who)


@asynccontextmanager
async def settler(settings: Settings) -> AsyncIterator[Settler]:
    """Database and upstreams, opened. Raises SettingsError before that, StoreUnavailable without a usable database."""
    if not settings.norce_configuration_url.strip():
        raise SettingsError(("ADAPTER_NORCE_CONFIGURATION_URL", "is required"))
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        name = "norce-qliro-adapter settlements"
        store = open_store(url, clock=SystemClock(), pool_size=4, application_name=name)
        stack.push_async_callback(store.close)
        if not await store.schema_is_current():
            raise StoreUnavailable("The schema is not the newest: run qliro-adapter migrate.")
        container = Container(settings=settings, payments=store.payments, inbox=store.inbox, outbox=store.outbox)
        container.wake.override(lambda: None)
        log = CountingLog()
        container.observer.override(log)
        for transport in (container.configuration_transport(), container.qliro_transport()):
            await transport.open()
            stack.push_async_callback(transport.close)
        stack.push_async_callback(container.configurations().close)
        reports = QliroSettlements(
            container.qliro_transport(),
            allowed_hosts=settings.qliro_origins(),
            seconds=max(_REPORT_SECONDS, settings.qliro_timeout_seconds),
        )
        yield Settler(store, container, log, reports)
