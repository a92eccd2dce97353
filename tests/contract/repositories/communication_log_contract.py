"""What every implementation of `ports.CommunicationLog` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.communications import LogPosition, Page, id_of
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
    limit: int = 100,
    days: int = 10,
) -> list[str]:
    """All entries of a period, page after page."""
    found: list[str] = []
    page = Page(entries=())
    while True:
        page = log.entries(
            tenant_id,
            since=LATER - timedelta(days=days),
            until=LATER,
            correspondent_id=correspondent_id,
            after=page.next,
            limit=limit,
        )
        assert len(page.entries) <= limit
        found += [id_of(entry) for entry in page.entries]
        if page.next is None:
            return found


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
            assert ids(log, correspondent_id=whom, limit=4) == everything
            assert len(everything) == len(set(everything)) == 26

    def test_a_long_quiet_period_is_walked_in_pieces(
        self, log: CommunicationLog, notifications: NotificationRepository
    ) -> None:
        notifications.create(a_notification())
        long_ago = {"created_at": NOW - timedelta(days=100), "notification_id": "ntf_old"}
        notifications.create(a_notification().model_copy(update=long_ago))

        assert ids(log, days=200) == ["ntf_1", "ntf_old"]

    def test_a_position_before_the_period_is_its_end(self, log: CommunicationLog) -> None:
        page = log.entries(
            "andinos",
            since=NOW,
            until=LATER,
            correspondent_id=None,
            after=LogPosition(at=NOW - timedelta(days=1), entry_id="x"),
            limit=10,
        )

        assert page == Page(entries=())

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
