"""Every route answers as the document says: its example, and each error that it may have."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from recado.api.app import LARGEST_BODY
from tests.cloud import Cloud, http_event, serving
from tests.contract.api.document import Operation, check, operations

MAKES = {
    "createCustomer": "customer-100",
    "createVehicle": "vehicle-100",
    "createReminder": "reminder-100",
    "putAppointment": "appointment-100",
    "createTemplate": "mantenimiento-preventivo.phase-schedule.clients.sms.es",
    "createOrchestration": "avaluo-mg.staff",
}
"""What examples name and change; everything else that they name comes with the seed."""

HOLDS = {"vehicle-100": "reminder-100"}
"""What must go before another thing may."""

COMES_AFTER = {
    "createReminder": "createVehicle",
    "diffTemplate": "replaceTemplate",
    "rollBackTemplate": "replaceTemplate",
    "summariseCandidate": "sendCommunication",
    "readNotification": "dispatchEvent",
    "cancelNotification": "dispatchEvent",
    "readCommunication": "sendCommunication",
    "retryCommunication": "sendCommunication",
    "readCustomerTask": "importCustomers",
    "readTaskStatus": "syncCustomers",
}
"""Operations that need another one before."""

FOUND_IN = {
    "readNotification": ("notification_id", "notification_id"),
    "cancelNotification": ("notification_id", "notification_id"),
    "readCommunication": ("communication_id", "id"),
    "retryCommunication": ("communication_id", "id"),
    "readCustomerTask": ("task_id", "task_id"),
    "readTaskStatus": ("task_id", "task_id"),
}
"""Path parameters that only the answer of the operation before tells, with their field in it."""

USES_UP = {"completeReminder": "reminder-100"}
"""Operations whose example works on a thing once, with that thing."""

REFUSED = {
    "retryCommunication": 409,
    "markAsRead": 404,
    "showTyping": 404,
}
"""Examples that need what a provider told before: a failure, or a message that came in."""


@dataclass(frozen=True)
class Answer:
    """What a function answered."""

    status: int
    body: str
    headers: dict[str, str]

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Client:
    """Calls operations as the document describes them, and holds the answers against it."""

    cloud: Cloud
    answers: dict[str, Answer] = field(default_factory=dict)
    things: set[str] = field(default_factory=lambda: {"avaluo-mg.staff"})

    def call(
        self,
        operation: Operation,
        *,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; whatever is answered stands in the document."""
        filled = operation.path
        query = dict(query or {})
        for parameter in operation.parameters:
            value = (path or {}).get(parameter["name"], parameter.get("example"))
            if parameter["in"] == "path":
                filled = filled.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
            elif value is not None:
                query[parameter["name"]] = value
        address = f"{filled}?{urlencode(query)}" if query else filled
        given = self.credentials(operation) if headers is None else headers
        event = http_event(operation.method, address, body, given)
        function = serving(filled)
        return self._checked(operation, self.cloud.run(function, event))

    def example(self, operation: Operation) -> Answer:
        """Call an operation with its example, after what that needs."""
        path = self.prepare(operation)
        kind, content = next(iter(operation.bodies.items()), ("", {}))
        headers = {**self.credentials(operation), **({"content-type": kind} if kind else {})}
        answer = self.call(operation, path=path, body=content.get("example"), headers=headers)
        self.answers[operation.name] = answer
        if answer.status == 201 and operation.name in MAKES:
            self.things.add(MAKES[operation.name])
        if answer.status == 204 and operation.method == "DELETE":
            self._forget(operation.examples)
        return answer

    def prepare(self, operation: Operation) -> dict[str, str]:
        """Do what an example needs; gives the path parameters that it told."""
        if operation.name in self.answers and operation.name in USES_UP:
            self._succeed(removing(USES_UP[operation.name]))
        makers = {thing: name for name, thing in MAKES.items()}
        for thing in operation.examples:
            if thing in makers and thing not in self.things and makers[thing] != operation.name:
                self._succeed(named(makers[thing]))
        if MAKES.get(operation.name) in self.things:
            self._succeed(removing(MAKES[operation.name]))
        for thing in operation.examples:
            if operation.method == "DELETE" and HOLDS.get(thing) in self.things:
                self._succeed(removing(HOLDS[thing]))
        before = COMES_AFTER.get(operation.name)
        if before and before not in self.answers:
            self._succeed(named(before))
        if before is None or operation.name not in FOUND_IN:
            return {}
        parameter, told = FOUND_IN[operation.name]
        return {parameter: self.answers[before].document[told]}

    def _succeed(self, operation: Operation) -> None:
        answer = self.example(operation)
        assert answer.status < 300, answer

    def _forget(self, things: list[str]) -> None:
        """What was done with things that are gone must be done again."""
        self.things -= set(things)
        for operation in operations():
            if MAKES.get(operation.name) in things or set(operation.examples) & set(things):
                self.answers.pop(operation.name, None)

    def credentials(self, operation: Operation) -> dict[str, str]:
        """What the caller of an operation shows."""
        schemes = {name for scheme in operation.content["security"] for name in scheme}
        if "internalSecret" in schemes:
            return {"x-internal-secret": "s3cret", "x-tenant-id": "talleres-andinos"}
        return {"x-api-key": self.cloud.api_key} if schemes else {}

    def _checked(self, operation: Operation, raw: dict[str, Any]) -> Answer:
        text: str = raw["body"]
        assert isinstance(text, str)
        if raw.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        headers = {name.lower(): str(value) for name, value in (raw.get("headers") or {}).items()}
        answer = Answer(raw["statusCode"], text, headers)
        described = operation.responses.get(answer.status)
        assert described is not None, f"{answer.status} is not documented: {text}"
        content = described.get("content")
        if content is None:
            assert text == ""
            return answer
        media_type = headers["content-type"].partition(";")[0]
        assert media_type in content
        value = answer.document if media_type.endswith("json") else text
        check(content[media_type]["schema"], value)
        assert headers["x-request-id"]
        return answer


def shown_fields(operation: Operation, status: int) -> set[str]:
    """The fields of an answer as the document shows it."""
    shown = operation.responses[status].get("content", {}).get("application/json", {})
    return set(shown.get("example", {}))


def told_fields(answer: Answer) -> set[str]:
    """The fields of an answer as it came."""
    is_json = answer.headers.get("content-type") == "application/json"
    return set(answer.document) if is_json else set()


def named(name: str) -> Operation:
    """The operation of that id."""
    [found] = [operation for operation in operations() if operation.name == name]
    return found


def removing(thing: str) -> Operation:
    """The operation whose example removes a thing."""
    [found] = [each for each in operations() if each.method == "DELETE" and thing in each.examples]
    return found


def each(which: Callable[[Operation], object] = lambda _: True) -> pytest.MarkDecorator:
    chosen = [operation for operation in operations() if which(operation)]
    return pytest.mark.parametrize("operation", chosen, ids=str)


@pytest.fixture(scope="module")
def client(seeded: Cloud) -> Iterator[Client]:
    """A client of the stack with the seed's data, shared by all tests of this file."""
    yield Client(seeded)


@each()
def test_the_example_of_an_operation_works(client: Client, operation: Operation) -> None:
    answer = client.example(operation)
    if operation.name in REFUSED:
        assert answer.status == REFUSED[operation.name]
    else:
        assert answer.status < 300, answer.body
        assert shown_fields(operation, answer.status) == told_fields(answer)


def test_a_page_of_a_file_leads_to_the_next_one(client: Client) -> None:
    operation = named("exportCustomers")
    answer = client.call(operation, query={"limit": "1"})
    described = operation.responses[200]["headers"].keys()
    assert {name for name in described if name.lower() not in answer.headers} == set()


@each(lambda operation: 201 in operation.responses)
def test_what_was_made_can_be_found(client: Client, operation: Operation) -> None:
    answer = client.example(operation)
    assert answer.status == 201
    described = operation.responses[201]["headers"].keys() - {"Idempotency-Replayed"}
    assert {name for name in described if name.lower() not in answer.headers} == set()
    assert answer.headers["location"].endswith("/")


@each(lambda operation: operation.content["security"])
def test_who_shows_nothing_is_refused(client: Client, operation: Operation) -> None:
    assert client.call(operation, headers={}).status == 401


@each(lambda operation: operation.path.startswith("/api/v1/") and operation.scopes)
def test_a_key_may_not_name_another_tenant(client: Client, operation: Operation) -> None:
    headers = {**client.credentials(operation), "x-tenant-id": "somebody-else"}
    assert client.call(operation, headers=headers).status == 403


@each(lambda operation: "application/json" in operation.bodies)
def test_a_body_that_is_no_json_is_refused(client: Client, operation: Operation) -> None:
    assert client.call(operation, body="{").status == 400


@each(lambda operation: operation.content.get("requestBody", {}).get("required"))
def test_a_body_of_another_kind_is_refused(client: Client, operation: Operation) -> None:
    assert client.call(operation, body='"a text"').status == 422


@each(lambda operation: operation.bodies)
def test_a_body_of_another_type_is_refused(client: Client, operation: Operation) -> None:
    headers = {**client.credentials(operation), "content-type": "application/xml"}
    assert client.call(operation, body="<a/>", headers=headers).status == 415


@each(lambda operation: operation.bodies)
def test_a_body_that_is_too_large_is_refused(client: Client, operation: Operation) -> None:
    assert client.call(operation, body=" " * 5 * LARGEST_BODY).status == 413


@each(lambda operation: "IfMatch" in operation.shared_parameters)
def test_another_version_is_not_changed(client: Client, operation: Operation) -> None:
    path = client.prepare(operation)
    content = operation.bodies.get("application/json", {})
    headers = {**client.credentials(operation), "if-match": '"0"'}
    answer = client.call(operation, path=path, body=content.get("example"), headers=headers)
    assert answer.status == 412


UNKNOWN = {"version": "999", "customer_id": "nobody", "candidate_id": "nobody"}
ASKED_OTHERWISE = {
    *{"summariseCandidate", "eraseCustomer", "replaceOrchestration"},
    "putAppointment",
}
"""Two have an answer about anybody; the body of the third has to name the same as its path; the
last one makes what is not there."""


@each(lambda operation: "{" in operation.path and operation.name not in ASKED_OTHERWISE)
def test_what_is_not_there_is_not_found(client: Client, operation: Operation) -> None:
    path = {
        parameter["name"]: UNKNOWN.get(parameter["name"], "nothing")
        for parameter in operation.parameters
        if parameter["in"] == "path"
    }
    content = operation.bodies.get("application/json", {})
    assert client.call(operation, path=path, body=content.get("example")).status == 404
