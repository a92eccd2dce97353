"""Where the product fetches the files that people sent.

Meta's own end points are in its provider's module; here are those of the others, and the plain
addresses that Messenger, Instagram and Evolution give out.
"""

import base64
import json

from aiohttp import hdrs, web

from local.simulator.accounts import Accounts
from local.simulator.media import MediaFile, MediaStore


class MediaDownloads:
    """Serves files under each provider's rules: 401 without its login, 404 when there is none."""

    def __init__(self, accounts: Accounts, media: MediaStore) -> None:
        self._accounts = accounts
        self._media = media

    def routes(self) -> list[web.RouteDef]:
        """The end points of the providers that there are."""
        routes = [web.get("/media/{media_id}", self.plain)]
        if self._accounts.twilio:
            path = "/twilio/2010-04-01/Accounts/{sid}/Messages/{message}/Media/{media_id}"
            routes.append(web.get(path, self.twilio))
        if self._accounts.slack:
            routes.append(web.get("/slack/files-pri/{media_id}/download", self.slack))
        if self._accounts.evolution:
            path = "/evolution/chat/getBase64FromMediaMessage/{instance}"
            routes.append(web.post(path, self.evolution))
        return routes

    async def plain(self, request: web.Request) -> web.Response:
        """The bytes, for whoever knows the address."""
        return self._file(request)

    async def twilio(self, request: web.Request) -> web.Response:
        """With Twilio's login: a redirect to where files are, which asks for none."""
        account = self._accounts.twilio
        if account is None or request.headers.get(hdrs.AUTHORIZATION) != _basic(
            account.account_sid, account.auth_token
        ):
            return web.Response(status=401)
        media_id = request.match_info["media_id"]
        if self._media.get(media_id) is None:
            return web.Response(status=404)
        location = f"{request.url.origin()}/media/{media_id}"
        return web.Response(status=307, headers={hdrs.LOCATION: location})

    async def slack(self, request: web.Request) -> web.Response:
        """With the app's token; without it Slack shows its login page, and says 200."""
        account = self._accounts.slack
        if account is None or request.headers.get(hdrs.AUTHORIZATION) != (
            f"Bearer {account.bot_token}"
        ):
            return web.Response(text="<html><body>Sign in</body></html>", content_type="text/html")
        return self._file(request)

    async def evolution(self, request: web.Request) -> web.Response:
        """The file of a message, which the request names, as base64."""
        account = self._accounts.evolution
        if account is None or request.headers.get("apikey") != account.api_key:
            return web.json_response({"status": 401, "error": "Unauthorized"}, status=401)
        file = self._media.of_message(_message_id(await request.read()))
        if file is None:
            error = {"status": 400, "error": "Bad Request", "response": {"message": ["not found"]}}
            return web.json_response(error, status=400)
        return web.json_response(
            {
                "mediaType": f"{file.mime_type.partition('/')[0]}Message",
                "fileName": file.file_name,
                "mimetype": file.mime_type,
                "base64": base64.b64encode(file.content).decode(),
            },
            status=201,
        )

    def _file(self, request: web.Request) -> web.Response:
        file = self._media.get(request.match_info["media_id"])
        if file is None:
            return web.Response(status=404)
        return file_response(file)


def file_response(file: MediaFile) -> web.Response:
    """A file as it is: whoever opens it in a browser gets a download, not a page."""
    return web.Response(
        body=file.content,
        headers={
            hdrs.CONTENT_TYPE: file.mime_type,
            hdrs.CONTENT_DISPOSITION: "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _message_id(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"]["key"]["id"])
    except (ValueError, KeyError, TypeError):
        return ""
