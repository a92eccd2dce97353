"""Files in memory: where they come from, where they go, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from recado.domain.channels import ChannelAccount
from recado.domain.media import StoredMedia
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia, MediaSource


@dataclass
class FakeMediaSources:
    """Implements `ports.MediaSources` and `ports.MediaSource`: one answer, or one error."""

    answer: FetchedMedia | Exception = field(default_factory=lambda: FetchedMedia(b""))
    asked: list[tuple[Media, int]] = field(default_factory=list)

    def source_for(self, account: ChannelAccount) -> MediaSource:
        return self

    def fetch(self, media: Media, limit: int) -> FetchedMedia:
        self.asked.append((media, limit))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class FakeMediaStore:
    """Implements `ports.MediaStore`."""

    files: dict[str, tuple[bytes, str, str | None]] = field(default_factory=dict)

    def put(self, key: str, content: bytes, *, mime_type: str, file_name: str | None) -> None:
        self.files[key] = (content, mime_type, file_name)


@dataclass
class FakeInboundMedia:
    """Implements `ports.InboundMedia`."""

    results: dict[tuple[str, str, int], StoredMedia] = field(default_factory=dict)

    def record(self, tenant_id: str, message_id: str, index: int, stored: StoredMedia) -> None:
        self.results.setdefault((tenant_id, message_id, index), stored)

    def of(self, tenant_id: str, message_id: str) -> dict[int, StoredMedia]:
        return {
            index: stored
            for (tenant, message, index), stored in self.results.items()
            if (tenant, message) == (tenant_id, message_id)
        }
