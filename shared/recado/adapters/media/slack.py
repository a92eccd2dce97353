"""Files of Slack messages.

Protocol: docs.slack.dev, "file" object: `url_private` wants the bot's token, which needs the scope
`files:read`. Without it Slack sends browsers to its login page, as a redirect or as HTML.

Settings: `base_url` (default: Slack's). Secret: `bot_token`.
"""

from __future__ import annotations

from collections.abc import Mapping

from recado.adapters.channels.http import base_url
from recado.adapters.channels.inputs import credential
from recado.adapters.channels.slack import BASE_URL
from recado.adapters.media.http_download import MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError
from recado.domain.media import MediaRefusedError
from recado.domain.media_types import plain_type
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia

HOSTS = ("files.slack.com",)
"""Where Slack gives files out: the token goes nowhere else."""


class SlackMedia:
    """Fetches with one workspace's token."""

    def __init__(
        self, account: ChannelAccount, credentials: Mapping[str, str], http: MediaHttp
    ) -> None:
        self._headers = {"authorization": f"Bearer {credential(credentials, 'bot_token')}"}
        self._base_url = base_url(account, BASE_URL)
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`."""
        if media.url is None:
            raise MediaRefusedError("no_address")
        client = MediaClient(self._http, self._base_url)
        answer = client.send(
            "GET", media.url, limit=limit, headers=self._headers, hosts=HOSTS, max_redirects=0
        )
        is_login = plain_type(answer.mime_type) == "text/html" and answer.status == 200
        if is_login or 300 <= answer.status < 400:
            raise AccountError("no_file_access", "the token lacks the scope files:read")
        answer.checked()
        return FetchedMedia(answer.content, answer.mime_type)
