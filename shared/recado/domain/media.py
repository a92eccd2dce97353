"""Files that people send us: the task to fetch one, what is kept of it, and what is not."""

from __future__ import annotations

import binascii
import unicodedata
from base64 import b64decode
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from recado.domain.channels import Provider
from recado.domain.errors import RecadoError
from recado.domain.media_types import EXTENSIONS
from recado.domain.model import Model
from recado.domain.updates import Media

MEGABYTE = 2**20

MAX_FILE_NAME = 100
"""Characters of a kept file name before its ending."""


class MediaTask(Model):
    """A file to fetch: one message of the media queue.

    Parameters
    ----------
    message_id
        Our id of the person's message that the file came with.
    index
        Which of the message's files it is, from 0.
    """

    v: Literal[1] = 1
    tenant_id: str = Field(pattern=r"^[^/#\s]+$")
    message_id: str = Field(pattern=r"^msg_[0-9A-Za-z]+$")
    index: int = Field(ge=0)
    account_id: str
    provider: Provider
    media: Media


class MediaStatus(StrEnum):
    """What became of a file; none of these changes any more."""

    STORED = "stored"
    REFUSED = "refused"
    EXPIRED = "expired"


class StoredMedia(Model):
    """What became of a file that a person sent.

    Parameters
    ----------
    key
        Where it is in the store; set when it is there, with all that follows but `reason`.
    size
        Bytes.
    mime_type
        By its bytes, not by anybody's word.
    sha256
        Of its bytes, in hexadecimal.
    file_name
        As the sender named it, made safe; None where it had no name.
    reason
        Why it is not there: a code in snake_case.
    expires_at
        When this is forgotten, like the message itself.
    """

    status: MediaStatus
    key: str | None = None
    size: int | None = None
    mime_type: str | None = None
    sha256: str | None = None
    file_name: str | None = None
    reason: str | None = None
    expires_at: datetime

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        is_stored = self.status is MediaStatus.STORED
        if (self.key is not None) != is_stored or (self.reason is None) != is_stored:
            raise ValueError("a stored file has a key, any other has a reason")
        return self


class MediaLimits(Model):
    """The largest files that are kept, in bytes.

    By kind they are those of WhatsApp's Cloud API, the strictest of the providers; a document may
    have 100 MB there. `overall` holds for all: a file is in memory as a whole, as base64 in JSON
    even three times, and a slow provider must give it out within the function's 60 seconds.
    """

    image: int = 5 * MEGABYTE
    audio: int = 16 * MEGABYTE
    video: int = 16 * MEGABYTE
    document: int = 100 * MEGABYTE
    overall: int = 25 * MEGABYTE

    def of(self, mime_type: str) -> int:
        """The largest size for a type; what is neither image, audio nor video is a document.

        `application/octet-stream` says nothing: it has the largest of all limits.
        """
        kinds = {"image": self.image, "audio": self.audio, "video": self.video}
        return min(kinds.get(mime_type.partition("/")[0], self.document), self.overall)


class MediaError(RecadoError):
    """A file that was not fetched; `reason` is a code in snake_case, free of personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MediaUnavailableError(MediaError):
    """The provider does not give the file out now: try again later."""


class MediaRefusedError(MediaError):
    """We do not want the file, or may not fetch it: another try would end the same."""


class MediaExpiredError(MediaError):
    """The provider no longer has the file: it is lost."""


def media_key(task: MediaTask, *, sha256: str, mime_type: str) -> str:
    """Where a file is stored: the same for the same bytes, so that storing twice changes nothing.

    Parameters
    ----------
    sha256
        In hexadecimal.
    mime_type
        One of `EXTENSIONS`.
    """
    name = f"{task.index}-{sha256[:32]}.{EXTENSIONS[mime_type]}"
    return f"media/{task.tenant_id}/{task.message_id}/{name}"


def is_same_digest(claimed: str, sha256: str) -> bool:
    """Whether a provider's SHA-256 (hexadecimal, or base64 as in Meta's webhooks) is ours.

    Something that is no SHA-256 says nothing, so nothing contradicts it.
    """
    if len(claimed) == 64:
        return claimed.lower() == sha256
    try:
        digest = b64decode(claimed, validate=True)
    except (binascii.Error, ValueError):
        return True
    return len(digest) != 32 or digest.hex() == sha256


def safe_file_name(name: str | None, *, mime_type: str) -> str | None:
    """A sender's file name without folders and signs that mislead, ending as its type ends.

    Invisible signs go: one that turns the direction of writing makes `fdp.exe` read `exe.pdf`.
    """
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in last if not unicodedata.category(c).startswith("C"))
    allowed = unicodedata.normalize("NFC", visible).translate(_RESERVED)
    stem, dot, ending = allowed.rpartition(".")
    if not dot or not (ending.isascii() and ending.isalnum()):
        stem = allowed
    stem = stem[:MAX_FILE_NAME].strip(". ")
    return f"{stem}.{EXTENSIONS[mime_type]}" if stem else None


_RESERVED = {ord(sign): "_" for sign in '<>:"|?*%'}
