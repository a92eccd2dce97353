"""The page at / that shows every message as the recipient's phone would."""

from pathlib import Path

from aiohttp import hdrs, web

from local.simulator.messages import MessageStore

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
# A mail is somebody else's HTML: no script, no form, nothing fetched, whoever opens it.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Page:
    """Serves the page, its two files and the HTML of mails."""

    def __init__(self, messages: MessageStore) -> None:
        self._messages = messages

    def routes(self) -> list[web.AbstractRouteDef]:
        """The page and what it loads."""
        return [
            web.get("/", self.show),
            web.get("/_sim/messages/{id}/html", self.show_mail),
            web.static("/static", STATIC),
        ]

    async def show(self, _: web.Request) -> web.StreamResponse:
        """The wall of phones."""
        return web.FileResponse(
            STATIC / "index.html",
            headers={"Content-Security-Policy": PAGE_POLICY, hdrs.CACHE_CONTROL: "no-cache"},
        )

    async def show_mail(self, request: web.Request) -> web.Response:
        """The HTML part of a mail, to be framed."""
        message = self._messages.get(request.match_info["id"])
        if message is None or message.html is None:
            return web.Response(status=404, text="There is no such HTML mail")
        return web.Response(
            text=message.html,
            content_type="text/html",
            headers={"Content-Security-Policy": MAIL_POLICY},
        )
