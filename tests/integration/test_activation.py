"""An invitation to WhatsApp on its whole way: asked for, mailed, opened, written, confirmed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.inbound_processor import handler as inbound_processor
from functions.meta_webhook import handler as webhook
from functions.notification_sender import handler as sender
from functions.unsubscribe import handler as pages
from recado.adapters.dynamodb import keys
from recado.adapters.qr import qr_png
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Preference, Recipient, Suppression, SuppressionReason
from recado.domain.messages import EmailMessage, WhatsAppMessage
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import EmailContent, Template, TemplateSlot
from tests.cloud import META_APP, Cloud, http_event
from tests.fakes.clock import NOON
from tests.workshop import CUSTOMER, TENANT

PATH = f"/api/v1/notifications/customers/{CUSTOMER.recipient_id}/activate_whatsapp/"
OURS, THEIRS, NUMBER_ID = "+593 2 555 0100", "593991234567", "100"
MAIL = EmailContent(
    subject="WhatsApp de {{Taller}}",
    text="Abra {{Enlace}}",
    html='<a href="{{Enlace}}">WhatsApp</a><img src="{{CódigoQR}}" alt="QR">',
)


@pytest.fixture
def inviting(cloud: Cloud) -> Cloud:
    """A tenant that can invite, and a customer whom only mail reaches."""
    configuration = cloud.stack.configuration
    put_account(cloud, display_phone_number=OURS)
    slot = TemplateSlot(
        service_type=ANY_SERVICE,
        phase=Occasion.WHATSAPP_ACTIVATION,
        target=Target.CLIENTS,
        channel=Channel.EMAIL,
        locale="es",
    )
    configuration.put_template(
        Template(tenant_id=TENANT.tenant_id, slot=slot, version=1, content=MAIL)
    )
    mail = CUSTOMER.addresses_on(Channel.EMAIL)
    preferences = (Preference(channel=Channel.EMAIL, priority=1),)
    cloud.stack.directory.put_recipient(
        CUSTOMER.model_copy(update={"addresses": mail, "preferences": preferences})
    )
    return cloud


def put_account(cloud: Cloud, **settings: str) -> None:
    cloud.stack.configuration.put_account(
        ChannelAccount(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            settings={"phone_number_id": NUMBER_ID, "app_id": META_APP, **settings},
            secret_name="s",
        )
    )


def invite(cloud: Cloud) -> dict[str, Any]:
    status, invitation, headers = cloud.request("POST", PATH)
    assert status == 202
    assert headers["Location"].endswith(f"/{invitation['notification_id']}/")
    return invitation


def written(invitation: dict[str, Any]) -> str:
    """The message that an invitation's link writes for the customer."""
    [text] = parse_qs(urlsplit(invitation["link"]).query)["text"]
    return text


def write(cloud: Cloud, text: str, *, message_id: str = "wamid.1") -> None:
    """Let the customer send us a message on WhatsApp."""
    message = {
        **{"id": message_id, "from": THEIRS, "timestamp": str(int(time.time()))},
        **{"type": "text", "text": {"body": text}},
    }
    value = {"metadata": {"phone_number_id": NUMBER_ID}, "messages": [message]}
    entry = {"id": "300", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    digest = hmac.new(b"app-s3cret", body.encode(), hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    event = http_event("POST", "/webhook/whatsapp", body, headers)
    assert cloud.run(webhook, event)["statusCode"] == 200
    answer = cloud.run(inbound_processor, cloud.sqs_event("INBOUND_QUEUE_URL"))
    assert answer == {"batchItemFailures": []}


def open_page(cloud: Cloud, url: str) -> dict[str, Any]:
    path = urlsplit(url).path
    event = http_event("GET", path, None, {})
    event["pathParameters"] = {"code": path.rpartition("/")[2]}
    return cloud.run(pages, event)


def customer(cloud: Cloud) -> Recipient:
    person = cloud.stack.people.person(TENANT.tenant_id, CUSTOMER.recipient_id)
    assert person is not None
    return person


def test_an_invitation_is_found_by_the_clients_own_name_for_the_request(inviting: Cloud) -> None:
    headers = {"x-api-key": inviting.api_key, "x-correlation-id": "order-7"}

    _, invitation, _ = inviting.request("POST", PATH, headers=headers)

    made = inviting.timeline(invitation["notification_id"]).notification
    assert made.correlation_id == "order-7"


def test_the_mail_holds_the_link_and_its_qr_code(inviting: Cloud) -> None:
    invitation = invite(inviting)
    inviting.run(sender, inviting.sqs_event("EMAIL_QUEUE_URL"))

    [mail] = inviting.senders.accepted
    assert isinstance(mail.content, EmailMessage)
    assert invitation["link"] in mail.content.text
    assert f'<img src="{invitation["qr_url"]}"' in mail.content.html
    assert mail.to.value == "carlos@example.com"


def test_the_page_opens_the_chat_and_shows_its_code(inviting: Cloud) -> None:
    invitation = invite(inviting)

    page = open_page(inviting, invitation["page_url"])
    picture = open_page(inviting, invitation["qr_url"])

    assert page["statusCode"] == 200
    assert f'href="{invitation["link"]}"' in page["body"]
    assert "Talleres Andinos" in page["body"]
    assert "Open WhatsApp" in page["body"]
    assert "script" not in page["body"]
    assert "img-src 'self'" in page["headers"]["content-security-policy"]
    assert picture["headers"]["content-type"] == "image/png"
    assert base64.b64decode(picture["body"]) == qr_png(invitation["link"])
    assert picture["isBase64Encoded"]


def test_whoever_may_read_the_log_learns_no_code_that_is_unused(inviting: Cloud) -> None:
    invitation = invite(inviting)
    code = invitation["page_url"].rpartition("/")[2]
    entry = f"/api/v1/communications/{invitation['notification_id']}/"
    paths = (
        *("/api/v1/communications/", entry),
        f"/api/v1/notifications/{invitation['notification_id']}/",
        f"/api/v1/notifications/customers/{CUSTOMER.recipient_id}/export/",
    )

    answers = [inviting.request("GET", path)[:2] for path in paths]

    assert [status for status, _ in answers] == [200] * len(paths)
    assert all(invitation["notification_id"] in json.dumps(body) for _, body in answers)
    assert code not in json.dumps(answers)
    assert (answers[1][1]["variables"], answers[1][1]["content"]) == ([], None)


@pytest.mark.parametrize("spoilt", ["/a/x", "/a/", "/a/.png", "/a/ñ.png", "/a/%00"])
def test_a_page_that_is_not_ours_is_not_found(inviting: Cloud, spoilt: str) -> None:
    page = open_page(inviting, spoilt)

    assert page["statusCode"] == 404
    assert "no es válido" in page["body"]


def test_the_first_message_activates_whatsapp_and_is_confirmed(inviting: Cloud) -> None:
    write(inviting, written(invite(inviting)))

    person = customer(inviting)
    assert [a.value for a in person.addresses_on(Channel.WHATSAPP)] == [f"+{THEIRS}"]
    assert [(p.channel, p.priority) for p in person.preferences] == [("whatsapp", 1), ("email", 2)]
    inviting.run(sender, inviting.sqs_event("WHATSAPP_QUEUE_URL"))
    [confirmation] = inviting.senders.accepted
    assert isinstance(confirmation.content, WhatsAppMessage)
    assert "responda BAJA" in confirmation.content.text
    [following] = inviting.dispatch()
    route = inviting.timeline(following).notification.route
    assert [step.channel for step in route][:2] == ["whatsapp", "email"]
    assert [person.recipient_id] == [
        each.recipient_id
        for each in inviting.stack.directory.reached_at(
            TENANT.tenant_id, person.addresses_on(Channel.WHATSAPP)[0], limit=5
        )
    ]


def test_the_same_message_twice_has_one_effect(inviting: Cloud) -> None:
    text = written(invite(inviting))
    for _ in range(2):
        write(inviting, text)
    version = customer(inviting).version
    write(inviting, text, message_id="wamid.2")

    assert customer(inviting).version == version
    assert len(inviting.messages("WHATSAPP_QUEUE_URL")) == 1


def test_an_opt_out_is_lifted_and_the_message_kept_as_evidence(inviting: Cloud) -> None:
    suppression = Suppression(
        tenant_id=TENANT.tenant_id,
        channel=Channel.WHATSAPP,
        address=f"+{THEIRS}",
        reason=SuppressionReason.OPT_OUT,
        evidence="BAJA",
        created_at=NOON,
    )
    inviting.stack.directory.suppress(suppression)
    text = written(invite(inviting))

    write(inviting, text)

    partition = keys.suppression(TENANT.tenant_id, Channel.WHATSAPP, f"+{THEIRS}")
    table = inviting.environment["DIRECTORY_TABLE"]
    [kept] = inviting.stack.dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": partition}},
    )["Items"]
    assert kept["sk"]["S"].startswith("LIFTED#")
    assert text in json.loads(kept["document"]["S"])["evidence"]


def test_an_account_that_does_not_say_its_number_is_named(inviting: Cloud) -> None:
    put_account(inviting)

    status, problem, _ = inviting.request("POST", PATH)

    assert status == 422
    assert "display_phone_number" in problem["detail"]
    assert "wa" in problem["detail"]


def test_who_is_nobodys_customer_is_not_found(inviting: Cloud) -> None:
    path = "/api/v1/notifications/customers/nobody/activate_whatsapp/"

    assert inviting.request("POST", path)[0] == 404


def test_a_request_that_is_sent_again_invites_once(inviting: Cloud) -> None:
    headers = {"x-api-key": inviting.api_key, "idempotency-key": "k-1"}

    answers = [inviting.request("POST", PATH, headers=headers)[1] for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(inviting.messages("EMAIL_QUEUE_URL")) == 1
