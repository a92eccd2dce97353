"""What is raised now comes first, then what was over lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.alerts import Alert, AlertKind
from recado.domain.errors import NotFoundError
from recado.services.read_alerts import ReadAlerts
from tests.fakes.alerts import FakeAlerts
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.workshop import TENANT


def alert(subject: str, *, raised: int | None = None, over: int | None = None) -> Alert:
    """An alert that was raised, and over, so many days ago."""
    return Alert(
        tenant_id="andinos",
        kind=AlertKind.ACCOUNT_DOWN,
        subject=subject,
        raised_at=None if raised is None else NOON - timedelta(days=raised),
        cleared_at=None if over is None else NOON - timedelta(days=over),
    )


def reader(*alerts: Alert) -> ReadAlerts:
    configuration, stored = FakeConfiguration(), FakeAlerts()
    configuration.put_tenant(TENANT)
    for each in alerts:
        stored.save_alert(each)
    return ReadAlerts(alerts=stored, configuration=configuration, clock=FakeClock())


def test_what_is_raised_comes_first_and_the_newest_before_others() -> None:
    read = reader(
        alert("over lately", raised=2, over=1),
        alert("old and raised", raised=90),
        alert("over long ago", raised=40, over=31),
        alert("raised", raised=1),
        alert("only watched"),
        alert("over a while ago", raised=40, over=30),
    )

    found = read("andinos")

    assert [each.subject for each in found.alerts] == [
        "raised",
        "old and raised",
        "over lately",
        "over a while ago",
    ]
    assert found.zone.key == "America/Guayaquil"


def test_a_tenant_that_is_not_there_has_none() -> None:
    with pytest.raises(NotFoundError):
        reader()("nobody")
