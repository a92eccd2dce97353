"""Slack: the request, its limits, and the class of every code."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from recado.adapters.channels.slack import ERRORS
from recado.domain.channels import Channel
from recado.domain.directory import Address
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import Attachment, AttachmentType, Button, ChatMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.error_tables import (
    Expected,
    assert_complete,
    cases,
    not_counted,
    suppressing,
)
from tests.contract.channels.providers.slack import PERSON, Slack

EXPECTED: Expected = {
    RetryableError: """
        ratelimited rate_limited message_limit_exceeded request_timeout service_unavailable
        team_added_to_org external_channel_migrating http_429 http_500 http_502 http_503
    """,
    OutcomeUnknownError: "internal_error fatal_error http_504",
    PermanentRecipientError: """
        channel_not_found user_not_found not_in_channel is_archived is_inactive user_disabled
        cannot_dm_bot messages_tab_disabled restricted_action restricted_action_read_only_channel
        restricted_action_thread_only_channel restricted_action_non_threadable_channel
        restricted_action_thread_locked
    """,
    PermanentMessageError: """
        msg_too_long no_text invalid_blocks invalid_blocks_format msg_blocks_too_long
        too_many_attachments cannot_reply_to_message invalid_arguments invalid_arg_name
        invalid_json json_not_object
    """,
    AccountError: """
        invalid_auth not_authed account_inactive token_revoked token_expired missing_scope
        no_permission not_allowed_token_type access_denied accesslimited ekm_access_denied
        enterprise_is_restricted org_login_required team_access_not_granted
        two_factor_setup_required
    """,
}

IMAGE = Attachment(
    type=AttachmentType.IMAGE, url="https://files.example/1.png", file_name="freno.png"
)
FILE = Attachment(type=AttachmentType.DOCUMENT, url="https://files.example/1.pdf")
YES = Button(title="Sí", payload="yes")


def failure(answer: httpx.Response) -> DeliveryError:
    provider = Slack()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(provider.message)
    return raised.value


def sent(content: ChatMessage) -> dict[str, Any]:
    """The body that a content is sent with, without what every message has."""
    provider = Slack()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message.model_copy(update={"content": content}))
    body: dict[str, Any] = json.loads(provider.request.content)
    common = ("channel", "mrkdwn", "unfurl_links", "unfurl_media")
    assert [body.pop(name) for name in common] == [PERSON, False, False, False]
    return body


def a_message(text: str = "Hola", **fields: Any) -> ChatMessage:
    return ChatMessage(channel=Channel.SLACK, text=text, **fields)


def a_section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def test_a_text_goes_to_the_persons_id() -> None:
    provider = Slack()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        acceptance = sender.send(provider.message)

    assert str(provider.request.url) == "https://slack.test/api/chat.postMessage"
    assert provider.request.headers["authorization"] == "Bearer xoxb-not-a-real-token"
    assert json.loads(provider.request.content) == {
        "channel": PERSON,
        "text": "Hola Carlos, su Haval le espera",
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert acceptance.provider_message_id == "D024BFF1M:1772452800.000100"


def test_nobodys_text_is_markup_or_calls_a_channel() -> None:
    assert sent(a_message("<!channel> *a* & b")) == {"text": "&lt;!channel&gt; *a* &amp; b"}


def test_buttons_stand_under_the_text_and_answer_or_open() -> None:
    link = Button(title="Mapa", url="https://maps.example/taller")

    assert sent(a_message("¿Viene <hoy>?", buttons=(YES, link))) == {
        "text": "¿Viene &lt;hoy&gt;?",
        "blocks": [
            a_section("¿Viene <hoy>?"),
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "button_1",
                        "text": {"type": "plain_text", "text": "Sí"},
                        "value": "yes",
                    },
                    {
                        "type": "button",
                        "action_id": "button_2",
                        "text": {"type": "plain_text", "text": "Mapa"},
                        "url": "https://maps.example/taller",
                    },
                ],
            },
        ],
    }


def test_an_image_stands_between_text_and_buttons() -> None:
    body = sent(a_message("El freno", attachment=IMAGE, buttons=(YES,)))
    assert [block["type"] for block in body["blocks"]] == ["section", "image", "actions"]
    assert body["blocks"][1] == {
        "type": "image",
        "image_url": "https://files.example/1.png",
        "alt_text": "freno.png",
    }


def test_an_image_needs_neither_text_nor_name() -> None:
    image = IMAGE.model_copy(update={"file_name": None})
    assert sent(a_message("", attachment=image)) == {
        "blocks": [
            {"type": "image", "image_url": "https://files.example/1.png", "alt_text": "image"}
        ]
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Su factura", "Su factura\nhttps://files.example/1.pdf"),
        ("", "https://files.example/1.pdf"),
    ],
)
def test_other_files_go_as_their_address(text: str, shown: str) -> None:
    assert sent(a_message(text, attachment=FILE)) == {"text": shown}


def test_a_quoted_message_is_answered_in_its_thread() -> None:
    body = sent(a_message(reply_to="D024BFF1M:1772452800.000100"))
    assert body["thread_ts"] == "1772452800.000100"


@pytest.mark.parametrize("reply_to", ["wamid.1", "D024BFF1M:", "", "D1:1.0:button_1:2.0"])
def test_what_is_no_message_of_slacks_is_not_quoted(reply_to: str) -> None:
    assert "thread_ts" not in sent(a_message(reply_to=reply_to))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_message(" "), "text_missing"),
        (a_message("", buttons=(YES,)), "text_missing"),
        (a_message("a" * 40_001), "text_too_long"),
        (a_message("a" * 3001, buttons=(YES,)), "text_too_long"),
        (a_message("a" * 3001, attachment=IMAGE), "text_too_long"),
        (a_message(buttons=(YES,) * 26), "buttons_refused"),
        (a_message(buttons=(Button(title="a" * 76, payload="1"),)), "buttons_refused"),
        (a_message(buttons=(Button(title="a", payload="1" * 2001),)), "buttons_refused"),
        (a_message(buttons=(Button(title="a", payload=""),)), "buttons_refused"),
        (
            a_message(buttons=(Button(title="a", url="https://a.example/" + "b" * 3000),)),
            "buttons_refused",
        ),
        (
            a_message(attachment=Attachment(type=AttachmentType.IMAGE, media_id="F1")),
            "attachment_refused",
        ),
        (
            a_message(
                attachment=Attachment(
                    type=AttachmentType.IMAGE, url="https://a.example/" + "b" * 3000
                )
            ),
            "attachment_refused",
        ),
        (ChatMessage(channel=Channel.TELEGRAM, text="Hola"), "wrong_content"),
    ],
)
def test_what_slack_refuses_or_cuts_is_not_sent(content: ChatMessage, code: str) -> None:
    provider = Slack()
    with (
        provider.sender(Behaviour.ACCEPTS) as sender,
        pytest.raises(PermanentMessageError) as raised,
    ):
        sender.send(provider.message.model_copy(update={"content": content}))
    assert raised.value.code == code
    assert provider.requests == []


def test_the_longest_texts_and_the_most_buttons_are_sent() -> None:
    assert len(sent(a_message("a" * 40_000))["text"]) == 40_000
    most = (Button(title="a" * 75, payload="1" * 2000),) * 25
    section, actions = sent(a_message("a" * 3000, buttons=most))["blocks"]
    assert len(section["text"]["text"]) == 3000
    assert len({element["action_id"] for element in actions["elements"]}) == 25


@pytest.mark.parametrize("address", ["+593991234567", "#general", "carlos", "u024be7lh", "U"])
def test_what_is_no_id_of_slacks_is_refused_before_anything_is_sent(address: str) -> None:
    provider = Slack()
    to = Address(channel=Channel.SLACK, value=address)
    with (
        provider.sender(Behaviour.ACCEPTS) as sender,
        pytest.raises(PermanentRecipientError, match="invalid_address"),
    ):
        sender.send(provider.message.model_copy(update={"to": to}))
    assert provider.requests == []


@pytest.mark.parametrize(("code", "kind"), cases(EXPECTED))
def test_every_code_has_its_class(code: str, kind: type[DeliveryError]) -> None:
    is_status = code.startswith("http_")
    answer = (
        httpx.Response(int(code.removeprefix("http_")), text="a proxy's page")
        if is_status
        else Slack().refused(code)
    )
    error = failure(answer)
    assert type(error) is kind
    assert error.code == code


def test_the_table_is_complete() -> None:
    assert_complete(ERRORS, EXPECTED)


def test_only_another_apps_address_is_never_written_to_again() -> None:
    assert suppressing(ERRORS) == {"cannot_dm_bot"}
    assert not_counted(ERRORS) == {"external_channel_migrating"}


@pytest.mark.parametrize("code", [None, 7, "", "Not A Code <@U024BE7LH>", "a" * 65])
def test_what_is_no_code_is_not_repeated(code: object) -> None:
    error = failure(Slack().refused(code))
    assert type(error) is PermanentMessageError
    assert error.code == "http_200"


def test_a_code_counts_more_than_a_status() -> None:
    assert type(failure(Slack().refused("fatal_error", status=503))) is OutcomeUnknownError


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "D1", "ts": "1.1"},
        {"ok": True, "ts": "1.1"},
        {"ok": True, "channel": "D1", "ts": 1.1},
        [],
    ],
)
def test_an_acceptance_without_an_id_leaves_the_outcome_unknown(body: object) -> None:
    assert type(failure(httpx.Response(200, json=body))) is OutcomeUnknownError
