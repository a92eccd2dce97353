"""Look into the log in both directions: page by page, one message, or all of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from recado.domain.access import reaches
from recado.domain.communications import (
    CandidateSummary,
    CommunicationFilter,
    Direction,
    LogEntry,
    LogPosition,
    Page,
    direction_of,
    interest_of,
    made_at,
    status_of,
)
from recado.domain.errors import NotFoundError, RequestError, UnprocessableError
from recado.domain.media import StoredMedia
from recado.domain.messages import Message
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.templates import render, variables_of
from recado.domain.variables import fill
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.ports.configuration import ConfigurationRepository
from recado.ports.media import InboundMedia

LOOKED_AT_ONCE = 100
MOST_LOOKED_AT = 1_000
"""Entries that one request examines; what a filter leaves of them is a page, maybe a short one."""

PERIOD = timedelta(days=30)
"""How far back a list goes that names no beginning."""

LONGEST_PERIOD = timedelta(days=366)
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""Nothing of ours is older."""


class ReadCommunications:
    """Reads a tenant's communications."""

    def __init__(
        self,
        *,
        log: CommunicationLog,
        media: InboundMedia,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._log = log
        self._media = media
        self._configuration = configuration
        self._clock = clock

    def page(
        self,
        tenant_id: str,
        wanted: CommunicationFilter,
        *,
        since: datetime | None,
        until: datetime | None,
        after: LogPosition | None,
        limit: int,
    ) -> Page:
        """Communications of a period, newest first; the last 30 days by default.

        A page may be shorter than `limit`, or empty, while `next` says that there may be more: a
        filter takes what it wants of a thousand entries at a time.

        Raises
        ------
        UnprocessableError
            The period ends before it begins, or is longer than a year; names the field.
        """
        end = until or self._clock.now()
        if end < EARLIEST:
            raise UnprocessableError("earlier than {year}", field="until", year=EARLIEST.year)
        begin = since or end - PERIOD
        if begin > end:
            raise UnprocessableError("the period ends before it begins", field="since")
        if end - begin > LONGEST_PERIOD:
            raise UnprocessableError(
                "the period is longer than {days} days", field="since", days=LONGEST_PERIOD.days
            )
        taken: list[LogEntry] = []
        page = Page(entries=(), next=after)
        for _ in range(MOST_LOOKED_AT // LOOKED_AT_ONCE):
            page = self._log.entries(
                tenant_id,
                since=begin,
                until=end,
                correspondent_id=wanted.candidate_id,
                after=page.next,
                limit=LOOKED_AT_ONCE,
            )
            for entry in page.entries:
                if wanted.takes(entry):
                    taken.append(entry)
                if len(taken) == limit:
                    return Page(entries=tuple(taken), next=LogPosition.of(entry))
            if page.next is None:
                break
        return Page(entries=tuple(taken), next=page.next)

    def one(
        self, tenant_id: str, communication_id: str, *, division: str | None = None
    ) -> LogEntry:
        """A communication.

        Raises
        ------
        NotFoundError
            The tenant, or the `division` of it, has none of that id.
        """
        entry = self._log.entry(tenant_id, communication_id)
        if entry is None or not reaches(division, entry.division):
            raise NotFoundError("no such communication", field="communication_id")
        return entry

    def content(self, entry: LogEntry) -> str | None:
        """What a communication says; None when its template is gone or its values do not fit."""
        if isinstance(entry, Received):
            return entry.text
        if not entry.route:
            return None
        step = entry.current_step
        if step.message is not None:
            return _text(step.message)
        template = self._configuration.template_version(
            entry.tenant_id, step.template_id or "", step.template_version or 0
        )
        if template is None:
            return None
        values = fill(variables_of(template.content), entry.context)
        try:
            return _text(render(template.content, values, locale=entry.locale))
        except RequestError:
            return None

    def files(self, entry: LogEntry) -> Mapping[int, StoredMedia]:
        """What became of the files of a communication, by their place in it."""
        if not isinstance(entry, Received) or not entry.media:
            return {}
        return self._media.of(entry.tenant_id, entry.message_id)

    def summary(
        self, tenant_id: str, candidate_id: str, *, division: str | None = None
    ) -> CandidateSummary:
        """What was said to and by one person, of the thousand latest messages.

        With a `division` what that part of the tenant sees of it.

        Raises
        ------
        NotFoundError
            Nothing was.
        """
        now = self._clock.now()
        page = self._log.entries(
            tenant_id,
            since=EARLIEST,
            until=now + timedelta(days=1),
            correspondent_id=candidate_id,
            after=None,
            limit=MOST_LOOKED_AT,
        )
        entries = [entry for entry in page.entries if reaches(division, entry.division)]
        if not entries:
            raise NotFoundError("nothing was said to or by this person", field="candidate_id")
        outbound = [e for e in entries if isinstance(e, Notification)]
        inbound = [e for e in entries if direction_of(e) is Direction.INBOUND]
        return CandidateSummary(
            candidate_id=candidate_id,
            outbound=len(outbound),
            inbound=len(inbound),
            by_status=Counter(status_of(entry) for entry in outbound),
            first_at=made_at(entries[-1]),
            last_outbound_at=made_at(outbound[0]) if outbound else None,
            last_inbound_at=made_at(inbound[0]) if inbound else None,
            last_interest=next(filter(None, map(interest_of, inbound)), None),
            is_complete=page.next is None,
        )


def _text(message: Message) -> str:
    """A message as one text."""
    for name in ("text", "body"):
        said: str | None = getattr(message, name, None)
        if said:
            return said
    return ""
