"""What the API answers about alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from recado.domain.alert_texts import words_of
from recado.domain.alerts import Alert, AlertKind, Severity
from recado.domain.channels import Channel
from recado.domain.model import Model


class AlertView(Model):
    """Something that the team was alerted to, in words of the language of who asks."""

    kind: AlertKind = Field(description="What is wrong, in one word.")
    subject: str = Field(
        description="The account, template or queue that it is about; empty for the whole tenant.",
        examples=["whatsapp-main"],
    )
    severity: Severity = Field(description="`critical` is told at night too.")
    is_raised: bool = Field(description="Whether it is still so.")
    channel: Channel | None = Field(description="The channel that is broken by it.")
    title: str = Field(description="The alert in a few words.", examples=["Nothing was sent today"])
    detail: str
    action: str = Field(description="What to do.")
    facts: Mapping[str, str] = Field(description="What the words are made of, for programs.")
    began_at: datetime | None = Field(description="Since when it was so, as far as is known.")
    raised_at: datetime | None = Field(description="When it was found.")
    cleared_at: datetime | None = Field(description="When it was over; null while it is not.")

    @classmethod
    def of(cls, alert: Alert, language: str, zone: ZoneInfo) -> Self:
        """The view of an alert."""
        words = words_of(alert, language, zone)
        return cls(
            kind=alert.kind,
            subject=alert.subject,
            severity=alert.severity,
            is_raised=alert.is_raised,
            channel=alert.channel,
            title=words.title,
            detail=words.detail,
            action=words.action,
            facts=alert.facts,
            began_at=alert.began_at,
            raised_at=alert.raised_at,
            cleared_at=alert.cleared_at,
        )


class AlertsView(Model):
    """What is raised now, then what was over in the last 30 days, each the newest first."""

    alerts: list[AlertView] = Field(description="At most 200.")
