"""Files of Messenger and Instagram messages, from Meta's content delivery network.

Protocol: developers.facebook.com/docs/messenger-platform, "Webhook Reference: messages". An
attachment's address carries its own permission, which runs out, so no credentials go with it.

Settings: `base_url` (default: Meta's).
"""

from __future__ import annotations

from collections.abc import Mapping

from recado.adapters.channels.http import base_url
from recado.adapters.media.http_download import MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.media import MediaRefusedError
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia

BASE_URL = "https://graph.facebook.com/v25.0"

HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
"""Meta's domains for what people upload."""


class MessengerMedia:
    """Fetches what people sent to one page or Instagram account."""

    def __init__(self, account: ChannelAccount, _: Mapping[str, str], http: MediaHttp) -> None:
        self._base_url = base_url(account, BASE_URL)
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`."""
        if media.url is None:
            raise MediaRefusedError("no_address")
        client = MediaClient(self._http, self._base_url)
        answer = client.send("GET", media.url, limit=limit, hosts=HOSTS).checked()
        return FetchedMedia(answer.content, answer.mime_type)
