"""A key of a division sends to its own people, and sees what is theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.inbound_processor import handler as inbound_processor
from functions.notification_sender import handler as notification_sender
from functions.whatsapp_accounts import handler as whatsapp_accounts
from recado.adapters.clock import SystemClock
from recado.domain.api_keys import Role, new_key
from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address, Recipient
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Mode
from recado.domain.updates import InboundMessage, InboundType
from tests.cloud import Cloud, LambdaContext, http_event
from tests.fakes.clock import NOON
from tests.workshop import CUSTOMER

DISPATCH = "/api/v1/notifications/events/dispatch/"
TEST = "/api/v1/notifications/test/"
ALL = "/api/v1/communications"
PHONES = {"norte": "+593991110001", "sur": "+593991110002"}


def customer(division: str) -> Recipient:
    return CUSTOMER.model_copy(
        update={
            "recipient_id": f"customer-{division}",
            "name": f"Ana {division.title()}",
            "division": division,
            "addresses": (
                Address(channel=Channel.WHATSAPP, value=PHONES[division]),
                Address(channel=Channel.EMAIL, value=f"ana.{division}@example.com"),
            ),
        }
    )


@pytest.fixture(autouse=True)
def people(cloud: Cloud) -> None:
    """A customer in each division, beside one of the whole tenant."""
    for division in PHONES:
        cloud.stack.directory.put_recipient(customer(division))


def key_of(cloud: Cloud, division: str) -> dict[str, str]:
    """The headers of a division."""
    key, text = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name=division,
        now=NOON,
        role=Role.DIVISION,
        division=division,
    )
    cloud.stack.configuration.put_api_key(key)
    return {"x-api-key": text}


@pytest.fixture
def north(cloud: Cloud) -> dict[str, str]:
    return key_of(cloud, "norte")


@pytest.fixture
def south(cloud: Cloud) -> dict[str, str]:
    return key_of(cloud, "sur")


def an_event(customer_id: str, **changes: object) -> dict[str, object]:
    return {
        "event_type": "appointment_scheduled",
        "service_type_id": "mantenimiento",
        "phase_id": "phase-schedule",
        "customer_id": customer_id,
        "context": {"placa": "ABC123"},
        **changes,
    }


def a_message(division: str, **changes: object) -> dict[str, object]:
    return {
        "candidate_id": f"customer-{division}",
        "phone": PHONES[division],
        "template_name": "contacto_inicial",
        **changes,
    }


def write(cloud: Cloud, phone: str, text: str) -> None:
    """Let a person write."""
    now = SystemClock().now()
    message = InboundMessage(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id=f"wamid.{text}",
        sender=(Identity(kind=IdentityKind.PHONE, value=phone),),
        at=now,
        received_at=now,
        type=InboundType.TEXT,
        text=text,
    )
    cloud.stack.update_queues.put_inbound([message])
    cloud.run(inbound_processor, cloud.sqs_event("INBOUND_QUEUE_URL"))


def contents(cloud: Cloud, headers: dict[str, str], query: str = "") -> list[str]:
    """What a key sees in the list of communications."""
    status, page, _ = cloud.request("GET", f"{ALL}/{query}", headers=headers)
    assert status == 200
    return [each["content"] for each in page["communications"]]


class TestSending:
    def test_a_division_notifies_its_own_customers(
        self, cloud: Cloud, north: dict[str, str]
    ) -> None:
        status, body, _ = cloud.request("POST", DISPATCH, an_event("customer-norte"), headers=north)

        assert status == 202
        stored = cloud.stack.notifications.get("andinos", body["notification_id"])
        assert stored is not None
        assert stored.division == "norte"

    @pytest.mark.parametrize("customer_id", ["customer-sur", "customer-001", "nobody"])
    @pytest.mark.parametrize(
        ("path", "request_of", "field"),
        [
            (DISPATCH, an_event, "customer_id"),
            (
                TEST,
                lambda customer_id: {
                    "channel": "email",
                    "to": "a@example.com",
                    "customer_id": customer_id,
                },
                "customer_id",
            ),
            (
                f"{ALL}/send/",
                lambda customer_id: a_message("sur", candidate_id=customer_id),
                "candidate_id",
            ),
        ],
        ids=["dispatch", "test", "send"],
    )
    def test_all_others_are_as_unknown_as_who_does_not_exist(
        self,
        cloud: Cloud,
        north: dict[str, str],
        customer_id: str,
        path: str,
        request_of: Any,
        field: str,
    ) -> None:
        status, body, _ = cloud.request("POST", path, request_of(customer_id), headers=north)

        assert (status, body["code"]) == (422, "unprocessable")
        assert (body["errors"][0]["field"], body["detail"]) == (field, "unknown recipient")

    def test_an_event_for_the_team_belongs_to_the_division_that_told_it(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        event = an_event("customer-norte", target="staff")
        status, body, _ = cloud.request("POST", DISPATCH, event, headers=north)

        path = f"/api/v1/notifications/{body['notification_id']}/"
        assert status == 202
        assert cloud.request("GET", path, headers=north)[0] == 200
        assert cloud.request("GET", path, headers=south)[0] == 404

    def test_what_the_whole_tenant_sends_belongs_to_the_customers_division(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        _, body, _ = cloud.request("POST", DISPATCH, an_event("customer-sur"))

        path = f"/api/v1/notifications/{body['notification_id']}/"
        assert cloud.request("GET", path, headers=south)[0] == 200
        assert cloud.request("GET", path, headers=north)[0] == 404
        assert cloud.request("GET", path)[0] == 200

    def test_a_division_writes_to_its_people_only_at_their_own_numbers(
        self, cloud: Cloud, north: dict[str, str]
    ) -> None:
        request = a_message("norte", phone=PHONES["sur"])
        status, body, _ = cloud.request("POST", f"{ALL}/send/", request, headers=north)

        assert (status, body["errors"][0]["field"]) == (422, "phone")
        assert cloud.request("POST", f"{ALL}/send/", a_message("norte"), headers=north)[0] == 202

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            ({"to": "a@example.com"}, "customer_id"),
            ({"to": "ana.sur@example.com", "customer_id": "customer-norte"}, "to"),
            ({"to": "a@example.com", "customer_id": "customer-norte"}, "to"),
        ],
        ids=["nobody", "another customer", "a stranger"],
    )
    def test_a_division_tests_its_accounts_only_with_its_own_customers(
        self, cloud: Cloud, north: dict[str, str], message: dict[str, str], field: str
    ) -> None:
        request = {"channel": "email", **message}
        status, body, _ = cloud.request("POST", TEST, request, headers=north)

        assert (status, body["errors"][0]["field"]) == (422, field)

    def test_a_division_tests_with_an_address_of_its_customer_in_any_spelling(
        self, cloud: Cloud, north: dict[str, str]
    ) -> None:
        request = {
            "channel": "email",
            "to": "Ana.Norte@Example.com",
            "customer_id": "customer-norte",
        }
        assert cloud.request("POST", TEST, request, headers=north)[0] == 202

    @pytest.mark.parametrize(
        ("path", "request_of_south", "id_field"),
        [
            (f"{ALL}/send/", a_message("sur"), "id"),
            (
                TEST,
                {"channel": "email", "to": "a@example.com", "customer_id": "customer-sur"},
                "notification_id",
            ),
        ],
        ids=["send", "test"],
    )
    def test_what_the_whole_tenant_writes_belongs_to_the_persons_division(
        self, cloud: Cloud, path: str, request_of_south: dict[str, object], id_field: str
    ) -> None:
        status, body, _ = cloud.request("POST", path, request_of_south)

        stored = cloud.stack.notifications.get("andinos", body[id_field])
        assert status == 202
        assert stored is not None
        assert stored.division == "sur"

    def test_an_idempotency_key_of_another_division_gives_none_of_its_answers(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        event = an_event("customer-norte", target="staff")
        answers = [
            cloud.request("POST", DISPATCH, event, headers={**key, "idempotency-key": "k1"})
            for key in (north, south, north)
        ]

        ids = [body["notification_id"] for _, body, _ in answers]
        assert ids[0] == ids[2] != ids[1]
        assert answers[2][2]["Idempotency-Replayed"] == "true"
        assert answers[2][2]["Location"] == answers[0][2]["Location"]


class TestLooking:
    def test_a_division_sees_what_was_said_with_its_people(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        for number, phone in enumerate((*PHONES.values(), "+593991119999")):
            write(cloud, phone, f"hola {number}")

        assert contents(cloud, north) == ["hola 0"]
        assert contents(cloud, south) == ["hola 1"]
        assert contents(cloud, {"x-api-key": cloud.api_key}) == ["hola 2", "hola 1", "hola 0"]

    def test_one_message_and_the_summary_of_others_are_404(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        _, sent, _ = cloud.request("POST", f"{ALL}/send/", a_message("sur"), headers=south)
        cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
        write(cloud, PHONES["sur"], "hola")
        _, page, _ = cloud.request("GET", f"{ALL}/?direction=inbound", headers=south)
        [received] = page["communications"]

        for path in (
            f"{ALL}/{sent['id']}/",
            f"{ALL}/{received['id']}/",
            f"{ALL}/candidate/customer-sur/summary/",
        ):
            assert cloud.request("GET", path, headers=south)[0] == 200
            status, body, _ = cloud.request("GET", path, headers=north)
            assert (status, body["code"]) == (404, "not_found")

    def test_what_failed_for_another_division_is_not_tried_again(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        _, sent, _ = cloud.request("POST", f"{ALL}/send/", a_message("sur"), headers=south)
        path = f"{ALL}/{sent['id']}/retry/"

        assert cloud.request("POST", path, headers=north)[0] == 404
        status, body, _ = cloud.request("POST", path, headers=south)
        assert (status, body["code"]) == (409, "not_failed")

    def test_another_divisions_message_is_not_acknowledged(
        self, cloud: Cloud, north: dict[str, str]
    ) -> None:
        write(cloud, PHONES["sur"], "hola")
        page = cloud.request("GET", f"{ALL}/")[1]
        [received] = page["communications"]
        call = http_event("POST", f"{ALL}/whatsapp/messages/{received['id']}/read", None, north)

        answer = whatsapp_accounts.lambda_handler(call, LambdaContext())

        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (404, "not_found")

    def test_a_division_sees_that_its_customer_opted_out(
        self, cloud: Cloud, north: dict[str, str], south: dict[str, str]
    ) -> None:
        write(cloud, PHONES["norte"], "BAJA")

        assert len(contents(cloud, north)) == 2
        assert contents(cloud, south) == []
