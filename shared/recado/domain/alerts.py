"""Alerts to a tenant's team: which conditions are raised, when they are over, what is told.

A condition is told once when it is raised and once when it is over; until then it stays silent,
apart from those that are told again every day. What is to be told is stored before it is told, so
that neither a crash nor two runs at once tell it never or twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from recado.domain.alert_rules import AlertRules
from recado.domain.channels import Channel
from recado.domain.model import Model

ALERT_EVENT = "ALERT_"
"""What the event types of alerts begin with; they are no messages that a tenant sends."""


class AlertKind(StrEnum):
    """What the team is alerted to."""

    TOO_MANY_FAILED = "too_many_failed"
    NOTHING_SENT = "nothing_sent"
    TOKEN_EXPIRES = "token_expires"  # noqa: S105
    TEMPLATE_STOPPED = "template_stopped"
    TEMPLATE_QUALITY = "template_quality"
    ACCOUNT_QUALITY = "account_quality"
    ACCOUNT_DOWN = "account_down"
    DEAD_LETTERS = "dead_letters"
    BUDGET_EXHAUSTED = "budget_exhausted"


class Severity(StrEnum):
    """`critical`: messages are lost or late now, so it is told at night too."""

    CRITICAL = "critical"
    WARNING = "warning"


CRITICAL = frozenset({AlertKind.ACCOUNT_DOWN, AlertKind.DEAD_LETTERS})
TOLD_DAILY = frozenset({AlertKind.TOKEN_EXPIRES})

WELL_FOR = timedelta(minutes=30)
"""How long an account must work before it is told that it does: one that fails again and again
works in between."""

KEPT = timedelta(days=90)
"""How long an alert that is over is remembered."""


class Condition(Model):
    """Something that is so now.

    Parameters
    ----------
    subject
        What it is about, where a tenant may have several: an account, a template, a queue.
    stands
        False between the limit at which it begins and the one at which it is over: what is raised
        stays so, what is not does not begin.
    since
        Since when it is so, where somebody knows.
    channel
        The channel that is broken by it.
    facts
        What its words are made of; no personal data.
    is_known
        False where nothing is known of it now. What is raised stays so, unless it was seen to be
        otherwise since it began.
    well_at
        When it was last seen to be otherwise, where it is not known.
    """

    kind: AlertKind
    subject: str = ""
    stands: bool = True
    since: datetime | None = None
    channel: Channel | None = None
    facts: Mapping[str, str] = {}
    is_known: bool = True
    well_at: datetime | None = None


class News(StrEnum):
    """What the team is to be told of an alert."""

    RAISED = "raised"
    STILL = "still"
    CLEARED = "cleared"


class Alert(Model):
    """A condition of a tenant as the team knows it.

    Parameters
    ----------
    channel, facts
        As they were when the last news arose, so that telling it again says the same.
    turning_since
        Since when it is otherwise than what is raised, or not: a passing change is none.
    began_at
        Since when it was so when it was raised.
    news, news_at
        What the team has not been told yet, and when that arose.
    last_told_on
        The day, by the tenant's clock, on which the team was last told since it was raised.
    version
        Counts the stored changes; 0 before the first.
    """

    tenant_id: str
    kind: AlertKind
    subject: str = ""
    channel: Channel | None = None
    facts: Mapping[str, str] = {}
    turning_since: datetime | None = None
    began_at: datetime | None = None
    raised_at: datetime | None = None
    cleared_at: datetime | None = None
    news: News | None = None
    news_at: datetime | None = None
    last_told_on: date | None = None
    version: int = 0

    @property
    def is_raised(self) -> bool:
        """Whether the condition holds, as far as was seen last."""
        return self.raised_at is not None and self.cleared_at is None

    @property
    def severity(self) -> Severity:
        """How urgent its kind is."""
        return Severity.CRITICAL if self.kind in CRITICAL else Severity.WARNING

    @property
    def expires_at(self) -> datetime | None:
        """When it may be forgotten; None while it is raised."""
        if self.is_raised:
            return None
        last = self.cleared_at or self.turning_since
        return last + KEPT if last else None

    @property
    def telling(self) -> str:
        """The name of the news that are to be told: the same for the same news."""
        named = "\x1f".join((self.subject, str(self.news), _text(self.news_at)))
        return f"alert:{self.kind}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"

    def told(self, today: date) -> Alert:
        """With its news told."""
        return self.model_copy(update={"news": None, "news_at": None, "last_told_on": today})

    def seen(
        self, condition: Condition | None, now: datetime, *, today: date, rules: AlertRules
    ) -> Alert:
        """With what was seen at a moment: its condition, or none where there is none.

        Seeing the same again changes nothing, and neither does a look that is older than the last
        change.
        """
        if any(turned and now < turned for turned in (self.raised_at, self.cleared_at)):
            return self
        if self.is_raised:
            return self._seen_raised(condition, now, today)
        if condition is None or not condition.is_known:
            return self.model_copy(update={"turning_since": None})
        if not condition.stands:
            return self
        return self._seen_standing(condition, now, rules)

    def _seen_raised(self, condition: Condition | None, now: datetime, today: date) -> Alert:
        if condition is not None and not self._is_outlived(condition):
            goes_on = self.model_copy(update={"turning_since": None})
            if self.kind not in TOLD_DAILY or self.news is not None or self.last_told_on == today:
                return goes_on
            return goes_on._with_news(News.STILL, now, condition)
        since = self.turning_since or now
        well_for = WELL_FOR if self.kind is AlertKind.ACCOUNT_DOWN else timedelta()
        if now - since < well_for:
            return self.model_copy(update={"turning_since": since})
        over = self.model_copy(update={"turning_since": None, "cleared_at": now})
        if self.last_told_on is None:
            # Nobody heard of it, so nobody need hear that it is over.
            return over.model_copy(update={"news": None, "news_at": None})
        return over.model_copy(update={"news": News.CLEARED, "news_at": now})

    def _is_outlived(self, condition: Condition) -> bool:
        """Whether it is over, though nothing is known of it now."""
        if condition.is_known:
            return False
        if self.facts.get("told"):
            # A provider said it, and says it no more.
            return True
        began_at, well_at = self.began_at, condition.well_at
        return began_at is not None and well_at is not None and well_at > began_at

    def _seen_standing(self, condition: Condition, now: datetime, rules: AlertRules) -> Alert:
        since = min(moment for moment in (self.turning_since, condition.since, now) if moment)
        patience = timedelta(minutes=rules.down_minutes)
        if self.kind is AlertKind.ACCOUNT_DOWN and now - since < patience:
            return self.model_copy(update={"turning_since": since})
        raised = self.model_copy(
            update={
                "turning_since": None,
                "began_at": since,
                "raised_at": now,
                "cleared_at": None,
                "last_told_on": None,
            }
        )
        return raised._with_news(News.RAISED, now, condition)

    def _with_news(self, news: News, now: datetime, condition: Condition) -> Alert:
        return self.model_copy(
            update={
                "news": news,
                "news_at": now,
                "channel": condition.channel,
                "facts": condition.facts,
            }
        )


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""
