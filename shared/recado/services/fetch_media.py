"""Fetch the files that people send us, and keep those that we want."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError, without_message
from recado.domain.media import (
    MediaExpiredError,
    MediaLimits,
    MediaRefusedError,
    MediaStatus,
    MediaTask,
    MediaUnavailableError,
    StoredMedia,
    is_same_digest,
    media_key,
    safe_file_name,
)
from recado.domain.media_types import CLAIMS, REFUSED_CLAIMS, plain_type, sniff
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.media import InboundMedia, MediaSources, MediaStore

logger = logging.getLogger(__name__)


class FetchMedia:
    """Works on tasks of the media queue."""

    def __init__(
        self,
        *,
        configuration: ConfigurationRepository,
        sources: MediaSources,
        store: MediaStore,
        results: InboundMedia,
        clock: Clock,
        limits: MediaLimits,
    ) -> None:
        self._configuration = configuration
        self._sources = sources
        self._store = store
        self._results = results
        self._clock = clock
        self._limits = limits

    def __call__(self, tasks: Mapping[str, MediaTask]) -> set[str]:
        """Work on tasks by their queue messages' ids; gives the messages that must come again.

        Working on one twice changes nothing more.
        """
        return {message_id for message_id, task in tasks.items() if not self._is_done(task)}

    def _is_done(self, task: MediaTask) -> bool:
        about = {"tenant_id": task.tenant_id, "message_id": task.message_id, "index": task.index}
        try:
            self._work_on(task)
        except MediaUnavailableError as error:
            logger.warning("a file is not available now", extra={**about, "reason": error.reason})
            return False
        except AccountError as error:
            logger.error("an account may not fetch files", extra={**about, "reason": error.code})
            return False
        except Exception as error:
            extra = {**about, **without_message(error)}
            logger.error("a file could not be worked on", extra=extra)
            return False
        return True

    def _work_on(self, task: MediaTask) -> None:
        tenant = self._configuration.tenant(task.tenant_id)
        if tenant is None:
            logger.error("a file is for a tenant that was removed")
            return
        expires_at = self._clock.now() + timedelta(days=tenant.retention_days)
        try:
            result = self._keep(task, expires_at)
        except MediaRefusedError as error:
            result = _lost(MediaStatus.REFUSED, error.reason, expires_at)
        except MediaExpiredError as error:
            result = _lost(MediaStatus.EXPIRED, error.reason, expires_at)
        if result.reason:
            extra = {"tenant_id": task.tenant_id, "message_id": task.message_id}
            logger.warning("a file is not kept", extra={**extra, "reason": result.reason})
        self._results.record(task.tenant_id, task.message_id, task.index, result)

    def _keep(self, task: MediaTask, expires_at: datetime) -> StoredMedia:
        """Fetch a file and store it, if it is what we want."""
        claimed = plain_type(task.media.mime_type)
        if claimed in REFUSED_CLAIMS:
            raise MediaRefusedError("type_refused")
        source = self._sources.source_for(self._account(task))
        fetched = source.fetch(task.media, self._limits.of(claimed))
        sha256 = hashlib.sha256(fetched.content).hexdigest()
        if task.media.sha256 and not is_same_digest(task.media.sha256, sha256):
            raise MediaRefusedError("sha256_mismatch")
        # Some webhooks name no type, or only a family of them: then the provider's answer counts.
        mime_type = sniff(fetched.content, claimed if claimed in CLAIMS else fetched.mime_type)
        if mime_type is None:
            raise MediaRefusedError("type_refused")
        if len(fetched.content) > self._limits.of(mime_type):
            raise MediaRefusedError("too_large")
        key = media_key(task, sha256=sha256, mime_type=mime_type)
        file_name = safe_file_name(task.media.file_name, mime_type=mime_type)
        self._store.put(key, fetched.content, mime_type=mime_type, file_name=file_name)
        return StoredMedia(
            status=MediaStatus.STORED,
            key=key,
            size=len(fetched.content),
            mime_type=mime_type,
            sha256=sha256,
            file_name=file_name,
            expires_at=expires_at,
        )

    def _account(self, task: MediaTask) -> ChannelAccount:
        for account in self._configuration.accounts(task.tenant_id):
            if (account.account_id, account.provider) == (task.account_id, task.provider):
                return account
        raise MediaRefusedError("account_removed")


def _lost(status: MediaStatus, reason: str, expires_at: datetime) -> StoredMedia:
    return StoredMedia(status=status, reason=reason, expires_at=expires_at)
