"""Files of Telegram messages, from the Bot API.

Protocol: core.telegram.org/bots/api, "getFile". A file id is exchanged for a path that lives an
hour at least; files over 20 MB are not given out. The bot's token is part of every address, so
that none of them may be told to anybody.

Settings: `base_url` (default: Telegram's). Secret: `bot_token`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from recado.adapters.channels.http import base_url
from recado.adapters.channels.inputs import credential
from recado.adapters.channels.telegram import BASE_URL
from recado.adapters.media.http_download import MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError
from recado.domain.media import (
    MEGABYTE,
    MediaRefusedError,
    MediaUnavailableError,
)
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia

MAX_BYTES = 20 * MEGABYTE


class TelegramMedia:
    """Fetches what people sent to one bot."""

    def __init__(
        self, account: ChannelAccount, credentials: Mapping[str, str], http: MediaHttp
    ) -> None:
        self._token = quote(credential(credentials, "bot_token"), safe=":")
        self._base_url = base_url(account, BASE_URL)
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`. The answer's type says nothing: Telegram does not keep it."""
        if media.media_id is None:
            raise MediaRefusedError("no_address")
        limit = min(limit, MAX_BYTES)
        client = MediaClient(self._http, self._base_url)
        path = self._resolve(client, media.media_id, limit)
        url = f"{self._base_url}/file/bot{self._token}/{quote(path, safe='/')}"
        answer = client.send("GET", url, limit=limit, max_redirects=0).checked()
        return FetchedMedia(answer.content)

    def _resolve(self, client: MediaClient, file_id: str, limit: int) -> str:
        url = f"{self._base_url}/bot{self._token}/getFile"
        answer = client.send("POST", url, json={"file_id": file_id}, max_redirects=0)
        description = (answer.text("description") or "").lower()
        if answer.status == 400 and "too big" in description:
            raise MediaRefusedError("too_large")
        if answer.status == 400 and "temporarily unavailable" in description:
            raise MediaUnavailableError("http_400")
        if answer.status == 404:
            raise AccountError("http_404", "the bot's token is malformed")
        size = answer.checked().number("file_size", inside="result")
        if size is not None and size > limit:
            raise MediaRefusedError("too_large")
        path = answer.text("file_path", inside="result")
        if path is None or ".." in path.split("/"):
            raise MediaUnavailableError("no_address")
        return path
