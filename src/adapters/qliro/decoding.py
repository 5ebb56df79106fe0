"""An answer of Qliro's becomes one of our values, or a provider who cannot be understood: never a guess."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from adapters.qliro.wire import UNREADABLE
from domain.errors import InvalidAmount, ProviderUnavailable

Decoded = TypeVar("Decoded")


def decoded(decoder: msgspec.json.Decoder[Decoded], raw: bytes, what: str) -> Decoded:
    """The document that was answered. Raises ProviderUnavailable when it is no `what`."""
    if b"\\u0000" in raw:
        raise ProviderUnavailable(f"Qliro answered something that is no {what}: it contains NUL characters.")
    try:
        return decoder.decode(raw)
    except UNREADABLE as wrong:
        reason = str(wrong) if isinstance(wrong, msgspec.ValidationError) else "it is not readable JSON"
        raise ProviderUnavailable(f"Qliro answered something that is no {what}: {reason}.") from None


def sensible(build: Callable[[], Decoded]) -> Decoded:
    """What is built of a document. Raises ProviderUnavailable when an amount, quantity or currency in it cannot be."""
    try:
        return build()
    except InvalidAmount:
        raise ProviderUnavailable("Qliro answered with an amount, quantity or currency that cannot be one.") from None
