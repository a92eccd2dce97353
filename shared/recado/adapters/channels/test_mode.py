"""A sender that reaches nobody, for notifications of a test key."""

from __future__ import annotations

from uuid import uuid4

from recado.ports.channels import Acceptance, OutboundMessage


class TestModeSender:
    """Accepts everything and sends nothing."""

    def send(self, message: OutboundMessage) -> Acceptance:
        """Give the message an id, as a provider would."""
        return Acceptance(provider_message_id=f"test_{uuid4().hex}", detail="test mode")
