"""What every implementation of `ports.CommunicationLog` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.communications import LogPosition, id_of
from recado.ports.communications import CommunicationLog
from recado.ports.inbound import InboundLog
from recado.ports.notifications import NotificationRepository
from tests.contract.repositories.inbound_log_contract import a_message
from tests.contract.repositories.notification_contract import NOW, a_notification

LATER = NOW + timedelta(days=3)


def ids(
    log: CommunicationLog,
    *,
    tenant_id: str = "andinos",
    correspondent_id: str | None = None,
    after: LogPosition | None = None,
    limit: int = 100,
    days: int = 10,
) -> list[str]:
    entries = log.entries(
        tenant_id,
        since=LATER - timedelta(days=days),
        until=LATER,
        correspondent_id=correspondent_id,
        after=after,
        limit=limit,
    )
    return [id_of(entry) for entry in entries]


class CommunicationLogContract:
    """Inherit and give fixtures `log`, `inbound` and `notifications` of one log that is empty."""

    def test_both_directions_come_newest_first_over_days(
        self, log: CommunicationLog, inbound: InboundLog, notifications: NotificationRepository
    ) -> None:
        for hours in (50, 1, 26):
            made = {"created_at": NOW + timedelta(hours=hours)}
            notifications.create(a_notification(f"ntf_{hours}").model_copy(update=made))
        written = {"at": NOW + timedelta(hours=27)}
        inbound.keep_received(a_message().model_copy(update=written))

        assert ids(log) == ["ntf_50", "msg_1", "ntf_26", "ntf_1"]

    def test_pages_follow_each_other_without_gap_or_repetition(
        self, log: CommunicationLog, inbound: InboundLog, notifications: NotificationRepository
    ) -> None:
        for number in range(25):
            made = {"created_at": NOW + timedelta(hours=number // 3)}
            notifications.create(a_notification(f"ntf_{number:02}").model_copy(update=made))
        inbound.keep_received(a_message())

        for whom in (None, "customer-001"):
            everything = ids(log, correspondent_id=whom)
            pages: list[str] = []
            after = None
            while page := ids(log, correspondent_id=whom, after=after, limit=4):
                pages += page
                last = log.entry("andinos", page[-1])
                assert last is not None
                after = LogPosition.of(last)
            assert pages == everything
            assert len(everything) == 26

    def test_one_persons_messages_alone(
        self, log: CommunicationLog, inbound: InboundLog, notifications: NotificationRepository
    ) -> None:
        notifications.create(a_notification())
        other = {"recipient_id": "other", "notification_id": "ntf_2"}
        notifications.create(a_notification().model_copy(update=other))
        inbound.keep_received(a_message(recipient_id="other"))

        assert sorted(ids(log, correspondent_id="other")) == ["msg_1", "ntf_2"]

    def test_what_is_outside_the_period_is_left_out(
        self, log: CommunicationLog, notifications: NotificationRepository
    ) -> None:
        notifications.create(a_notification())

        assert ids(log, days=2) == []
        assert ids(log, days=4) == ["ntf_1"]

    def test_invariant_10_a_tenant_sees_its_own(
        self, log: CommunicationLog, inbound: InboundLog, notifications: NotificationRepository
    ) -> None:
        notifications.create(a_notification())
        inbound.keep_received(a_message())

        assert ids(log, tenant_id="costa") == []
        assert ids(log, tenant_id="costa", correspondent_id="customer-001") == []
        assert log.entry("costa", "ntf_1") is None
        assert log.entry("costa", "msg_1") is None

    def test_an_entry_is_found_by_its_id(
        self, log: CommunicationLog, inbound: InboundLog, notifications: NotificationRepository
    ) -> None:
        notifications.create(a_notification())
        inbound.keep_received(a_message())

        assert log.entry("andinos", "msg_1") == a_message()
        assert log.entry("andinos", "ntf_1") == a_notification()
        assert log.entry("andinos", "x") is None
