"""A plain address for the laptop's HTTP API: forwards each request with the API's host name."""

import argparse
from collections.abc import AsyncIterator

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.places import HOST

_MAXIMUM_BODY = 10 * 1024 * 1024  # the HTTP API's own limit
_TIMEOUT = ClientTimeout(total=90)  # the HTTP API gives up after 30 s; two busy cores take longer
_OF_ONE_CONNECTION = (
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "host", "content-length"),
)


class Proxy:
    """Forwards to the API that `upstream` serves under the host name `api_host`."""

    def __init__(self, upstream: str, api_host: str) -> None:
        self._upstream = upstream
        self._api_host = api_host
        self._session: ClientSession

    def application(self) -> web.Application:
        """The server's application."""
        app = web.Application(client_max_size=_MAXIMUM_BODY)
        app.cleanup_ctx.append(self._open_session)
        # Any path, also one with a line break in it, which a dot does not stand for.
        app.router.add_route("*", r"/{path:[\s\S]*}", self._forward)
        return app

    async def _open_session(self, _: web.Application) -> AsyncIterator[None]:
        # What arrives is what is passed on, both ways.
        async with ClientSession(
            timeout=_TIMEOUT,
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
            skip_auto_headers=["Accept", "Accept-Encoding", "Content-Type", "User-Agent"],
        ) as self._session:
            yield

    async def _forward(self, request: web.Request) -> web.Response:
        headers = _passed_on(request.headers)
        headers["Host"] = self._api_host
        try:
            async with self._session.request(
                request.method,
                URL(self._upstream + request.raw_path, encoded=True),
                headers=headers,
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    headers=_passed_on(answer.headers),
                    body=await answer.read(),
                )
        except (ClientError, TimeoutError):
            return web.json_response({"message": "Service Unavailable"}, status=503)


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    passed_on = headers.copy()
    for name in _OF_ONE_CONNECTION:
        passed_on.popall(name, None)
    return passed_on


def main() -> None:
    """Serve until the process is stopped."""
    arguments = argparse.ArgumentParser(prog="python -m local.proxy", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--upstream", required=True, help="URL of MiniStack")
    arguments.add_argument("--host", required=True, help="host name of the HTTP API")
    given = arguments.parse_args()
    proxy = Proxy(given.upstream, given.host)
    web.run_app(proxy.application(), host=HOST, port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
