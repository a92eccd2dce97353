"""What became of notifications: a summary, the latest of them, and how the channels are."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.analytics_views import (
    ChannelHealthView,
    ChannelsHealthView,
    RecentNotification,
    RecentPage,
    SummaryView,
)
from recado.api.communication_views import cursor_of, position_of
from recado.api.security import caller, requires
from recado.domain.access import Caller
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.events import Moment
from recado.domain.notification import Notification, State
from recado.domain.recent import NotificationFilter
from recado.domain.statistics import CounterScope
from recado.services.read_channel_health import ReadChannelHealth
from recado.services.read_communications import ReadCommunications
from recado.services.read_statistics import CellFilter, ReadStatistics

LONGEST_NAME = 128
LONGEST_TEMPLATE_ID = 512
LONGEST_CURSOR = 500
MOST_DAYS = 366
TAGS = ["Analytics"]
WHOSE = (
    "Notifications of the key's mode, live or test; for a key of a division those of the division."
)


def analytics_router(
    *, summarise: ReadStatistics, read_health: ReadChannelHealth, read: ReadCommunications
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/analytics`."""
    router = APIGatewayHttpRouter()
    may_read = [requires(Scope.ANALYTICS_READ)]

    @router.get(
        "/summary",
        middlewares=may_read,
        summary="Summarise the last days",
        description=(
            "Totals, rates, durations and costs of the notifications that were made in the last "
            "days, today included, from counters that follow the log within seconds. Days with "
            f"more counters than can be read at once are refused (422): ask for fewer. {WHOSE}"
        ),
        tags=TAGS,
        operation_id="readAnalyticsSummary",
    )
    def summary(
        days: Annotated[
            int, Query(ge=1, le=MOST_DAYS, description="Days of the tenant's time zone.")
        ] = 30,
        channel: Annotated[Channel | None, Query(description="Only this channel.")] = None,
        event_type: Annotated[
            str | None, Query(max_length=LONGEST_NAME, description="Only this type of event.")
        ] = None,
        template_id: Annotated[
            str | None, Query(max_length=LONGEST_TEMPLATE_ID, description="Only this template.")
        ] = None,
    ) -> SummaryView:
        wanted = CellFilter(channel=channel, event_type=event_type, template_id=template_id)
        found = summarise(_scope(caller(router)), days=days, wanted=wanted)
        return SummaryView.of(found, caller(router).mode)

    @router.get(
        "/recent",
        middlewares=may_read,
        summary="List recent notifications",
        description=(
            "The log, newest first; of the last 30 days unless a period is given. A filter "
            "examines a thousand entries at a time, so a page may be short, or empty, while "
            f"`next_cursor` leads on. {WHOSE}"
        ),
        tags=TAGS,
        operation_id="listRecentNotifications",
    )
    def recent(
        state: Annotated[State | None, Query(description="Only those in this state.")] = None,
        channel: Annotated[
            Channel | None, Query(description="Only those that take this channel, or took it last.")
        ] = None,
        event_type: Annotated[
            str | None, Query(max_length=LONGEST_NAME, description="Only this type of event.")
        ] = None,
        recipient_id: Annotated[
            str | None,
            Query(min_length=1, max_length=LONGEST_NAME, description="Only those to this person."),
        ] = None,
        template_id: Annotated[
            str | None, Query(max_length=LONGEST_TEMPLATE_ID, description="Only this template.")
        ] = None,
        since: Annotated[
            Moment | None, Query(description="Made then or later; up to a year before `until`.")
        ] = None,
        until: Annotated[Moment | None, Query(description="Made then or earlier.")] = None,
        cursor: Annotated[
            str | None,
            Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before."),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> RecentPage:
        who = caller(router)
        page = read.page(
            who.tenant_id,
            NotificationFilter(
                mode=who.mode,
                division=who.division,
                state=state,
                channel=channel,
                event_type=event_type,
                candidate_id=recipient_id,
                template_id=template_id,
            ),
            since=since,
            until=until,
            after=position_of(cursor),
            limit=limit,
        )
        found = [entry for entry in page.entries if isinstance(entry, Notification)]
        return RecentPage(
            notifications=[RecentNotification.of(notification) for notification in found],
            next_cursor=cursor_of(page.next),
        )

    @router.get(
        "/health",
        middlewares=may_read,
        summary="Look at the channels' health",
        description=(
            "How each channel did in the last 24 hours, and whether its accounts rest after "
            f"failures. {WHOSE} The accounts are the tenant's."
        ),
        tags=TAGS,
        operation_id="readChannelHealth",
    )
    def health() -> ChannelsHealthView:
        who = caller(router)
        channels = read_health(_scope(who))
        return ChannelsHealthView(
            mode=who.mode, channels=[ChannelHealthView.of(channel) for channel in channels]
        )

    return router


def _scope(who: Caller) -> CounterScope:
    return CounterScope(tenant_id=who.tenant_id, mode=who.mode, division=who.division)
