"""A line in Norce's log for every time that an order is opened again (norce.md c.2)."""

from application.ports.platform import CheckoutPlatform, TransactionEntry
from domain.identifiers import PaymentKey


async def log_reopening(
    platform: CheckoutPlatform, key: PaymentKey, *, amount: int, mark: str | int, again: bool
) -> None:
    """`mark` is what tells this time from others, `amount` what is to be paid now (minor units).

    With `again` the line may be there already, and is looked for first.
    """
    entry = TransactionEntry(
        event="reopen", psp_event="reopen", amount=amount, success=True, key=f"{key.payment_id}:reopen:{mark}"
    )
    if again and entry.key in await platform.transaction_keys(key.order, key.payment_id):
        return
    await platform.log_transaction(key.order, key.payment_id, entry)
