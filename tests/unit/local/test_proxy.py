"""The plain address of the HTTP API passes on exactly what it gets."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer, unused_port
from yarl import URL

from local.proxy import Proxy

pytestmark = pytest.mark.enable_socket

API_HOST = "abc123.execute-api.localhost:4566"

type Requester = Callable[[TestClient], Awaitable[None]]


async def _echo(request: web.Request) -> web.Response:
    """Tells in headers and body what arrived."""
    response = web.Response(status=418, body=await request.read())
    response.headers["X-Host"] = request.headers["Host"]
    response.headers["X-Path"] = request.raw_path
    response.headers["X-Signature"] = request.headers.get("X-Signature", "")
    response.headers.add("Set-Cookie", "a=1")
    response.headers.add("Set-Cookie", "b=2")
    return response


def through_the_proxy(ask: Requester) -> None:
    """Let a client ask the proxy, behind which the echo answers."""

    async def run() -> None:
        upstream_application = web.Application()
        upstream_application.router.add_route("*", r"/{path:[\s\S]*}", _echo)
        async with TestServer(upstream_application, host="127.0.0.1") as upstream:
            proxy = Proxy(str(upstream.make_url("")).rstrip("/"), API_HOST).application()
            async with TestClient(TestServer(proxy, host="127.0.0.1")) as client:
                await ask(client)

    asyncio.run(run())


def test_the_api_is_named_and_the_path_stays_as_it_was_written() -> None:
    async def ask(client: TestClient) -> None:
        url = str(client.make_url("/")) + "api/v1/a%2Fb%0Ac/?tag=a&tag=b%20c"
        async with ClientSession() as session, session.get(URL(url, encoded=True)) as answer:
            assert answer.headers["X-Host"] == API_HOST
            assert answer.headers["X-Path"] == "/api/v1/a%2Fb%0Ac/?tag=a&tag=b%20c"

    through_the_proxy(ask)


def test_bodies_and_headers_pass_unchanged_both_ways() -> None:
    body = bytes(range(256))

    async def ask(client: TestClient) -> None:
        answer = await client.post("/api/x", data=body, headers={"X-Signature": "sha256=1"})
        assert answer.status == 418
        assert await answer.read() == body
        assert answer.headers["X-Signature"] == "sha256=1"
        assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]

    through_the_proxy(ask)


def test_an_api_that_is_away_is_answered_like_the_gateway_does() -> None:
    async def run() -> None:
        proxy = Proxy(f"http://127.0.0.1:{unused_port()}", API_HOST).application()
        async with TestClient(TestServer(proxy, host="127.0.0.1")) as client:
            answer = await client.get("/api/x")
            assert answer.status == 503
            assert await answer.json() == {"message": "Service Unavailable"}

    asyncio.run(run())
