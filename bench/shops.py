"""Merchants for whom orders are made: each with keys and an account at Qliro of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from entrypoints.cli.sandbox import KEY, NORCE_TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One merchant with one channel. `key` is what its callers show, `norce_token` what Norce is shown."""

    name: str
    key: str
    norce_token: str
    api_key: str
    api_secret: str
    channel: str = "se"


SANDBOX: Final = Shop(
    name="sandbox", key=KEY, norce_token=NORCE_TOKEN, api_key="sandbox-key", api_secret="sandbox-secret"
)


def many(count: int) -> tuple[Shop, ...]:
    """So many."""
    return tuple(
        Shop(
            name=f"merchant-{number}",
            key=f"key-of-merchant-{number}",
            norce_token=f"norce-token-of-merchant-{number}",
            api_key=f"account-{number}",
            api_secret=f"secret-of-account-{number}",
        )
        for number in range(count)
    )


def settings_for(shops: Sequence[Shop]) -> dict[str, str]:
    """The adapter's settings with which it serves them, beside all who need no keys of their own."""
    if not shops:
        return {}
    keys = ",".join((KEY, *(f"{shop.name}:{shop.key}" for shop in shops)))
    tokens = msgspec.json.encode({shop.name: shop.norce_token for shop in shops}).decode()
    return {"inbound_keys": keys, "norce_tokens": tokens}
