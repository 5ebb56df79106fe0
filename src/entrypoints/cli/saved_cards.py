"""Cards that Qliro keeps for merchants."""

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from cyclopts import App, Parameter

from entrypoints.cli.usage import WrongUsage

if TYPE_CHECKING:
    from application.forget_card import ForgetCard
    from entrypoints.settings import Settings

app = App(name="saved-cards", help="Cards that Qliro keeps for merchants.", result_action="return_value")


@app.command
def remove(
    token: Annotated[
        str, Parameter(name="TOKEN", allow_leading_hyphen=True, help="The card's token, or - to read it from stdin.")
    ] = "",
    /,
    *,
    merchant: Annotated[str, Parameter(help="Whose card it is.")],
    channel: Annotated[str, Parameter(help="The channel whose configuration names the account at Qliro.")],
    order: Annotated[str, Parameter(help="Instead of the token: the order whose payment keeps the card.")] = "",
    payment: Annotated[str, Parameter(help="Of several payments on the order, this one.")] = "",
) -> int:
    """Have Qliro forget a card for good; renewals with its token are refused from then on.

    Tokens given as arguments stay in the shell's history: prefer --order, or - and stdin.
    Exit status: 0 removed, 1 refused or not known, 2 wrong usage or settings.
    """
    from entrypoints.settings import load

    if bool(token) == bool(order) or (payment and not order):
        raise WrongUsage("Give either a TOKEN or --order (and, with it, --payment).")
    given = _guid(sys.stdin.readline() if token == "-" else token) if token else ""
    settings = load()
    settings.require_upstreams()
    return asyncio.run(_remove(settings, merchant, channel, given, order, payment))


def _guid(text: str) -> str:
    try:
        return str(UUID(text.strip()))
    except ValueError:
        raise WrongUsage("TOKEN is not a GUID, as the tokens of saved cards are.") from None


async def _remove(settings: "Settings", merchant: str, channel: str, token: str, order: str, payment: str) -> int:
    from domain.errors import AdapterError
    from domain.identifiers import OrderKey, Tenant

    async with AsyncExitStack() as stack:
        forget = await _wired(stack, settings)
        try:
            if token:
                await forget(Tenant(merchant, channel), token)
            else:
                kept = await forget.of_order(OrderKey(merchant, channel, order), payment)
                print(f"Payment {kept} of order {order} names the card.")
        except AdapterError as failure:
            print(f"Not removed: {failure.message} ({failure.code})", file=sys.stderr)
            return 1
    print("Removed: Qliro has forgotten the card.")
    return 0


async def _wired(stack: AsyncExitStack, settings: "Settings") -> "ForgetCard":
    """Without a database: none is needed to forget something."""
    from adapters.observability.logging import configure_logging
    from application.forget_card import ForgetCard
    from entrypoints.container import Container

    configure_logging("error", settings.log_format)
    container = Container(settings=settings)
    for transport in (container.norce_transport(), container.configuration_transport(), container.qliro_transport()):
        await transport.open()
        stack.push_async_callback(transport.close)
    stack.push_async_callback(container.configurations().close)
    return ForgetCard(container.platform(), container.provider(), container.configurations())
