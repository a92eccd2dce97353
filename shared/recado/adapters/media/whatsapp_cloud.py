"""Files of WhatsApp messages, from Meta's Cloud API.

Protocol: developers.facebook.com/docs/whatsapp/cloud-api, page "Media". An id is kept for 7 days
(30 in earlier versions); it is exchanged for an address that lives 5 minutes and wants the access
token as well.

Settings and secret as in `channels/whatsapp_cloud.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from recado.adapters.channels.http import base_url
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.adapters.media.http_download import Download, MediaClient, MediaHttp
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError, RetryableError
from recado.domain.media import (
    MediaExpiredError,
    MediaRefusedError,
    MediaUnavailableError,
)
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia

BASE_URL = "https://graph.facebook.com/v25.0"

HOSTS = ("lookaside.fbsbx.com",)
"""Where Meta gives files out: the access token goes nowhere else."""

NO_OBJECT = frozenset({33, 100})
"""Codes for an id that does not exist, or exists no longer."""


class WhatsAppCloudMedia:
    """Fetches through one number of a WhatsApp Business account."""

    def __init__(
        self, account: ChannelAccount, credentials: Mapping[str, str], http: MediaHttp
    ) -> None:
        self._headers = {"authorization": f"Bearer {credential(credentials, 'access_token')}"}
        self._number = quote(setting(account, "phone_number_id"), safe="")
        self._base_url = base_url(account, BASE_URL)
        self._http = http

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """See `MediaSource`. An address that ran out meanwhile is asked for once more."""
        client = MediaClient(self._http, self._base_url)
        if media.media_id is None:
            if media.url is None:
                raise MediaRefusedError("no_address")
            return self._download(client, media.url, limit)
        for is_last in (False, True):
            url = self._resolve(client, media.media_id, limit)
            try:
                return self._download(client, url, limit)
            except MediaExpiredError:
                if is_last:
                    raise
        raise AssertionError("the last try returns or raises")

    def _resolve(self, client: MediaClient, media_id: str, limit: int) -> str:
        url = f"{self._base_url}/{quote(media_id, safe='')}?phone_number_id={self._number}"
        answer = client.send("GET", url, headers=self._headers, max_redirects=0)
        _check(answer)
        size = answer.number("file_size")
        if size is not None and size > limit:
            raise MediaRefusedError("too_large")
        found = answer.text("url")
        if found is None:
            raise MediaUnavailableError("no_address")
        return found

    def _download(self, client: MediaClient, url: str, limit: int) -> FetchedMedia:
        answer = client.send("GET", url, limit=limit, headers=self._headers, hosts=HOSTS)
        answer.checked()
        return FetchedMedia(answer.content, answer.mime_type)


def _check(answer: Download) -> None:
    """Raise what the Graph API means: most refusals come as HTTP 400 with a code."""
    code = answer.number("code", inside="error")
    if code in NO_OBJECT:
        raise MediaExpiredError(f"meta_{code}")
    verdict = ERRORS.get(str(code))
    if verdict is not None and issubclass(verdict.error, RetryableError):
        raise MediaUnavailableError(f"meta_{code}")
    if verdict is not None and issubclass(verdict.error, AccountError):
        raise AccountError(f"meta_{code}", verdict.meaning)
    answer.checked()
