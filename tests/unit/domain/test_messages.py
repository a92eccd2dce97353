"""Messages of plain text, for what no template writes."""

from __future__ import annotations

import pytest

from recado.domain.channels import Channel
from recado.domain.messages import (
    ChatMessage,
    EmailMessage,
    Message,
    PushMessage,
    SmsMessage,
    WhatsAppMessage,
    plain_message,
)


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (Channel.SMS, SmsMessage(text="TEST <1>")),
        (Channel.WHATSAPP, WhatsAppMessage(text="TEST <1>", free_text=True)),
        (Channel.SLACK, ChatMessage(channel=Channel.SLACK, text="TEST <1>")),
        (Channel.PUSH, PushMessage(title="Recado", body="TEST <1>")),
    ],
)
def test_plain_text_fits_every_channel(channel: Channel, message: Message) -> None:
    assert plain_message(channel, "TEST <1>", subject="Recado") == message


def test_a_plain_mail_has_both_parts_and_escapes_its_html() -> None:
    message = plain_message(Channel.EMAIL, "TEST <1>", subject="Recado")

    assert isinstance(message, EmailMessage)
    assert (message.subject, message.text) == ("Recado", "TEST <1>")
    assert "TEST &lt;1&gt;" in message.html


@pytest.mark.parametrize("channel", Channel)
def test_there_is_a_message_for_each_channel(channel: Channel) -> None:
    message = plain_message(channel, "TEST", subject="Recado")

    assert "TEST" in message.model_dump().values()
