"""A database for measurements, and very many payments in it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.persistence.embedded import embedded_server
from adapters.persistence.migrate import upgrade


@asynccontextmanager
async def database() -> AsyncIterator[tuple[str, Path]]:
    """A fresh embedded PostgreSQL with its default settings, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-bench-") as folder:
        os.chmod(folder, 0o755)  # the server may run as another user, with a closed folder inside
        place = Path(folder)
        async with embedded_server(place / "database") as url:
            await asyncio.to_thread(upgrade, url)
            yield url, place
