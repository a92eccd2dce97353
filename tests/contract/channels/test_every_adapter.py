"""What every channel adapter does, whatever its provider's protocol."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from recado.domain.channels import Channel
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import EmailMessage, SmsMessage
from tests.contract.channels.behaviour import Behaviour, SimulatedProvider
from tests.contract.channels.providers.evolution import Evolution
from tests.contract.channels.providers.messenger import Instagram, Messenger
from tests.contract.channels.providers.ses import Ses
from tests.contract.channels.providers.slack import Slack
from tests.contract.channels.providers.smtp import Smtp
from tests.contract.channels.providers.telegram import Telegram
from tests.contract.channels.providers.twilio import TwilioSms, TwilioWhatsApp
from tests.contract.channels.providers.web_push import WebPush
from tests.contract.channels.providers.whatsapp_cloud import WhatsAppCloud

PROVIDERS = [
    pytest.param(WhatsAppCloud, id="whatsapp_cloud"),
    pytest.param(Evolution, id="evolution"),
    pytest.param(TwilioSms, id="twilio_sms"),
    pytest.param(TwilioWhatsApp, id="twilio_whatsapp"),
    pytest.param(Smtp, id="smtp", marks=pytest.mark.allow_hosts(["127.0.0.1"])),
    pytest.param(Ses, id="ses"),
    pytest.param(WebPush, id="web_push"),
    pytest.param(Messenger, id="messenger"),
    pytest.param(Instagram, id="instagram"),
    pytest.param(Telegram, id="telegram"),
    pytest.param(Slack, id="slack"),
]

OUTCOMES: dict[Behaviour, type[DeliveryError]] = {
    Behaviour.REFUSES_MESSAGE: PermanentMessageError,
    Behaviour.REFUSES_RECIPIENT: PermanentRecipientError,
    Behaviour.REFUSES_ACCOUNT: AccountError,
    Behaviour.THROTTLES: RetryableError,
    Behaviour.FAILS: RetryableError,
    Behaviour.CANNOT_BE_REACHED: RetryableError,
    Behaviour.NEVER_ANSWERS: OutcomeUnknownError,
    Behaviour.DROPS_THE_CONNECTION: OutcomeUnknownError,
    Behaviour.ANSWERS_GARBAGE: OutcomeUnknownError,
    Behaviour.ANSWERS_AN_UNKNOWN_CODE: PermanentMessageError,
}

every_provider = pytest.mark.parametrize("kind", PROVIDERS)
every_failure = pytest.mark.parametrize("behaviour", OUTCOMES, ids=lambda each: each.name.lower())


def failure(provider: SimulatedProvider, behaviour: Behaviour) -> DeliveryError:
    with provider.sender(behaviour) as sender, pytest.raises(DeliveryError) as raised:
        sender.send(provider.message_for(behaviour))
    return raised.value


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that a function could log, at the levels that are on in production."""
    product = logging.getLogger("recado")
    product.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO), caplog.at_level(logging.DEBUG, logger="recado"):
        yield caplog
    product.removeHandler(caplog.handler)


def text_of(logs: pytest.LogCaptureFixture) -> str:
    return " ".join(f"{record.getMessage()} {vars(record)}" for record in logs.records)


def test_every_behaviour_has_one_outcome() -> None:
    assert set(OUTCOMES) == set(Behaviour) - {Behaviour.ACCEPTS}


@every_provider
def test_an_accepted_message_has_an_id(kind: type[SimulatedProvider]) -> None:
    provider = kind()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        acceptance = sender.send(provider.message)
    assert acceptance.provider_message_id
    assert len(provider.requests) == 1


@every_provider
@every_failure
def test_a_failure_has_the_class_that_decides_what_happens_next(
    kind: type[SimulatedProvider], behaviour: Behaviour
) -> None:
    error = failure(kind(), behaviour)
    assert type(error) in (OUTCOMES[behaviour], *OUTCOMES[behaviour].__subclasses__())
    assert error.code


@every_provider
@every_failure
def test_an_adapter_never_tries_twice_by_itself(
    kind: type[SimulatedProvider], behaviour: Behaviour
) -> None:
    provider = kind()
    failure(provider, behaviour)
    assert len(provider.requests) <= 1


@every_provider
def test_throttling_says_how_long_to_wait_where_the_protocol_does(
    kind: type[SimulatedProvider],
) -> None:
    provider = kind()
    error = failure(provider, Behaviour.THROTTLES)
    assert isinstance(error, RetryableError)
    assert error.retry_after == provider.retry_after


@every_provider
@pytest.mark.parametrize(
    "behaviour", [Behaviour.CANNOT_BE_REACHED, Behaviour.THROTTLES], ids=lambda each: each.name
)
def test_what_speaks_against_the_account_counts_for_its_circuit(
    kind: type[SimulatedProvider], behaviour: Behaviour
) -> None:
    error = failure(kind(), behaviour)
    assert isinstance(error, RetryableError)
    assert error.account_fault


@every_provider
def test_an_unknown_code_is_kept_and_logged(
    kind: type[SimulatedProvider], logs: pytest.LogCaptureFixture
) -> None:
    provider = kind()
    error = failure(provider, Behaviour.ANSWERS_AN_UNKNOWN_CODE)
    warnings = [record for record in logs.records if record.levelno == logging.WARNING]
    assert [vars(record)["provider_code"] for record in warnings[:1]] == [error.code]
    assert vars(warnings[0])["account_id"] == provider.account.account_id


@every_provider
@pytest.mark.parametrize("behaviour", Behaviour, ids=lambda each: each.name.lower())
def test_invariant_11_no_secret_no_address_and_no_text_is_in_an_error_or_a_log(
    kind: type[SimulatedProvider], behaviour: Behaviour, logs: pytest.LogCaptureFixture
) -> None:
    """The simulated providers repeat all of them in their answers."""
    provider = kind()
    told = ""
    with provider.sender(behaviour) as sender:
        try:
            told = sender.send(provider.message_for(behaviour)).detail
        except DeliveryError as error:
            told = f"{error!r} {error.code} {error.detail} {vars(error)}"
            told += "".join(traceback.format_exception(error))
    told += text_of(logs)
    assert [secret for secret in provider.confidential() if secret in told] == []


@every_provider
def test_content_of_another_channel_is_refused_before_anything_is_sent(
    kind: type[SimulatedProvider],
) -> None:
    provider = kind()
    is_sms = provider.account.channel is Channel.SMS
    foreign = EmailMessage(subject="s", text="t", html="h") if is_sms else SmsMessage(text="t")
    with provider.sender(Behaviour.ACCEPTS) as sender, pytest.raises(PermanentMessageError):
        sender.send(provider.message.model_copy(update={"content": foreign}))
    assert provider.requests == []


@every_provider
def test_a_missing_setting_is_named_when_the_adapter_is_made(
    kind: type[SimulatedProvider],
) -> None:
    provider = kind()
    for name in provider.required_settings:
        rest = {key: value for key, value in provider.account.settings.items() if key != name}
        with pytest.raises(AccountError, match=name):
            provider.make(
                provider.account.model_copy(update={"settings": rest}), provider.credentials
            )


@every_provider
def test_a_missing_credential_is_named_when_the_adapter_is_made(
    kind: type[SimulatedProvider],
) -> None:
    provider = kind()
    for name in provider.required_credentials:
        rest = {key: value for key, value in provider.credentials.items() if key != name}
        with pytest.raises(AccountError, match=name):
            provider.make(provider.account, rest)


@every_provider
def test_a_credential_that_would_break_out_of_a_header_is_refused(
    kind: type[SimulatedProvider],
) -> None:
    provider = kind()
    for name in provider.required_credentials:
        broken = {**provider.credentials, name: "secret\r\nX-Injected: yes"}
        with pytest.raises(AccountError, match=name) as raised:
            provider.make(provider.account, broken)
        assert "X-Injected" not in str(raised.value)


@every_provider
def test_threads_share_a_sender(kind: type[SimulatedProvider]) -> None:
    provider = kind()
    with provider.sender(Behaviour.ACCEPTS) as sender, ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: sender.send(provider.message), range(10)))
    assert len(provider.requests) == 10
