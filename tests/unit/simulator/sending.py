"""How the product's senders call each simulated provider, as short as it gets."""

from __future__ import annotations

from typing import Any

from tests.unit.simulator.running import RunningSimulator

ANA = "+593991234567"


def by_meta(simulator: RunningSimulator, to: str = ANA, **more: Any) -> dict[str, Any]:
    """A text by WhatsApp Cloud API; the message as it was kept."""
    body = {
        "messaging_product": "whatsapp",
        "to": to,
        "type": "text",
        "text": {"body": "Su moto está lista"},
        "biz_opaque_callback_data": "notification.1",
        **more,
    }
    simulator.http.post(
        "/graph/v25.0/1090/messages", json=body, headers={"Authorization": "Bearer meta-token"}
    ).raise_for_status()
    return simulator.messages(provider="meta")[-1]


def with_buttons(*titles: str) -> dict[str, Any]:
    """The fields of a WhatsApp message with buttons."""
    buttons = [
        {"type": "reply", "reply": {"id": f"boton-{place}", "title": title}}
        for place, title in enumerate(titles)
    ]
    interactive = {"type": "button", "body": {"text": "¿Viene?"}, "action": {"buttons": buttons}}
    return {"type": "interactive", "interactive": interactive}


def by_twilio(
    simulator: RunningSimulator, channel: str = "sms", callback: str | None = None
) -> dict[str, Any]:
    """A text by Twilio; the message as it was kept."""
    prefix, sender = ("whatsapp:", "whatsapp:+15550002222"), ("", "+15550001111")
    mark, our_number = prefix if channel == "whatsapp" else sender
    form = {"To": f"{mark}{ANA}", "From": our_number, "Body": "Su moto está lista"}
    if callback:
        form["StatusCallback"] = callback
    simulator.http.post(
        "/twilio/2010-04-01/Accounts/AC1/Messages.json", data=form, auth=("AC1", "twilio-token")
    ).raise_for_status()
    return simulator.messages(provider="twilio")[-1]


def by_evolution(simulator: RunningSimulator) -> dict[str, Any]:
    """A text by Evolution; the message as it was kept."""
    simulator.http.post(
        "/evolution/message/sendText/taller",
        json={"number": ANA.removeprefix("+"), "text": "Su moto está lista"},
        headers={"apikey": "evolution-key"},
    ).raise_for_status()
    return simulator.messages(provider="evolution")[-1]


def by_messenger(simulator: RunningSimulator, path: str, token: str) -> dict[str, Any]:
    """A text by Messenger or Instagram; the message as it was kept."""
    simulator.http.post(
        path,
        json={
            "recipient": {"id": "900100"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Su moto está lista"},
        },
        headers={"Authorization": f"Bearer {token}"},
    ).raise_for_status()
    return simulator.messages()[-1]


def by_ses(simulator: RunningSimulator, *to: str) -> list[dict[str, Any]]:
    """A mail by SES; a message for each recipient."""
    signature = (
        "AWS4-HMAC-SHA256 Credential=AKID/20260120/us-east-1/ses/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    simulator.http.post(
        "/ses/v2/email/outbound-emails",
        json={
            "FromEmailAddress": "Taller <avisos@example.com>",
            "Destination": {"ToAddresses": list(to)},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Su moto"},
                    "Body": {"Text": {"Data": "Está lista"}},
                }
            },
            "EmailTags": [{"Name": "recado_notification", "Value": "notification-1"}],
        },
        headers={"Authorization": signature, "X-Amz-Date": "20260120T000000Z"},
    ).raise_for_status()
    return simulator.messages(provider="ses")[-len(to) :]
