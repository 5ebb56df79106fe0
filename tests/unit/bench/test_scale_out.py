"""How the costs of two processes are told."""

import asyncio
import os
import sys

from bench.processes import children, parent, processor_seconds
from bench.scale_out import Costs, Shared, by_turns, grown


def test_two_processes_get_every_other_request() -> None:
    assert by_turns([b"a", b"b", b"c"]) == ([b"a", b"c"], [b"b"])


def test_a_server_grows_by_what_its_processes_used_new_ones_included() -> None:
    assert grown({1: 2.0, 2: 5.0}, {1: 2.5, 3: 0.25}) == 0.75


def test_ratios_are_of_the_best_rounds() -> None:
    shared = Shared(one=Costs([10, 14]), two=Costs([30, 15]), alone=Costs([10, 8]), beside=Costs([9, 10]))
    assert shared.on_one_core == 1.5
    assert shared.on_two_cores == 9 / 8


async def test_processes_are_found_by_who_started_them_and_tell_what_they_used() -> None:
    code = "import sys; sum(range(3_000_000)); print(flush=True); sys.stdin.read()"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        assert process.pid in children(os.getpid())
        assert parent(process.pid) == os.getpid()
        assert processor_seconds(process.pid) > 0.01
    finally:
        await process.communicate(b"")
    assert process.pid not in children(os.getpid())
