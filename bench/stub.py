"""Norce and Qliro in one process that answers every call as it was answered when the run was recorded."""

import asyncio
import sys
from collections import defaultdict
from pathlib import Path

from aiohttp import web

from bench.plan import CONFIGURATION, Plan, load, plain

_DROPPED = {"content-length", "date", "server", "connection"}
Answers = dict[tuple[str, str, str], list[web.Response]]


class Stub:
    """Answers by request, method and target; several calls to one target get their answers in turn."""

    def __init__(self, plan: Plan, url: str) -> None:
        self._answers: dict[tuple[str, str, str], list[tuple[int, dict[str, str], bytes]]] = defaultdict(list)
        self._turns: dict[tuple[str, str, str], int] = {}
        self._configurations = {
            path: body.replace(plan.qliro_url.encode(), url.encode()) for path, body in plan.configurations.items()
        }
        for planned in (each for requests in plan.requests.values() for each in requests):
            for call in planned.calls:
                headers = {name: value for name, value in call.reply_headers.items() if name.lower() not in _DROPPED}
                self._answers[planned.name, call.method, call.target].append((call.status, headers, call.reply))

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """500 for what was not recorded."""
        if request.can_read_body:
            await request.read()
        target = str(request.rel_url)
        correlation = request.headers.get("x-correlation-id", "")
        answers = self._answers.get((plain(correlation), request.method, request.raw_path))
        if answers is None:
            return self._other(target)
        turn = 0
        if len(answers) > 1:
            place = (correlation, request.method, request.raw_path)
            turn = self._turns.get(place, 0)
            self._turns[place] = turn + 1
        status, headers, body = answers[min(turn, len(answers) - 1)]
        return web.Response(status=status, headers=headers, body=body)

    def _other(self, target: str) -> web.Response:
        if target == "/ready":
            return web.Response()
        if target.startswith(CONFIGURATION) and target in self._configurations:
            return web.Response(body=self._configurations[target], content_type="application/json")
        sys.stderr.write(f"not recorded: {target}\n")
        return web.Response(status=500)


async def _serve(plan: Plan, port: int) -> None:
    stub = Stub(plan, f"http://127.0.0.1:{port}")
    runner = web.ServerRunner(web.Server(stub.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(load(Path(sys.argv[1])), int(sys.argv[2])))
