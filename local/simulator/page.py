"""The page at / that shows every conversation as the person's phone would."""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import hdrs, web

from local.simulator.inbound_messages import InboundStore
from local.simulator.messages import Message, MessageStore
from local.simulator.problems import refused
from local.simulator.revisions import Revisions
from local.simulator.webhooks.calls import WebhookProvider

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
# A mail is somebody else's HTML: no script, no form, nothing fetched, whoever opens it.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Page:
    """Serves the page, its two files, what changes on it, and the HTML of mails."""

    def __init__(
        self,
        messages: MessageStore,
        inbound: InboundStore,
        revisions: Revisions,
        webhooks: Mapping[str, WebhookProvider],
    ) -> None:
        self._messages = messages
        self._inbound = inbound
        self._revisions = revisions
        self._webhooks = webhooks

    def routes(self) -> list[web.AbstractRouteDef]:
        """The page and what it loads."""
        return [
            web.get("/", self.show),
            web.get("/_sim/changes", self.list_changes),
            web.get("/_sim/messages/{id}/html", self.show_mail),
            web.static("/static", STATIC),
        ]

    async def show(self, _: web.Request) -> web.StreamResponse:
        """The wall of phones."""
        return web.FileResponse(
            STATIC / "index.html",
            headers={"Content-Security-Policy": PAGE_POLICY, hdrs.CACHE_CONTROL: "no-cache"},
        )

    async def list_changes(self, request: web.Request) -> web.Response:
        """What was sent, told and answered since a change (`after`, 0 for all), oldest first.

        `revision` is for the next call; after a new `epoch` the watcher starts from 0. A message
        has in `receipts` what its provider could still be made to tell of it.
        """
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdecimal()):
            return refused(400, "after", "must be a number")
        return web.json_response(
            {
                "epoch": self._messages.epoch,
                "revision": self._revisions.newest,
                "messages": [self._shown(sent) for sent in self._messages.changed(int(after))],
                "inbound": [said.to_json() for said in self._inbound.changed(int(after))],
            }
        )

    def _shown(self, message: Message) -> dict[str, object]:
        webhooks = self._webhooks.get(message.provider)
        receipts = list(webhooks.statuses(message)) if webhooks else []
        return {**self._messages.shown(message), "receipts": receipts}

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
