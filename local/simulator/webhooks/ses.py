"""What becomes of Amazon SES's mails: events that it publishes to a topic of Amazon SNS.

Protocol: docs.aws.amazon.com/ses/latest/dg, "Contents of event data that Amazon SES publishes to
Amazon SNS". The laptop cloud plays SNS; it is called as any client of AWS calls it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.simulator.accounts import SesAccount
from local.simulator.inbound_messages import InboundMessage
from local.simulator.messages import Message, Status
from local.simulator.webhooks.calls import (
    FORM_TYPE,
    ImpossibleWebhook,
    Report,
    WebhookCall,
    WebhookProvider,
)

TAG_NAME = "recado_notification"
EVENTS: dict[Status, str] = {
    "sent": "Send",
    "delivered": "Delivery",
    "bounce": "Bounce",
    "complaint": "Complaint",
    "failed": "Reject",
}


class SesWebhooks(WebhookProvider):
    """What one SES account publishes.

    Parameters
    ----------
    account
        Without a topic there is nowhere to publish to.
    endpoint_url
        Where AWS is on this machine; None where it is not. It is called with the laptop cloud's
        credentials, which are worth nothing at the real one.
    """

    name = "ses"
    channels = ("email",)

    def __init__(self, account: SesAccount, endpoint_url: str | None) -> None:
        self._account = account
        self._endpoint_url = endpoint_url

    def statuses(self, message: Message) -> Collection[Status]:
        """Nobody knows whether a mail was read."""
        return EVENTS.keys()

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """An event for each mail and status, with all recipients that it is about."""
        self._check(reports)

        def subject(report: Report) -> tuple[str, str, str]:
            return (report.message.provider_message_id, report.status, report.code or "")

        return [
            self._publish(_event([*group]))
            for _, group in groupby(sorted(reports, key=subject), key=subject)
        ]

    def new_id(self) -> str:
        """Nobody answers by mail here."""
        self._cannot("provider", "nobody answers mails here")

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """Nobody answers by mail here."""
        self._cannot("provider", "nobody answers mails here")

    def _publish(self, event: Mapping[str, object]) -> WebhookCall:
        topic = self._account.topic_arn
        if not (topic and self._endpoint_url):
            raise ImpossibleWebhook("topic_arn", "there is no topic on the laptop cloud", 409)
        region = topic.split(":")[3]
        form = {
            "Action": "Publish",
            "Version": "2010-03-31",
            "TopicArn": topic,
            "Subject": "Amazon SES Email Event Notification",
            "Message": json.dumps(event),
        }
        body = urlencode(form).encode()
        url = f"{self._endpoint_url}/"
        request = AWSRequest("POST", url, headers={"Content-Type": FORM_TYPE}, data=body)
        # The laptop cloud knows these credentials only.
        SigV4Auth(Credentials("local", "local"), "sns", region).add_auth(request)
        return WebhookCall(
            provider=self.name,
            kind="receipts",
            url=url,
            body=body,
            headers=dict(request.headers.items()),
            wants_retry=lambda _status: False,
        )


def _event(reports: Sequence[Report]) -> dict[str, object]:
    """One event; the reports are of one mail and alike."""
    first = reports[0]
    kind = EVENTS[first.status]
    return {"eventType": kind, "mail": _mail(first), kind.lower(): _details(kind, reports)}


def _mail(report: Report) -> dict[str, object]:
    message = report.message
    tag = {TAG_NAME: [message.tag]} if message.tag else {}
    return {
        "timestamp": _time(message.received_at.isoformat()),
        "source": message.sender,
        "sourceArn": "arn:aws:ses:us-east-1:000000000000:identity/recado",
        "sendingAccountId": "000000000000",
        "messageId": message.provider_message_id,
        "destination": [message.to],
        "headersTruncated": False,
        "headers": [
            {"name": name, "value": value} for name, value in (message.headers or {}).items()
        ],
        "commonHeaders": {
            "from": [message.sender],
            "to": [message.to],
            "messageId": message.provider_message_id,
            "subject": message.subject or "",
        },
        "tags": {"ses:source-ip": ["127.0.0.1"], **tag},
    }


def _details(kind: str, reports: Sequence[Report]) -> dict[str, object]:
    first = reports[0]
    addresses = [report.message.to for report in reports]
    time = _time(first.at.isoformat())
    match kind:
        case "Delivery":
            return {
                "timestamp": time,
                "processingTimeMillis": 500,
                "recipients": addresses,
                "smtpResponse": "250 2.6.0 Message received",
                "reportingMTA": "mta.example",
            }
        case "Bounce":
            kind, _, subtype = (first.code or "Permanent.General").partition(".")
            return {
                "feedbackId": first.message.id,
                "bounceType": kind,
                "bounceSubType": subtype or "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": address,
                        "action": "failed",
                        "status": "5.1.1" if kind == "Permanent" else "4.2.2",
                        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                    }
                    for address in addresses
                ],
                "timestamp": time,
                "reportingMTA": "dns; mta.example",
            }
        case "Complaint":
            return {
                "feedbackId": first.message.id,
                "complaintSubType": None,
                "complainedRecipients": [{"emailAddress": address} for address in addresses],
                "timestamp": time,
                "userAgent": "Simulated mailbox",
                "complaintFeedbackType": first.code or "abuse",
                "arrivalDate": time,
            }
        case "Reject":
            return {"reason": "Bad content"}
        case _:
            return {}


def _time(iso: str) -> str:
    return iso.replace("+00:00", "Z")
