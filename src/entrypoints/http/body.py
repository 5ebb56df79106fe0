"""The bytes that a caller sent: bounded in size and time, unpacked when they came packed.

The server underneath is told not to unpack: it takes a packed body that was cut short for a shorter one, and nothing at
all for "everything that is left to capture".
"""

import asyncio
import zlib

from aiohttp import web

from domain.errors import ValidationRefused

MOST_BODY_BYTES = 1024 * 1024
PATIENCE_SECONDS = 20.0
_PLAIN = frozenset({"", "identity", "utf-8", "utf8"})
"""A character set is no coding, but it is a common slip and changes nothing."""
_PACKED = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""The windows to try: what calls itself deflate comes with the header of zlib and without."""


class UnreadableBody(Exception):
    """The body is not what its headers say, or broke off."""


async def body_of(request: web.Request) -> bytes:
    """The whole body as it was meant, at most MOST_BODY_BYTES of it.

    Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout, UnreadableBody, ValidationRefused naming the header, or
    aiohttp's RequestPayloadError.
    """
    coding = ",".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    if coding not in _PLAIN and coding not in _PACKED:
        raise ValidationRefused("Header Content-Encoding must be gzip, deflate or identity.")
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BODY_BYTES, request.content_length or 0)
    raw = await (request.read() if request.content.is_eof() else _arriving(request))
    return _unpacked(raw, _PACKED[coding]) if raw and coding in _PACKED else raw


async def _arriving(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body did not arrive in time.") from None
    except ConnectionError:
        raise UnreadableBody from None


def _unpacked(raw: bytes, windows: tuple[int, ...]) -> bytes:
    for window in windows:
        unpacking = zlib.decompressobj(window)
        try:
            plain = unpacking.decompress(raw, MOST_BODY_BYTES + 1)
        except zlib.error:
            continue
        if len(plain) > MOST_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BODY_BYTES, len(plain))
        if unpacking.eof and not unpacking.unused_data:
            return plain
    raise UnreadableBody
