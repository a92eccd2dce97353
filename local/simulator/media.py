"""The files that people sent, as the providers keep them until the product fetches them."""

import hashlib
from dataclasses import dataclass
from uuid import uuid4


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """One file; `file_name` is what the person called it, if the channel tells."""

    id: str
    content: bytes
    mime_type: str
    file_name: str | None = None

    @property
    def sha256(self) -> bytes:
        """The digest of its bytes."""
        return hashlib.sha256(self.content).digest()


class MediaStore:
    """The files in memory, by an id of digits only: that is what Meta's ids look like."""

    def __init__(self) -> None:
        self._files: dict[str, MediaFile] = {}
        self._of_message: dict[str, MediaFile] = {}

    def put(self, content: bytes, mime_type: str, file_name: str | None = None) -> str:
        """Keep a file and return its id."""
        file = MediaFile(
            id=str(uuid4().int)[:16], content=content, mime_type=mime_type, file_name=file_name
        )
        self._files[file.id] = file
        return file.id

    def get(self, media_id: str) -> MediaFile | None:
        """The file with this id; None when there is none, or it was forgotten."""
        return self._files.get(media_id)

    def attach(self, provider_message_id: str, file: MediaFile) -> None:
        """Note which message a file came with: some providers ask for it by that."""
        self._of_message[provider_message_id] = file

    def of_message(self, provider_message_id: str) -> MediaFile | None:
        """The file of a message; None when there is none, or it was forgotten."""
        return self._of_message.get(provider_message_id)

    def forget(self) -> None:
        """Drop every file."""
        self._files.clear()
        self._of_message.clear()
