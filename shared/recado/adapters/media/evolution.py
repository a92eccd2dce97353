"""Files of WhatsApp messages, from an Evolution API v2 server.

Protocol: doc.evolution-api.com, "Get base64 from media message", and the server's source
(github.com/evolution-foundation/evolution-api). A server that keeps files in a bucket names an
address; any server gives a file out by its message's id, as long as it keeps messages.

Settings and secret as in `channels/evolution.py`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import quote

from recado.adapters.channels.http import base_url
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.media.http_download import MAX_ANSWER, MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.media import (
    MediaExpiredError,
    MediaRefusedError,
    MediaUnavailableError,
)
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia


class EvolutionMedia:
    """Fetches through one instance of an Evolution API server."""

    def __init__(
        self, account: ChannelAccount, credentials: Mapping[str, str], http: MediaHttp
    ) -> None:
        self._headers = {"apikey": credential(credentials, "api_key")}
        self._base_url = base_url(account)
        instance = quote(setting(account, "instance"), safe="")
        self._url = f"{self._base_url}/chat/getBase64FromMediaMessage/{instance}"
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`. Where the bucket's address does not serve, the server may."""
        client = MediaClient(self._http, self._base_url)
        if media.url is not None:
            try:
                answer = client.send("GET", media.url, limit=limit).checked()
            except (MediaExpiredError, MediaRefusedError) as error:
                if media.media_id is None or error.reason == "too_large":
                    raise
            else:
                return FetchedMedia(answer.content, answer.mime_type)
        if media.media_id is None:
            raise MediaRefusedError("no_address")
        return self._by_message(client, media.media_id, limit)

    def _by_message(self, client: MediaClient, message_id: str, limit: int) -> FetchedMedia:
        question = {"message": {"key": {"id": message_id}}, "convertToMp4": False}
        answer = client.send(
            "POST",
            self._url,
            # Four signs of base64 for three bytes, and what stands around them.
            limit=limit * 4 // 3 + MAX_ANSWER,
            headers=self._headers,
            json=question,
            max_redirects=0,
        )
        if answer.status == 400:
            # The server has no codes: it does not know the message, or no longer has its file.
            raise MediaExpiredError("http_400")
        encoded = answer.checked().text("base64")
        if encoded is None:
            raise MediaUnavailableError("no_file_in_answer")
        try:
            content = b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise MediaUnavailableError("no_file_in_answer") from None
        if len(content) > limit:
            raise MediaRefusedError("too_large")
        return FetchedMedia(content, answer.text("mimetype") or "")
