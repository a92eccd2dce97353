"""Where each provider's files come from, and where its credentials never go."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest

from recado.adapters.media.registry import SOURCES, MediaSourceRegistry
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError
from recado.domain.media import (
    MEGABYTE,
    MediaExpiredError,
    MediaRefusedError,
    MediaUnavailableError,
)
from recado.domain.updates import Media
from tests.contract.media.provider import PNG, Answer, FakeWire, account, png, redirect

GRAPH = "https://graph.facebook.com/v25.0/55"
LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/"
TWILIO = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
TWILIO_CDN = "https://mms.twiliocdn.com/AC1/x"
EVOLUTION_URL = "https://evolution.example.com"
EVOLUTION = f"{EVOLUTION_URL}/chat/getBase64FromMediaMessage/taller"
BUCKET = "https://bucket.example.com/x.png"
GET_FILE = "https://api.telegram.org/bot1:s3cret-bot/getFile"
TELEGRAM = "https://api.telegram.org/file/bot1:s3cret-bot/photos/file_1.png"
SLACK = "https://files.slack.com/files-pri/T1-F1/x.png"
CDN = "https://scontent.xx.fbcdn.net/v/x.png"
SIMULATOR = "http://127.0.0.1:8025"

WHATSAPP_CLOUD = account(Provider.WHATSAPP_CLOUD)
TWILIO_ACCOUNT = account(Provider.TWILIO_WHATSAPP)
EVOLUTION_ACCOUNT = account(Provider.EVOLUTION, base_url=EVOLUTION_URL)
TELEGRAM_ACCOUNT = account(Provider.TELEGRAM)
SLACK_ACCOUNT = account(Provider.SLACK)

BY_ID = Media(mime_type="image/png", media_id="55")


def at(url: str, media_id: str | None = None) -> Media:
    return Media(mime_type="image/png", url=url, media_id=media_id)


def graph(**more: object) -> httpx.Response:
    found = {"url": f"{LOOKASIDE}?mid=55", "mime_type": "image/png", "id": "55", **more}
    return httpx.Response(200, json=found)


def graph_error(code: int, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "s3cret"}})


def encoded(content: bytes = PNG) -> httpx.Response:
    body = {"base64": b64encode(content).decode(), "mimetype": "image/png"}
    return httpx.Response(201, json=body)


def telegram_file(**result: object) -> httpx.Response:
    found = {"file_id": "55", "file_path": "photos/file_1.png", **result}
    return httpx.Response(200, json={"ok": True, "result": found})


def telegram_error(status: int, description: str) -> httpx.Response:
    body = {"ok": False, "error_code": status, "description": description}
    return httpx.Response(status, json=body)


@dataclass(frozen=True)
class Way:
    """How a file of a provider is fetched when all goes well."""

    account: ChannelAccount
    media: Media
    answers: Mapping[str, httpx.Response]


def ways() -> dict[str, Way]:
    return {
        "whatsapp_cloud": Way(WHATSAPP_CLOUD, BY_ID, {GRAPH: graph(), LOOKASIDE: png()}),
        "twilio": Way(
            TWILIO_ACCOUNT, at(TWILIO), {TWILIO: redirect(TWILIO_CDN), TWILIO_CDN: png()}
        ),
        "twilio_sms": Way(account(Provider.TWILIO_SMS), at(TWILIO), {TWILIO: png()}),
        "evolution": Way(EVOLUTION_ACCOUNT, BY_ID, {EVOLUTION: encoded()}),
        "evolution_bucket": Way(EVOLUTION_ACCOUNT, at(BUCKET, "55"), {BUCKET: png()}),
        "telegram": Way(TELEGRAM_ACCOUNT, BY_ID, {GET_FILE: telegram_file(), TELEGRAM: png()}),
        "slack": Way(SLACK_ACCOUNT, at(SLACK), {SLACK: png()}),
        "messenger": Way(account(Provider.MESSENGER), at(CDN), {CDN: png()}),
        "instagram": Way(account(Provider.INSTAGRAM), at(CDN), {CDN: png()}),
    }


NAMES = tuple(ways())
LAST = {
    "whatsapp_cloud": LOOKASIDE,
    "twilio": TWILIO_CDN,
    "twilio_sms": TWILIO,
    "evolution": EVOLUTION,
    "evolution_bucket": BUCKET,
    "telegram": TELEGRAM,
    "slack": SLACK,
    "messenger": CDN,
    "instagram": CDN,
}


def over(name: str, answer: Answer | None = None) -> FakeWire:
    """A provider's wire, whose last address may answer otherwise."""
    answers: dict[str, Answer | list[Answer]] = {**ways()[name].answers}
    return FakeWire({**answers, LAST[name]: answer} if answer is not None else answers)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_fetched(name: str) -> None:
    way, wire = ways()[name], over(name)
    assert wire.fetch(way.account, way.media).content == PNG
    assert wire.asked == list(way.answers)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_over_the_limit_is_refused(name: str) -> None:
    way = ways()[name]
    with pytest.raises(MediaRefusedError, match="too_large"):
        over(name).fetch(way.account, way.media, limit=len(PNG) - 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "trouble", [httpx.Response(503), httpx.Response(429), httpx.ReadTimeout("s3cret")]
)
def test_a_provider_in_trouble_is_asked_again_later(
    name: str, trouble: httpx.Response | Exception
) -> None:
    way = ways()[name]
    with pytest.raises(MediaUnavailableError) as caught:
        over(name, trouble).fetch(way.account, way.media)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "evolution_bucket"])
def test_a_file_that_is_gone_is_expired(name: str) -> None:
    way = ways()[name]
    with pytest.raises(MediaExpiredError):
        over(name, httpx.Response(404)).fetch(way.account, way.media)


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    way = ways()[name]
    with caplog.at_level(logging.INFO):
        over(name).fetch(way.account, way.media)
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("evolution")])
def test_a_simulator_serves_files_under_the_accounts_base_url(name: str) -> None:
    """There is no branch for it: its origin is the account's own."""
    way = ways()[name]
    host = SIMULATOR if name != "whatsapp_cloud" else f"{SIMULATOR}/v25.0"
    local = way.account.model_copy(update={"settings": {**way.account.settings, "base_url": host}})
    moved = {
        "/".join([SIMULATOR, *url.split("/")[3:]]): httpx.Response(
            answer.status_code,
            headers={"content-type": answer.headers.get("content-type", "")},
            content=answer.content.replace(b"https://lookaside.fbsbx.com", SIMULATOR.encode()),
        )
        for url, answer in way.answers.items()
        if not answer.is_redirect
    }
    if name == "twilio":
        moved = {f"{SIMULATOR}/file": png()}
    url = f"{SIMULATOR}/file" if name == "twilio" else way.media.url
    if url is not None and name != "twilio":
        url = "/".join([SIMULATOR, *url.split("/")[3:]])
    wire = FakeWire(moved)
    assert wire.fetch(local, way.media.model_copy(update={"url": url})).content == PNG


@pytest.mark.parametrize("name", [name for name in NAMES if ways()[name].media.media_id is None])
@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com/x",
        "http://169.254.169.254/latest/meta-data/",
        "https://files.slack.com.example.com/x",
        "https://api.twilio.com.example.com/x",
        "https://evilfbcdn.net/x",
        "https://user:pw@api.twilio.com/x",
    ],
)
def test_a_forged_address_gets_neither_a_call_nor_credentials(name: str, url: str) -> None:
    wire = FakeWire({})
    with pytest.raises(MediaRefusedError):
        wire.fetch(ways()[name].account, at(url))
    assert wire.requests == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_an_address_is_refused(name: str) -> None:
    with pytest.raises(MediaRefusedError, match="no_address"):
        FakeWire({}).fetch(ways()[name].account, Media(mime_type="image/png"))


@pytest.mark.parametrize("provider", sorted(set(Provider) - set(SOURCES)))
def test_a_provider_without_incoming_files_has_no_source(provider: Provider) -> None:
    wire = FakeWire({})
    with pytest.raises(MediaRefusedError, match="no_source"):
        MediaSourceRegistry(wire, wire.http).source_for(account(provider))


# WhatsApp Cloud API


def test_the_access_token_goes_to_both_of_metas_hosts() -> None:
    wire = over("whatsapp_cloud")
    wire.fetch(WHATSAPP_CLOUD, BY_ID)
    assert wire.sent("authorization") == ["Bearer s3cret-meta"] * 2
    assert wire.requests[0].url.params["phone_number_id"] == "100000000000001"


def test_an_address_that_ran_out_is_asked_for_once_more() -> None:
    wire = FakeWire({GRAPH: graph(), LOOKASIDE: [httpx.Response(404), png()]})
    assert wire.fetch(WHATSAPP_CLOUD, BY_ID).content == PNG
    assert wire.asked == [GRAPH, LOOKASIDE, GRAPH, LOOKASIDE]


def test_a_file_that_stays_missing_is_asked_for_twice_and_no_more() -> None:
    wire = FakeWire({GRAPH: graph(), LOOKASIDE: httpx.Response(404)})
    with pytest.raises(MediaExpiredError):
        wire.fetch(WHATSAPP_CLOUD, BY_ID)
    assert len(wire.requests) == 4


@pytest.mark.parametrize("size", [MEGABYTE + 1, str(MEGABYTE + 1)])
def test_a_size_that_meta_names_saves_the_download(size: object) -> None:
    wire = FakeWire({GRAPH: graph(file_size=size)})
    with pytest.raises(MediaRefusedError, match="too_large"):
        wire.fetch(WHATSAPP_CLOUD, BY_ID)
    assert wire.asked == [GRAPH]


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        (100, 400, MediaExpiredError),
        (33, 404, MediaExpiredError),
        (190, 401, AccountError),
        (190, 400, AccountError),
        (10, 403, AccountError),
        (4, 400, MediaUnavailableError),
        (80007, 400, MediaUnavailableError),
        (2, 500, MediaUnavailableError),
        (999_999, 500, MediaUnavailableError),
        (999_999, 400, MediaRefusedError),
    ],
)
def test_metas_codes_say_whether_another_try_helps(
    code: int, status: int, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        FakeWire({GRAPH: graph_error(code, status)}).fetch(WHATSAPP_CLOUD, BY_ID)
    assert "s3cret" not in str(caught.value)


def test_the_access_token_does_not_follow_an_address_out_of_meta() -> None:
    wire = FakeWire({GRAPH: graph(url="https://files.example.com/x")})
    with pytest.raises(MediaRefusedError, match="foreign_host"):
        wire.fetch(WHATSAPP_CLOUD, BY_ID)
    assert wire.asked == [GRAPH]


def test_an_answer_of_meta_without_an_address_is_asked_for_later() -> None:
    with pytest.raises(MediaUnavailableError):
        FakeWire({GRAPH: httpx.Response(200, text="<html>")}).fetch(WHATSAPP_CLOUD, BY_ID)


def test_an_address_in_the_webhook_serves_where_there_is_no_id() -> None:
    wire = FakeWire({LOOKASIDE: png()})
    assert wire.fetch(WHATSAPP_CLOUD, at(LOOKASIDE)).content == PNG


def test_an_id_with_signs_of_an_address_stays_an_id() -> None:
    wire = FakeWire({"https://graph.facebook.com/v25.0/../me?x=#": graph(), LOOKASIDE: png()})
    wire.fetch(WHATSAPP_CLOUD, Media(mime_type="image/png", media_id="../me?x=#"))
    assert wire.requests[0].url.raw_path.startswith(b"/v25.0/..%2Fme%3Fx%3D%23?")


# Twilio


def test_twilios_credentials_stay_at_twilio() -> None:
    wire = over("twilio")
    wire.fetch(TWILIO_ACCOUNT, at(TWILIO))
    pair = b64encode(b"AC00000000000000000000000000000001:s3cret-twilio").decode()
    assert wire.sent("authorization") == [f"Basic {pair}", None]


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_twilio_refuses_are_the_accounts_fault(status: int) -> None:
    with pytest.raises(AccountError):
        FakeWire({TWILIO: httpx.Response(status)}).fetch(TWILIO_ACCOUNT, at(TWILIO))


# Evolution API


def test_the_api_key_does_not_go_to_the_bucket() -> None:
    wire = over("evolution_bucket")
    wire.fetch(EVOLUTION_ACCOUNT, at(BUCKET, "55"))
    assert wire.sent("apikey") == [None]


@pytest.mark.parametrize("url", [BUCKET, "http://minio:9000/x.png", "https://10.0.0.1/x.png"])
def test_the_server_gives_the_file_where_its_bucket_does_not(url: str) -> None:
    wire = FakeWire(
        {BUCKET: httpx.Response(403), EVOLUTION: encoded()}, hosts={"10.0.0.1": ("10.0.0.1",)}
    )
    assert wire.fetch(EVOLUTION_ACCOUNT, at(url, "55")).content == PNG
    question = wire.requests[-1]
    assert question.headers["apikey"] == "s3cret-evolution"
    assert json.loads(question.content) == {
        "message": {"key": {"id": "55"}},
        "convertToMp4": False,
    }


def test_the_bucket_alone_may_have_the_file() -> None:
    with pytest.raises(MediaExpiredError):
        FakeWire({BUCKET: httpx.Response(404)}).fetch(EVOLUTION_ACCOUNT, at(BUCKET))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            httpx.Response(400, json={"response": {"message": ["Message not found"]}}),
            MediaExpiredError,
        ),
        (httpx.Response(401), AccountError),
        (httpx.Response(201, json={"base64": "no base64!"}), MediaUnavailableError),
        (httpx.Response(201, json={}), MediaUnavailableError),
        (redirect("https://example.com/"), MediaRefusedError),
    ],
)
def test_what_evolution_answers_says_whether_another_try_helps(
    answer: httpx.Response, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        FakeWire({EVOLUTION: answer}).fetch(EVOLUTION_ACCOUNT, BY_ID)


# Telegram


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (telegram_error(400, "Bad Request: file is too big"), MediaRefusedError),
        (
            telegram_error(
                400, "Bad Request: wrong file_id or the file is temporarily unavailable"
            ),
            MediaUnavailableError,
        ),
        (telegram_error(400, "Bad Request: invalid file_id"), MediaRefusedError),
        (telegram_error(401, "Unauthorized"), AccountError),
        (telegram_error(404, "Not Found"), AccountError),
        (telegram_error(429, "Too Many Requests: retry after 3"), MediaUnavailableError),
        (telegram_file(file_size=21 * MEGABYTE), MediaRefusedError),
        (telegram_file(file_path="../../secret"), MediaUnavailableError),
        (httpx.Response(200, json={"ok": True, "result": {}}), MediaUnavailableError),
    ],
)
def test_what_telegram_answers_says_whether_another_try_helps(
    answer: httpx.Response, expected: type[Exception]
) -> None:
    wire = FakeWire({GET_FILE: answer})
    with pytest.raises(expected) as caught:
        wire.fetch(TELEGRAM_ACCOUNT, BY_ID, limit=25 * MEGABYTE)
    assert "s3cret" not in str(caught.value)
    assert wire.asked == [GET_FILE]


def test_telegram_names_no_type() -> None:
    assert over("telegram").fetch(TELEGRAM_ACCOUNT, BY_ID).mime_type == ""


# Slack


@pytest.mark.parametrize(
    "login",
    [
        httpx.Response(302, headers={"location": "https://taller.slack.com/?redir=x"}),
        httpx.Response(200, text="<!DOCTYPE html>", headers={"content-type": "text/html"}),
        httpx.Response(403, text="no"),
    ],
)
def test_a_login_page_means_that_the_token_may_not_read_files(login: httpx.Response) -> None:
    wire = FakeWire({SLACK: login})
    expected = MediaExpiredError if login.status_code == 403 else AccountError
    with pytest.raises(expected):
        wire.fetch(SLACK_ACCOUNT, at(SLACK))
    assert wire.sent("authorization") == ["Bearer 1:s3cret-bot"]


# Messenger and Instagram


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.fbsbx.com/v/x.pdf",
        "https://lookaside.fbsbx.com/ig_messaging_cdn/",
        "https://scontent.cdninstagram.com/x.jpg",
    ],
)
def test_metas_hosts_are_called_without_credentials(url: str) -> None:
    wire = FakeWire({url: png()})
    wire.fetch(account(Provider.INSTAGRAM), at(url))
    assert wire.sent("authorization") == [None]
