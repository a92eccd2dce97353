"""Files of SMS and WhatsApp messages, from Twilio.

Protocol: twilio.com/docs/messaging/api/media-resource. A file's address is at Twilio's API, wants
the account's credentials and leads to another host, which must not get them.

Settings and secret as in `channels/twilio.py`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from recado.adapters.channels.http import base_url
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.channels.twilio import BASE_URL
from recado.adapters.media.http_download import MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.media import MediaRefusedError
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia


class TwilioMedia:
    """Fetches with one account's credentials."""

    def __init__(
        self, account: ChannelAccount, credentials: Mapping[str, str], http: MediaHttp
    ) -> None:
        pair = f"{setting(account, 'account_sid')}:{credential(credentials, 'auth_token')}"
        self._headers = {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        self._base_url = base_url(account, BASE_URL)
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`."""
        if media.url is None:
            raise MediaRefusedError("no_address")
        client = MediaClient(self._http, self._base_url)
        if not client.is_own(media.url):
            raise MediaRefusedError("foreign_host")
        answer = client.send("GET", media.url, limit=limit, headers=self._headers).checked()
        return FetchedMedia(answer.content, answer.mime_type)
