"""Starting other Python processes that see the project as the tests do."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


async def python(*arguments: str) -> Process:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, cwd=ROOT, env=environment)


async def claimant(url: str, act: str, number: float) -> Process:
    return await python("-m", "tests.integration.persistence.claimant", url, act, str(number))
