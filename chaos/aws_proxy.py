"""Stands between the functions and AWS, and misbehaves as AWS does now and then."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, TCPConnector, web
from yarl import URL

from chaos.aws_faults import AwsFaults, Fault, InPart, in_part, refusal
from local.places import HOST

LARGEST_REQUEST = 16 * 1024 * 1024
_NOT_FORWARDED = {"connection", "content-length", "transfer-encoding"}
_NOT_ANSWERED = {*_NOT_FORWARDED, "content-encoding", "x-amz-crc32"}


class AwsProxy:
    """Forwards calls as they are, except for those that meet a fault."""

    def __init__(self, upstream: str, faults: AwsFaults) -> None:
        self._upstream = upstream
        self._faults = faults
        self._session: ClientSession

    def application(self) -> web.Application:
        """What serves it."""
        application = web.Application(client_max_size=LARGEST_REQUEST)
        application.router.add_route("*", "/{path:.*}", self._handle)
        application.cleanup_ctx.append(self._connections)
        return application

    async def _connections(self, _: web.Application) -> Any:
        async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:
            self._session = session
            yield

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        operation = request.headers.get("X-Amz-Target")
        if operation is None:
            return await self._forward(request, body)
        call_id = request.headers.get("amz-sdk-invocation-id", uuid4().hex)
        match self._faults.of(operation, call_id):
            case None:
                return await self._forward(request, body)
            case Fault.LOST_BEFORE:
                return _hang_up(request)
            case Fault.LOST_AFTER:
                await self._forward(request, body)
                return _hang_up(request)
            case Fault.IN_PART:
                part = in_part(operation, json.loads(body), self._faults.entry)
                return await self._forward_in_part(request, part)
            case fault:
                refused = refusal(operation, fault)
                return web.json_response(refused.body, status=refused.status)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        url = URL(f"{self._upstream}{request.raw_path}", encoded=True)
        headers = {n: v for n, v in request.headers.items() if n.casefold() not in _NOT_FORWARDED}
        async with self._session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            kept = {n: v for n, v in answer.headers.items() if n.casefold() not in _NOT_ANSWERED}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    async def _forward_in_part(self, request: web.Request, part: InPart) -> web.Response:
        answer: dict[str, Any] = {}
        status = 200
        if _asks_for_something(part.request):
            forwarded = await self._forward(request, json.dumps(part.request).encode())
            status = forwarded.status
            answer = json.loads(forwarded.body or b"{}")  # type: ignore[arg-type]
        if status == 200:
            answer = part.completed(answer)
        return web.json_response(answer, status=status)


def _asks_for_something(request: Mapping[str, Any]) -> bool:
    return any(request.get(name) for name in ("Entries", "Statements", "RequestItems"))


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@contextmanager
def running(upstream: str, faults: AwsFaults) -> Iterator[str]:
    """Its address, while it runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="aws-proxy", daemon=True)
    thread.start()
    runner = web.AppRunner(AwsProxy(upstream, faults).application(), access_log=None)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
