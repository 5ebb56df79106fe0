"""Letters to Norce and callbacks from Qliro that wait: look at them, hand them back."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from entrypoints.cli.usage import WrongUsage

if TYPE_CHECKING:
    from adapters.persistence.store import Store
    from application.ports.post_office import Choice

State = Literal["troubled", "parked", "waiting", "all"]
Format = Literal["table", "json"]

app = App(
    name="messages",
    help="Letters to Norce and callbacks from Qliro that wait: look at them, hand them back.",
    result_action="return_value",
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which messages are meant; without any, those that are parked or failing."""

    merchant: Annotated[str, Parameter(help="Only this merchant's.")] = ""
    channel: Annotated[str, Parameter(help="Only this channel's.")] = ""
    order: Annotated[str, Parameter(help="Only those about this order.")] = ""
    kind: Annotated[str, Parameter(help="`letter`, `callback`, or a kind such as `report-payment`.")] = ""
    state: Annotated[State, Parameter(help="`troubled` = parked or failing; `waiting` = not parked.")] = "troubled"


_NO_FILTERS = Filters()


@app.command(name="list")
def show_list(
    *,
    filters: Filters = _NO_FILTERS,
    limit: Annotated[int, Parameter(help="The oldest so many.")] = 50,
    format: Annotated[Format, Parameter(help="`table` or `json`.")] = "table",
) -> int:
    """List messages that wait, the oldest first."""
    from application.list_messages import ListMessages
    from entrypoints.cli.messages_shown import show_messages

    async def act(store: "Store") -> int:
        found = await ListMessages(store.post_office)(_choice(filters), limit=max(1, limit))
        show_messages(found, as_json=format == "json", full=len(found) < limit)
        return 0

    return _with_store(act)


@app.command
def show(
    message_id: Annotated[str, Parameter(name="ID", help="As `list` shows it.")],
    /,
    *,
    format: Annotated[Format, Parameter(help="`table` or `json`.")] = "table",
) -> int:
    """Show one message in full, without secrets and personal data."""
    from application.list_messages import ListMessages
    from entrypoints.cli.messages_shown import show_message

    async def act(store: "Store") -> int:
        found = await ListMessages(store.post_office).one(message_id)
        if found is None:
            return _failed(f"Nothing with the id {message_id} is open: it is done, or was never there.")
        show_message(found, as_json=format == "json")
        return 0

    return _with_store(act)


@app.command
def retry(
    *ids: Annotated[str, Parameter(name="ID", help="As `list` shows them.")],
    all_of_them: Annotated[bool, Parameter(name="--all", negative=(), help="All that the filters choose.")] = False,
    filters: Filters = _NO_FILTERS,
) -> int:
    """Make messages due at once, the parked ones too; each gets a try, and is parked again when it fails for good."""
    from application.retry_message import RetryMessage

    if bool(ids) == all_of_them:
        raise WrongUsage("Give either ids or --all.")
    if ids and filters != _NO_FILTERS:
        raise WrongUsage("Filters go with --all only.")

    async def act(store: "Store") -> int:
        hand_back = RetryMessage(store.post_office)
        done = await (hand_back.all(_choice(filters)) if all_of_them else hand_back(ids))
        print(f"{done.count} due again.")
        if done.unknown:
            return _failed(f"Nothing is open with the id {', '.join(done.unknown)}.")
        return 0

    return _with_store(act)


def _choice(filters: Filters) -> "Choice":
    from application.ports.post_office import TROUBLED, Choice, Standing

    standings = {
        "troubled": TROUBLED,
        "parked": frozenset({Standing.PARKED}),
        "waiting": frozenset({Standing.WAITING, Standing.FAILING}),
        "all": frozenset(Standing),
    }
    return Choice(
        merchant=filters.merchant,
        channel=filters.channel,
        order_id=filters.order,
        kind=filters.kind,
        standings=standings[filters.state],
    )


def _with_store(act: "Callable[[Store], Awaitable[int]]") -> int:
    """Do it with the database that the settings name; 1 when that is not there."""
    from adapters.persistence.embedded import EmbeddedServerError
    from domain.errors import AdapterError

    async def run() -> int:
        async with _store() as store:
            return await act(store)

    try:
        return asyncio.run(run())
    except (AdapterError, EmbeddedServerError, OSError) as failure:
        return _failed(f"{failure} `qliro-adapter doctor` tells more.")


@asynccontextmanager
async def _store() -> "AsyncIterator[Store]":
    from adapters.persistence.embedded import embedded_server
    from adapters.persistence.store import open_store
    from adapters.system import SystemClock
    from entrypoints.settings import load

    settings = load()
    async with AsyncExitStack() as stack:
        url = settings.database_url
        url = url or await stack.enter_async_context(embedded_server(Path(settings.data_dir)))
        store = open_store(url, clock=SystemClock(), pool_size=1, application_name="norce-qliro-adapter messages")
        stack.push_async_callback(store.close)
        yield store


def _failed(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1
