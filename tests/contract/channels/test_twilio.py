"""Twilio: the requests for SMS and WhatsApp, and every code of its error table."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qsl

import pytest

from recado.adapters.channels.twilio import ERRORS, TwilioSender
from recado.domain.directory import SuppressionReason
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.messages import (
    ApprovedTemplateMessage,
    Attachment,
    AttachmentType,
    Button,
    Form,
    Menu,
    MenuRow,
    Message,
    Reaction,
    SmsMessage,
    WhatsAppMessage,
)
from tests.contract.channels.error_tables import (
    assert_complete,
    cases,
    not_counted,
    suppressing,
)
from tests.contract.channels.providers.twilio import (
    ACCOUNT_SID,
    TwilioSms,
    TwilioWhatsApp,
    accepted,
)

CONTENT_SID = "HX" + "a" * 32

EXPECTED: dict[type[DeliveryError], str] = {
    RetryableError: "14107 20429 20500 20503 21611 30001 30008 30017 30022 30023 30027 30410 63009"
    " 63010 63012 63017 63018 63119",
    PermanentMessageError: "21602 21617 21620 21623 21654 21655 21656 30007 30011 30019 63005"
    " 63006 63013 63019 63021 63027 63028 63029 63030 63034 63037 63041",
    PermanentRecipientError: "21211 21214 21217 21610 21612 21614 30003 30004 30005 30006 63003"
    " 63014 63015 63024 63032 63033 63036 63049",
    WindowClosedError: "63016",
    AccountError: "20003 20404 21212 21408 21606 21608 21609 30002 30018 30024 30032 30034 63001"
    " 63002 63007 63008 63020 63022 63026 63038 63112",
}


def send(
    provider: TwilioSms,
    content: Message | None = None,
    *,
    settings: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Send with more settings (an empty one is left out), and give the form that came."""
    account = provider.with_account(**(settings or {}))
    provider.account = account.model_copy(
        update={"settings": {name: value for name, value in account.settings.items() if value}}
    )
    message = provider.message.model_copy(
        update={"content": content or provider.message.content},
    )
    provider.answering(accepted()).send(message)
    return dict(parse_qsl(provider.request.content.decode(), strict_parsing=True))


def failure(code: int) -> DeliveryError:
    provider = TwilioSms()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(provider.refused(code)).send(provider.message)
    return raised.value


def test_a_text_message_goes_from_number_to_number() -> None:
    provider = TwilioSms()
    assert send(provider) == {
        "To": "+593991234567",
        "From": "+15005550006",
        "Body": "Hola Carlos, su Haval le espera",
    }
    request = provider.request
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert str(request.url) == f"https://twilio.test{path}"
    scheme, _, token = request.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(token).decode()) == (
        "Basic",
        f"{ACCOUNT_SID}:12345678901234567890123456789012",
    )


@pytest.mark.parametrize("sender", ["+15005550006", "whatsapp:+15005550006"])
def test_whatsapp_addresses_have_their_prefix(sender: str) -> None:
    form = send(TwilioWhatsApp(), settings={"from": sender})
    assert form["To"] == "whatsapp:+593991234567"
    assert form["From"] == "whatsapp:+15005550006"


def test_a_messaging_service_takes_the_place_of_the_sender() -> None:
    form = send(TwilioSms(), settings={"messaging_service_sid": "MG1", "from": ""})
    assert form["MessagingServiceSid"] == "MG1"
    assert "From" not in form


def test_a_content_template_takes_the_place_of_the_body() -> None:
    template = ApprovedTemplateMessage(
        name="cita", language="es", content_sid=CONTENT_SID, parameters=("Carlos", "Ñandú")
    )
    form = send(TwilioWhatsApp(), WhatsAppMessage(text="Hola", approved_template=template))
    assert form["ContentSid"] == CONTENT_SID
    assert json.loads(form["ContentVariables"]) == {"1": "Carlos", "2": "Ñandú"}
    assert "Body" not in form


def test_a_content_template_without_parameters_has_no_variables() -> None:
    template = ApprovedTemplateMessage(name="cita", language="es", content_sid=CONTENT_SID)
    form = send(TwilioWhatsApp(), WhatsAppMessage(text="Hola", approved_template=template))
    assert "ContentVariables" not in form


def test_a_template_that_twilio_does_not_have_goes_as_text() -> None:
    template = ApprovedTemplateMessage(name="cita", language="es")
    form = send(TwilioWhatsApp(), WhatsAppMessage(text="Hola", approved_template=template))
    assert form["Body"] == "Hola"


def test_free_text_goes_instead_of_the_template_where_the_message_says_so() -> None:
    template = ApprovedTemplateMessage(name="cita", language="es", content_sid=CONTENT_SID)
    content = WhatsAppMessage(text="Hola", approved_template=template, free_text=True)
    form = send(TwilioWhatsApp(), content)
    assert form["Body"] == "Hola"
    assert "ContentSid" not in form


def test_a_person_without_a_phone_number_is_written_to_by_the_user_id() -> None:
    provider = TwilioWhatsApp()
    to = provider.message.to.model_copy(update={"value": "US.13491208655302741918"})
    provider.message = provider.message.model_copy(update={"to": to})
    assert send(provider)["To"] == "whatsapp:US.13491208655302741918"


@pytest.mark.parametrize(("text", "body"), [("Su factura", {"Body": "Su factura"}), ("", {})])
def test_a_file_goes_by_its_address_with_the_text_as_its_caption(
    text: str, body: dict[str, str]
) -> None:
    file = Attachment(type=AttachmentType.DOCUMENT, url="https://taller.example/f.pdf")
    form = send(TwilioWhatsApp(), WhatsAppMessage(text=text, attachment=file))
    assert {name: form[name] for name in form if name not in ("To", "From")} == {
        "MediaUrl": "https://taller.example/f.pdf",
        **body,
    }


def test_choices_go_as_numbered_lines_and_links_as_addresses() -> None:
    link = Button(title="Ver", url="https://a.example/1")
    answers = (Button(title="Sí", payload="y"), link, Button(title="No", payload="n"))
    buttons = send(TwilioWhatsApp(), WhatsAppMessage(text="¿Viene?", buttons=answers))
    rows = (
        MenuRow(title="9:00", payload="9", description="con Ana"),
        MenuRow(title="10:00", payload="10"),
    )
    menu = send(TwilioWhatsApp(), WhatsAppMessage(text="", menu=Menu(button="Horas", rows=rows)))
    assert buttons["Body"] == "¿Viene?\n1. Sí\n2. No\nVer: https://a.example/1"
    assert menu["Body"] == "1. 9:00 (con Ana)\n2. 10:00"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            WhatsAppMessage(
                text="x",
                form=Form(flow_id="1", button="Abrir", token="t", screen="S"),
            ),
            "form_refused",
        ),
        (WhatsAppMessage(reaction=Reaction(message_id="SM1", emoji="👍")), "reaction_refused"),
        (
            WhatsAppMessage(attachment=Attachment(type=AttachmentType.IMAGE, media_id="7")),
            "attachment_refused",
        ),
    ],
)
def test_what_twilio_cannot_send_is_refused_before_it_is_sent(
    content: WhatsAppMessage, code: str
) -> None:
    provider = TwilioWhatsApp()
    with pytest.raises(PermanentMessageError) as raised:
        provider.answering(accepted()).send(
            provider.message.model_copy(update={"content": content})
        )
    assert (raised.value.code, provider.requests) == (code, [])


def test_receipts_carry_our_tag_in_the_query_of_their_address() -> None:
    form = send(
        TwilioSms(), settings={"status_callback_url": "https://recado.example/twilio?account=sms"}
    )
    assert form["StatusCallback"] == (
        "https://recado.example/twilio?account=sms&recado_tag=ntf_1.1"
    )


@pytest.mark.parametrize(
    ("provider", "content"),
    [
        (TwilioSms(), SmsMessage(text="x" * 1601)),
        (TwilioWhatsApp(), WhatsAppMessage(text="x" * 1601)),
    ],
)
def test_a_body_that_is_too_long_is_refused_before_it_is_sent(
    provider: TwilioSms, content: Message
) -> None:
    with pytest.raises(PermanentMessageError):
        provider.answering(accepted()).send(
            provider.message.model_copy(update={"content": content})
        )
    assert provider.requests == []


def test_the_longest_body_is_sent() -> None:
    assert len(send(TwilioSms(), SmsMessage(text="x" * 1600))["Body"]) == 1600


def test_an_account_without_any_sender_is_refused() -> None:
    provider = TwilioSms()
    account = provider.account.model_copy(update={"settings": {"account_sid": "AC"}})
    with pytest.raises(AccountError, match="from"):
        TwilioSender(account, provider.credentials)


@pytest.mark.parametrize(("code", "kind"), cases(EXPECTED))
def test_every_code_has_its_class(code: str, kind: type[DeliveryError]) -> None:
    error = failure(int(code))
    assert type(error) is kind
    assert error.code == code
    assert error.detail


def test_no_code_is_without_an_expectation() -> None:
    assert_complete(ERRORS, EXPECTED)


def test_who_opted_out_or_does_not_exist_is_suppressed() -> None:
    assert suppressing(ERRORS) == {
        "21211",
        "21217",
        "21610",
        "21614",
        "30005",
        "63003",
        "63014",
        "63024",
    }


def test_who_answered_stop_or_blocked_the_sender_is_suppressed_for_having_opted_out() -> None:
    opted_out = {
        code for code, verdict in ERRORS.items() if verdict.suppression is SuppressionReason.OPT_OUT
    }
    assert opted_out == {"21610", "63014"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21610, SuppressionReason.OPT_OUT),
        (21211, SuppressionReason.INVALID_ADDRESS),
        (21214, None),
    ],
)
def test_a_refusal_says_why_the_recipient_is_suppressed(
    code: int, reason: SuppressionReason | None
) -> None:
    error = failure(code)
    assert isinstance(error, PermanentRecipientError)
    assert error.suppression is reason


def test_a_carriers_fault_does_not_count_against_the_account() -> None:
    assert not_counted(ERRORS) == {"14107", "30008", "30017", "30410"}


@pytest.mark.parametrize(("code", "seconds"), [(21611, 60), (30001, 60), (30023, 3600)])
def test_a_full_queue_needs_a_longer_wait_than_our_own_backoff(code: int, seconds: int) -> None:
    error = failure(code)
    assert isinstance(error, RetryableError)
    assert error.retry_after == seconds
