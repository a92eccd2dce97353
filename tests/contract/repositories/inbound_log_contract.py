"""What every implementation of `ports.InboundLog` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.channels import Channel, Provider
from recado.domain.received import Received
from recado.domain.updates import Identity, IdentityKind, InboundType
from recado.ports.inbound import InboundLog
from recado.ports.notifications import NotificationRepository
from tests.contract.repositories.notification_contract import NOW, a_notification


def a_message(message_id: str = "msg_1", *, recipient_id: str = "customer-001") -> Received:
    return Received(
        message_id=message_id,
        tenant_id="andinos",
        conversation_id="cnv_1",
        recipient_id=recipient_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        channel=Channel.WHATSAPP,
        sender=Identity(kind=IdentityKind.PHONE, value="+593991234567"),
        provider_message_id="wamid.1",
        at=NOW,
        received_at=NOW,
        expires_at=NOW + timedelta(days=365),
        type=InboundType.TEXT,
        text="sí",
    )


class InboundLogContract:
    """Inherit and give fixtures `log` and `notifications` of one log that is empty."""

    def test_a_message_is_kept_once(self, log: InboundLog) -> None:
        assert log.keep_received(a_message())
        assert not log.keep_received(a_message().model_copy(update={"text": "no"}))
        assert log.received("andinos", "msg_1") == a_message()

    def test_a_message_of_somebody_unknown_is_kept(self, log: InboundLog) -> None:
        unknown = a_message().model_copy(update={"recipient_id": None})
        log.keep_received(unknown)

        assert log.received("andinos", "msg_1") == unknown

    def test_invariant_10_a_message_belongs_to_its_tenant(self, log: InboundLog) -> None:
        log.keep_received(a_message())

        assert log.received("costa", "msg_1") is None
        assert log.received("andinos", "msg_2") is None

    def test_the_latest_notifications_to_somebody_come_newest_first(
        self, log: InboundLog, notifications: NotificationRepository
    ) -> None:
        for minutes in (3, 1, 2):
            made = {"created_at": NOW + timedelta(minutes=minutes)}
            notifications.create(a_notification(f"ntf_{minutes}").model_copy(update=made))
        notifications.create(a_notification("ntf_x").model_copy(update={"recipient_id": "other"}))
        notifications.create(a_notification("ntf_y", "costa"))
        log.keep_received(a_message())

        found = log.latest_to("andinos", "customer-001", since=NOW, limit=20)

        assert [n.notification_id for n in found] == ["ntf_3", "ntf_2", "ntf_1"]

    def test_what_is_older_and_what_is_more_than_asked_for_is_left_out(
        self, log: InboundLog, notifications: NotificationRepository
    ) -> None:
        for minutes in (1, 2, 3):
            made = {"created_at": NOW + timedelta(minutes=minutes)}
            notifications.create(a_notification(f"ntf_{minutes}").model_copy(update=made))
        since = NOW + timedelta(minutes=2)

        found = log.latest_to("andinos", "customer-001", since=since, limit=20)
        one = log.latest_to("andinos", "customer-001", since=since, limit=1)

        assert [n.notification_id for n in found] == ["ntf_3", "ntf_2"]
        assert [n.notification_id for n in one] == ["ntf_3"]
