"""Unsubscribe links: shown by GET, carried out by POST, effective at once."""

from __future__ import annotations

from typing import Any

import pytest

from functions.channel_fallback import handler as fallback
from functions.notification_sender import handler as sender
from functions.unsubscribe import handler as unsubscribe
from recado.domain.errors import PermanentMessageError
from recado.domain.notification import State
from tests.cloud import Cloud, http_event


def link(cloud: Cloud) -> str:
    """The token of the link in the mail that a customer got."""
    cloud.dispatch()
    cloud.senders.script["wa"].append(PermanentMessageError("132001"))
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    fall_back(cloud)
    cloud.run(sender, cloud.sqs_event("EMAIL_QUEUE_URL"))
    url = cloud.senders.accepted[-1].unsubscribe_url
    assert url is not None
    assert url.startswith("https://recado.example.com/u/")
    return url.rpartition("/")[2]


def fall_back(cloud: Cloud) -> None:
    cloud.run(fallback, cloud.sqs_event("WHATSAPP_DLQ_URL"))


def open_link(cloud: Cloud, method: str, token: str) -> tuple[int, str]:
    event: dict[str, Any] = http_event(method, f"/u/{token}", None, {})
    event["pathParameters"] = {"token": token}
    answer = cloud.run(unsubscribe, event)
    assert answer["headers"]["content-type"].startswith("text/html")
    return answer["statusCode"], answer["body"]


def next_route(cloud: Cloud) -> list[str]:
    [notification_id] = cloud.dispatch()
    return [step.channel.value for step in cloud.timeline(notification_id).notification.route]


def test_looking_at_the_page_stops_nothing(cloud: Cloud) -> None:
    token = link(cloud)

    for method in ("GET", "HEAD", "DELETE"):
        open_link(cloud, method, token)
    status, page = open_link(cloud, "GET", token)

    assert status == 200
    assert "Talleres Andinos" in page
    assert "Unsubscribe" in page
    assert "email" in next_route(cloud)


def test_a_post_stops_mail_at_once_and_only_mail(cloud: Cloud) -> None:
    token = link(cloud)

    assert open_link(cloud, "POST", token)[0] == 200
    assert open_link(cloud, "POST", token)[0] == 200

    assert next_route(cloud) == ["whatsapp", "push"]


def test_invariant_6_what_was_planned_before_is_stopped_too(cloud: Cloud) -> None:
    token = link(cloud)
    [planned] = cloud.dispatch()
    cloud.senders.script["wa"].append(PermanentMessageError("132001"))
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    fall_back(cloud)

    open_link(cloud, "POST", token)
    cloud.run(sender, cloud.sqs_event("EMAIL_QUEUE_URL"))

    timeline = cloud.timeline(planned)
    assert timeline.notification.state is State.PENDING
    assert timeline.notification.reason == "suppressed"


@pytest.mark.parametrize("spoilt", ["{token}x", "x{token}", "", ".", "ñ"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_is_not_found(cloud: Cloud, method: str, spoilt: str) -> None:
    token = link(cloud)

    status, page = open_link(cloud, method, spoilt.format(token=token))

    assert status == 404
    assert "no es válido" in page
    assert "email" in next_route(cloud)
