"""Files that people send us, as services see them: where they come from and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from recado.domain.channels import ChannelAccount
from recado.domain.media import StoredMedia
from recado.domain.updates import Media


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """A file as the provider gave it out, with the type that it claims ("" when it names none)."""

    content: bytes
    mime_type: str = ""


class MediaSource(Protocol):
    """Gives out the files that came in through one channel account."""

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        """Fetch a file of at most `limit` bytes.

        Raises
        ------
        MediaUnavailableError
            Not now: try again later.
        MediaRefusedError
            It is too large, or its address is one that we do not call.
        MediaExpiredError
            The provider no longer has it.
        AccountError
            The provider does not give it to this account: people must act, then try again.
        """
        ...


class MediaSources(Protocol):
    """Finds the source for an account."""

    def source_for(self, account: ChannelAccount) -> MediaSource:
        """The source of an account.

        Raises
        ------
        MediaRefusedError
            Nobody sends files through accounts of this provider.
        AccountError
            The account's settings or credentials are not complete.
        """
        ...


class MediaStore(Protocol):
    """Keeps files."""

    def put(self, key: str, content: bytes, *, mime_type: str, file_name: str | None) -> None:
        """Store a file, over whatever was there. Whoever opens it later saves it, never runs it."""
        ...


class InboundMedia(Protocol):
    """What became of the files of people's messages."""

    def record(self, tenant_id: str, message_id: str, index: int, stored: StoredMedia) -> None:
        """Store what became of a message's file, unless that is stored already."""
        ...

    def of(self, tenant_id: str, message_id: str) -> dict[int, StoredMedia]:
        """What became of a message's files so far, by their index in the message."""
        ...
