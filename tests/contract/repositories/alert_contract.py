"""What every implementation of `ports.AlertRepository` must do."""

from __future__ import annotations

from datetime import date, time

from recado.domain.alerts import Alert, AlertKind, News
from recado.domain.channels import Channel
from recado.domain.sending_rhythm import SendingRhythm
from recado.ports.alerts import AlertRepository
from tests.fakes.clock import NOON

ALERT = Alert(
    tenant_id="andinos",
    kind=AlertKind.ACCOUNT_DOWN,
    subject="wa",
    channel=Channel.WHATSAPP,
    facts={"account": "wa"},
    began_at=NOON,
    raised_at=NOON,
    news=News.RAISED,
    news_at=NOON,
    last_told_on=date(2026, 3, 2),
)


class AlertRepositoryContract:
    """Inherit and give a fixture `alerts` that is empty."""

    def test_an_alert_is_found_as_it_was_stored(self, alerts: AlertRepository) -> None:
        assert alerts.save_alert(ALERT)

        assert alerts.alerts("andinos") == [ALERT.model_copy(update={"version": 1})]

    def test_another_tenants_alerts_are_not_found(self, alerts: AlertRepository) -> None:
        alerts.save_alert(ALERT)

        assert alerts.alerts("other") == []

    def test_alerts_of_one_kind_are_told_apart_by_what_they_are_about(
        self, alerts: AlertRepository
    ) -> None:
        # The longest name that an approved template can have.
        other = ALERT.model_copy(update={"subject": f"wa/{'x' * 512}/es"})

        assert alerts.save_alert(ALERT)
        assert alerts.save_alert(other)

        assert {alert.subject for alert in alerts.alerts("andinos")} == {"wa", other.subject}

    def test_of_two_changes_of_one_version_the_first_is_stored(
        self, alerts: AlertRepository
    ) -> None:
        alerts.save_alert(ALERT)
        [stored] = alerts.alerts("andinos")

        assert alerts.save_alert(stored.told(date(2026, 3, 3)))
        assert not alerts.save_alert(stored.model_copy(update={"cleared_at": NOON}))

        [now] = alerts.alerts("andinos")
        assert (now.version, now.news, now.cleared_at) == (2, None, None)

    def test_of_two_new_ones_the_first_is_stored(self, alerts: AlertRepository) -> None:
        assert alerts.save_alert(ALERT)
        assert not alerts.save_alert(ALERT.model_copy(update={"facts": {}}))

        [now] = alerts.alerts("andinos")
        assert now.facts == {"account": "wa"}

    def test_a_tenant_without_a_rhythm_has_an_empty_one(self, alerts: AlertRepository) -> None:
        assert alerts.rhythm("andinos") == SendingRhythm(tenant_id="andinos")

    def test_a_rhythm_is_found_as_it_was_stored(self, alerts: AlertRepository) -> None:
        rhythm = SendingRhythm(tenant_id="andinos").noted(date(2026, 3, 2), time(8, 15))

        assert alerts.save_rhythm(rhythm)

        assert alerts.rhythm("andinos") == rhythm.model_copy(update={"version": 1})
        assert alerts.rhythm("other").first_sent == {}

    def test_of_two_changes_of_a_rhythm_the_first_is_stored(self, alerts: AlertRepository) -> None:
        rhythm = alerts.rhythm("andinos")

        assert alerts.save_rhythm(rhythm.noted(date(2026, 3, 2), time(8)))
        assert not alerts.save_rhythm(rhythm.noted(date(2026, 3, 2), time(9)))

        assert alerts.rhythm("andinos").first_sent == {date(2026, 3, 2): time(8)}
