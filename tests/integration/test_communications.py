"""Communications over HTTP: send, list in both directions, summarise, try again."""

from __future__ import annotations

from typing import Any

import pytest

from functions.channel_fallback import handler as channel_fallback
from functions.inbound_processor import handler as inbound_processor
from functions.notification_sender import handler as notification_sender
from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
from recado.domain.api_keys import Scope, new_key
from recado.domain.channels import Provider
from recado.domain.errors import PermanentMessageError, WindowClosedError
from recado.domain.media import MediaStatus, StoredMedia
from recado.domain.messages import WhatsAppMessage
from recado.domain.notification import Mode
from recado.domain.updates import Identity, IdentityKind, InboundMessage, InboundType, Media
from tests.cloud import Cloud

ALL = "/api/v1/communications"
SEND = f"{ALL}/send/"
REQUEST = {
    "application_id": "app-9",
    "candidate_id": "cand-7",
    "phone": "573001234567",
    "template_name": "contacto_inicial",
    "template_variables": ["Ana", "Luis", "Analista"],
}


def deliver(cloud: Cloud) -> None:
    cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))


def answer(cloud: Cloud, text: str, **changes: object) -> None:
    """Let a person write."""
    clock = SystemClock()
    fields: dict[str, Any] = {
        "tenant_id": "andinos",
        "account_id": "wa",
        "provider": Provider.WHATSAPP_CLOUD,
        "provider_message_id": f"wamid.{text}",
        "sender": (Identity(kind=IdentityKind.PHONE, value="+573001234567"),),
        "at": clock.now(),
        "received_at": clock.now(),
        "type": InboundType.TEXT,
        "text": text,
    }
    message = InboundMessage.model_validate({**fields, **changes})
    cloud.stack.update_queues.put_inbound([message])
    batch = cloud.sqs_event("INBOUND_QUEUE_URL")
    assert cloud.run(inbound_processor, batch) == {"batchItemFailures": []}


def test_a_template_is_sent_to_a_candidate_who_need_not_be_in_the_directory(cloud: Cloud) -> None:
    status, body, headers = cloud.request("POST", SEND, REQUEST)

    assert status == 202
    assert headers["Location"] == f"{ALL}/{body['id']}/"
    assert (body["status"], body["direction"], body["message_type"]) == (
        "pending",
        "outbound",
        "initial",
    )
    assert (body["phone"], body["candidate_id"]) == ("+573001234567", "cand-7")
    deliver(cloud)
    [message] = cloud.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    template = message.content.approved_template
    assert template is not None
    assert (template.name, template.parameters) == ("contacto_inicial", ("Ana", "Luis", "Analista"))


def test_an_answer_is_linked_and_its_interest_told(cloud: Cloud) -> None:
    _, sent, _ = cloud.request("POST", SEND, REQUEST)
    deliver(cloud)
    answer(cloud, "Sí, me interesa")

    _, one, _ = cloud.request("GET", f"{ALL}/{sent['id']}/")
    _, page, _ = cloud.request("GET", f"{ALL}?candidate_id=cand-7")

    assert (one["status"], one["interest"]) == ("replied", "interested")
    assert one["reply"]["content"] == "Sí, me interesa"
    assert one["provider_message_id"] == "wa-1"
    inbound, outbound = page["communications"]
    assert (inbound["direction"], inbound["replies_to"]) == ("inbound", outbound["id"])
    assert inbound["id"] == one["reply"]["id"]
    assert page["next_cursor"] is None


def test_free_text_goes_only_into_an_open_window(cloud: Cloud) -> None:
    text = {"candidate_id": "cand-7", "phone": "573001234567", "text": "¿Le sirve el lunes?"}

    status, problem, _ = cloud.request("POST", SEND, text)
    assert (status, problem["code"]) == (422, "window_closed")
    answer(cloud, "hola")
    status, _, _ = cloud.request("POST", SEND, text)

    assert status == 202
    deliver(cloud)
    [message] = cloud.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    assert message.content.free_text


@pytest.mark.parametrize(
    "content",
    [
        {"text": "¿Viene?", "buttons": [{"title": "Sí", "payload": "yes"}]},
        {"text": "Elija", "menu": {"button": "Horas", "rows": [{"title": "9", "payload": "9"}]}},
        {"text": "¿Dónde está?", "asks_for_location": True},
        {"attachment": {"type": "image", "url": "https://files.example.com/a.png"}, "text": "Foto"},
        {"attachment": {"type": "document", "media_id": "123", "file_name": "cv.pdf"}},
        {"reaction": {"message_id": "wamid.1", "emoji": "👍"}},
        {"text": "Sí", "reply_to": "wamid.1"},
    ],
)
def test_inside_the_window_every_kind_of_content_goes(
    cloud: Cloud, content: dict[str, object]
) -> None:
    answer(cloud, "hola")

    whom = {"candidate_id": "cand-7", "phone": "573001234567"}
    status, body, _ = cloud.request("POST", SEND, {**whom, **content})
    deliver(cloud)

    assert status == 202, body
    [message] = cloud.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    sent = message.content.model_dump(mode="json", exclude_defaults=True)
    assert content.keys() <= sent.keys()


@pytest.mark.parametrize(
    "content",
    [
        {"buttons": [{"title": "Sí", "payload": "yes"}]},
        {"text": "x", "buttons": [{"title": "Sí"}]},
        {"text": "x", "asks_for_location": True, "reaction": {"message_id": "1", "emoji": "👍"}},
        {"text": "x", "reaction": {"message_id": "1", "emoji": "👍"}},
        {"attachment": {"type": "image"}},
        {"reply_to": "wamid.1"},
    ],
)
def test_content_that_cannot_be_sent_is_refused_at_once(
    cloud: Cloud, content: dict[str, object]
) -> None:
    whom = {"candidate_id": "cand-7", "phone": "573001234567"}

    assert cloud.request("POST", SEND, {**whom, **content})[0] == 422
    assert cloud.messages("WHATSAPP_QUEUE_URL") == []


def test_with_text_and_template_the_window_decides(cloud: Cloud) -> None:
    both = {**REQUEST, "text": "¿Le sirve el lunes?"}
    cloud.request("POST", SEND, both)
    deliver(cloud)
    answer(cloud, "hola")
    cloud.request("POST", SEND, both)
    deliver(cloud)

    contents = [m.content for m in cloud.senders.accepted]
    assert [c.free_text for c in contents if isinstance(c, WhatsAppMessage)] == [False, True]


def test_who_opted_out_is_not_written_to(cloud: Cloud) -> None:
    answer(cloud, "BAJA")
    deliver(cloud)
    status, body, _ = cloud.request("POST", SEND, REQUEST)
    deliver(cloud)

    assert (status, body["status"], body["error_code"]) == (202, "failed", "suppressed")
    assert len(cloud.senders.accepted) == 1, "the confirmation alone"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": "not a phone"}, "phone"),
        ({"template_name": None}, "body"),
        ({"template_name": "No Name"}, "template_name"),
        ({"candidate_id": ""}, "candidate_id"),
        ({"message_type": "other"}, "message_type"),
        ({"account_id": "nobody"}, "account_id"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_bad_request_names_the_field(cloud: Cloud, change: dict[str, object], field: str) -> None:
    status, problem, _ = cloud.request("POST", SEND, {**REQUEST, **change})

    assert status == 422
    assert field in [error["field"] for error in problem["errors"]]


def test_the_same_idempotency_key_sends_once(cloud: Cloud) -> None:
    headers = {"x-api-key": cloud.api_key, "idempotency-key": "one"}
    answers = [cloud.request("POST", SEND, REQUEST, headers=headers) for _ in range(3)]

    assert len({body["id"] for _, body, _ in answers}) == 1
    assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1


def fail(cloud: Cloud) -> None:
    cloud.senders.script["wa"].append(PermanentMessageError("131026"))
    deliver(cloud)
    cloud.run(channel_fallback, cloud.sqs_event("WHATSAPP_DLQ_URL"))


def test_a_failed_message_is_tried_again_three_times_at_most(cloud: Cloud) -> None:
    _, sent, _ = cloud.request("POST", SEND, REQUEST)
    retry = f"{ALL}/{sent['id']}/retry/"
    status, problem, _ = cloud.request("POST", retry)
    assert (status, problem["code"]) == (409, "not_failed")

    fail(cloud)
    for count in (1, 2, 3):
        status, again, _ = cloud.request("POST", retry)
        assert (status, again["status"], again["retry_count"]) == (202, "pending", count)
        fail(cloud)
    status, problem, _ = cloud.request("POST", retry)

    assert (status, problem["code"]) == (409, "retry_limit")


def test_a_test_key_does_not_try_a_live_message_again(cloud: Cloud) -> None:
    _, sent, _ = cloud.request("POST", SEND, REQUEST)
    fail(cloud)
    key, secret = new_key(tenant_id="andinos", mode=Mode.TEST, name="test", now=SystemClock().now())
    cloud.stack.configuration.put_api_key(key)

    status, _, _ = cloud.request(
        "POST", f"{ALL}/{sent['id']}/retry/", headers={"x-api-key": secret}
    )

    assert status == 404


def test_a_retry_looks_the_window_up_anew(cloud: Cloud) -> None:
    answer(cloud, "hola")
    text = {"candidate_id": "cand-7", "phone": "573001234567", "text": "¿Le sirve el lunes?"}
    _, sent, _ = cloud.request("POST", SEND, text)
    cloud.senders.script["wa"].append(WindowClosedError("131047"))
    deliver(cloud)
    cloud.run(channel_fallback, cloud.sqs_event("WHATSAPP_DLQ_URL"))
    answer(cloud, "sigo aquí")

    cloud.request("POST", f"{ALL}/{sent['id']}/retry/")
    deliver(cloud)

    assert cloud.request("GET", f"{ALL}/{sent['id']}/")[1]["status"] == "sent"


def test_a_retry_that_works_is_sent(cloud: Cloud) -> None:
    _, sent, _ = cloud.request("POST", SEND, REQUEST)
    fail(cloud)
    cloud.request("POST", f"{ALL}/{sent['id']}/retry/")
    deliver(cloud)

    _, one, _ = cloud.request("GET", f"{ALL}/{sent['id']}/")
    assert (one["status"], one["error_code"], one["retry_count"]) == ("sent", None, 1)


def test_a_list_is_filtered_and_goes_on_where_it_ended(cloud: Cloud) -> None:
    for number in range(5):
        cloud.request("POST", SEND, {**REQUEST, "application_id": f"app-{number % 2}"})
    cloud.dispatch()
    answer(cloud, "¿cuánto pagan?")

    def ids(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            status, page, _ = cloud.request("GET", f"{ALL}?limit=2{query}{cursor}")
            assert status == 200, page
            found += [each["id"] for each in page["communications"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert len(ids("")) == len(set(ids(""))) == 7
    assert len(ids("&application_id=app-0")) == 3
    assert len(ids("&direction=inbound")) == 1
    assert len(ids("&interest=question&direction=inbound")) == 1
    assert len(ids("&direction=outbound&status=pending")) == 6
    assert ids("&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "status=x", "since=yesterday", "cursor=!!", "cursor=e30"),
        *("since=0001-01-01T00:00:00Z", "until=0001-01-02T00:00:00Z", "since=2999-01-01T00:00:00Z"),
        "cursor=eyJhdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAiLCJlbnRyeV9pZCI6IngifQ",
    ],
)
def test_a_bad_query_names_the_parameter(cloud: Cloud, query: str) -> None:
    status, problem, _ = cloud.request("GET", f"{ALL}?{query}")

    assert status == 422
    assert query.partition("=")[0] in [e["field"] for e in problem["errors"]]


def test_an_events_notification_is_a_communication_too(cloud: Cloud) -> None:
    [notification_id] = cloud.dispatch()

    status, one, _ = cloud.request("GET", f"{ALL}/{notification_id}/")

    assert status == 200
    assert one["content"] == "Hola Carlos Mendoza, su auto ABC123 le espera."
    assert one["event_type"] == "appointment_scheduled"


def test_a_candidates_summary_counts_both_directions(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.request("POST", SEND, REQUEST)
    deliver(cloud)
    answer(cloud, "no me interesa")

    status, body, _ = cloud.request("GET", f"{ALL}/candidate/cand-7/summary/")

    assert status == 200
    assert (body["outbound"], body["inbound"], body["last_interest"]) == (2, 1, "not_interested")
    assert body["by_status"] == {"sent": 1, "replied": 1}
    assert (body["delivery_rate"], body["read_rate"], body["reply_rate"]) == (0.5, 0.5, 0.5)
    assert body["is_complete"] is True


def test_a_communication_shows_what_became_of_its_files(cloud: Cloud) -> None:
    media = (
        Media(mime_type="image/jpeg", media_id="1"),
        Media(mime_type="application/pdf", media_id="2", file_name="cv.pdf"),
    )
    answer(cloud, "mi hoja de vida", type=InboundType.MEDIA, media=media)
    [listed] = cloud.request("GET", f"{ALL}?direction=inbound")[1]["communications"]
    assert [f["status"] for f in listed["media"]] == ["pending", "pending"]

    here = cloud.stack
    stored = StoredMedia(
        status=MediaStatus.REFUSED, reason="too_large", expires_at=SystemClock().now()
    )
    results = DynamoDBInboundMedia(here.dynamodb, here.config.notifications_table)
    results.record("andinos", listed["id"], 1, stored)
    _, one, _ = cloud.request("GET", f"{ALL}/{listed['id']}/")

    assert [(f["status"], f["reason"]) for f in one["media"]] == [
        ("pending", None),
        ("refused", "too_large"),
    ]
    assert one["media"][1]["file_name"] == "cv.pdf"


@pytest.mark.parametrize("path", ["/x", "/candidate/nobody/summary", "/ntf_0"])
def test_what_is_not_there_is_404(cloud: Cloud, path: str) -> None:
    assert cloud.request("GET", f"{ALL}{path}")[0] == 404


def test_invariant_10_another_tenants_communications_are_404(cloud: Cloud) -> None:
    _, sent, _ = cloud.request("POST", SEND, REQUEST)
    key, secret = new_key(tenant_id="costa", mode=Mode.LIVE, name="other", now=SystemClock().now())
    cloud.stack.configuration.put_api_key(key)
    headers = {"x-api-key": secret}

    one = cloud.request("GET", f"{ALL}/{sent['id']}/", headers=headers)
    page = cloud.request("GET", ALL, headers=headers)

    assert one[0] == 404
    assert page[1]["communications"] == []


def test_a_key_needs_the_scope(cloud: Cloud) -> None:
    key, secret = new_key(
        tenant_id="andinos", mode=Mode.LIVE, name="small", now=SystemClock().now()
    )
    small = key.model_copy(update={"scopes": frozenset({Scope.TEMPLATES_READ})})
    cloud.stack.configuration.put_api_key(small)
    headers = {"x-api-key": secret}

    assert cloud.request("POST", SEND, REQUEST, headers=headers)[0] == 403
    assert cloud.request("GET", ALL, headers=headers)[0] == 403
