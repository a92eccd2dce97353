"""What the API answers about invitations to WhatsApp."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from recado.domain.model import Model
from recado.domain.notification import State
from recado.services.invite_to_whatsapp import Invitation


class InvitationView(Model):
    """A stored invitation. `state` is `failed` or `suppressed` when no mail can carry it."""

    notification_id: str
    state: State
    reason: str | None
    link: str = Field(
        description="Opens the chat with the message written.",
        examples=["https://wa.me/593991234567?text=Activar%20auXq9A"],
    )
    page_url: str = Field(
        description="A page with that link and its QR code, for anybody who has the address.",
        examples=["https://recado.example.com/a/auXq9A"],
    )
    qr_url: str = Field(
        description="The QR code of the link, as PNG.",
        examples=["https://recado.example.com/a/auXq9A.png"],
    )
    expires_at: datetime = Field(description="Until when the code is taken up.")

    @classmethod
    def of(cls, invitation: Invitation) -> InvitationView:
        """The view of an invitation."""
        return cls(
            notification_id=invitation.notification.notification_id,
            state=invitation.notification.state,
            reason=invitation.notification.reason,
            link=invitation.link,
            page_url=invitation.page_url,
            qr_url=invitation.qr_url,
            expires_at=invitation.expires_at,
        )
