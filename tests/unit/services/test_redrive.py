"""Moving back what went wrong: what goes, what stays, and that nothing is sent twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Provider
from recado.domain.client_endpoints import ClientWebhookMessage
from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.errors import PermanentMessageError
from recado.domain.identities import Identity
from recado.domain.media import MediaTask
from recado.domain.notification import Notification, State
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.tasks import TaskKind, TaskPart
from recado.domain.updates import IdentityKind, InboundMessage, InboundType, Media
from recado.ports.claims import ClaimNotRedeemedError
from recado.ports.dead_letters import DeadLetter, QueueName
from recado.ports.queues import DeliveryMessage
from recado.services.judge_dead_letter import JudgeDeadLetter, Refusal
from recado.services.redrive import Handled, Redrive
from recado.services.take_in_requests import TakeInRequests
from tests.fakes.clock import NOON
from tests.fakes.dead_letters import FakeDeadLetters
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT, event

LOST = '{"claim":"lost"}'


class PlainBodies:
    """Implements `ports.Claims` where next to nothing is one."""

    def redeem(self, body: str) -> str:
        if body == LOST:
            raise ClaimNotRedeemedError("NoSuchKey")
        return body


class Office:
    """The house with its queues of what went wrong."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.letters = FakeDeadLetters()
        self.redrive = Redrive(
            letters=self.letters,
            judge=JudgeDeadLetter(
                notifications=house.notifications,
                directory=house.directory,
                configuration=house.configuration,
                claims=PlainBodies(),
                clock=house.clock,
            ),
            clock=house.clock,
        )
        self._ids = map("m{}".format, count())
        self.take_in = TakeInRequests(plan=house.plan, refused=self)

    def put(self, message_id: str, body: str, *, reason: str) -> None:
        """Implements `ports.RefusedRequests`: the refused one is a message of its own."""
        attributes = {"reason": reason, "message_id": message_id}
        self.add(QueueName.REQUESTS, body, attributes=attributes)

    def add(self, queue: QueueName, body: str, **fields: object) -> str:
        message_id = next(self._ids)
        known = {"message_id": message_id, "body": body, "sent_at": self.house.clock.now()}
        letter = DeadLetter.model_validate({"receipt": "", **known, **fields})
        self.letters.letters[queue].append(letter)
        return letter.message_id

    def run(self, queue: QueueName, **options: object) -> Counter[str]:
        """Redrive a queue; counts where its messages went, or why they stay."""
        handled: list[Handled] = list(self.redrive(queue, **options))  # type: ignore[arg-type]
        return Counter(str(each.refusal or each.to or "other reason") for each in handled)

    def work_on_requests(self) -> None:
        """Let the intake read what was moved, as messages with new ids."""
        bodies = {next(self._ids): m.body for m in self.letters.moved}
        self.letters.moved.clear()
        assert self.take_in(bodies) == set()


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def request(**changes: object) -> str:
    fields = event().model_dump(mode="json") | {"tenant_id": TENANT.tenant_id}
    return json.dumps({**fields, **changes})


def opt_out(house: House, count_of_addresses: int) -> None:
    for address in CUSTOMER.addresses[:count_of_addresses]:
        house.directory.suppress(
            Suppression(
                tenant_id=TENANT.tenant_id,
                channel=address.channel,
                address=address.value,
                reason=SuppressionReason.OPT_OUT,
                evidence="STOP",
                created_at=house.clock.now(),
            )
        )


def delivery(notification: Notification, *, step: int = 0) -> str:
    return DeliveryMessage.of(notification).model_copy(update={"step": step}).model_dump_json()


def at(moment: datetime) -> str:
    return moment.isoformat()


def test_after_three_days_what_is_too_late_stays_and_the_rest_is_sent_once(office: Office) -> None:
    house = office.house
    in_a_week = NOON + timedelta(days=7)
    office.add(QueueName.REQUESTS, request())
    office.add(QueueName.REQUESTS, request(useless_after=at(NOON + timedelta(days=2))))
    office.add(QueueName.REQUESTS, request(useless_after=at(in_a_week)))
    office.add(QueueName.REQUESTS, request(send_at=at(NOON + timedelta(days=3, hours=-1))))
    house.clock.advance(days=3)

    told = office.run(QueueName.REQUESTS)
    office.work_on_requests()
    house.work()

    assert told == {"expired": 2, "requests": 2}
    assert office.letters.waiting(QueueName.REQUESTS) == 2
    assert len(house.senders.accepted) == 2


def test_a_crash_between_the_queues_sends_nothing_twice(office: Office) -> None:
    for _ in range(3):
        office.add(QueueName.REQUESTS, request())
    office.letters.crash_after = 1

    with pytest.raises(ConnectionError):
        office.run(QueueName.REQUESTS)
    office.letters.crash_after = None
    again = office.run(QueueName.REQUESTS)
    assert len(office.letters.moved) == 4
    office.work_on_requests()
    office.house.work()

    assert again == {"requests": 2}
    assert office.letters.waiting(QueueName.REQUESTS) == 0
    assert len(office.house.senders.accepted) == 3


@pytest.mark.parametrize(("minutes", "left"), [(0, 0), (1, 1)])
def test_what_a_message_made_before_it_was_refused_is_not_made_again(
    office: Office, minutes: int, left: int
) -> None:
    """SQS delivered it twice; in between the customer's file was broken."""
    body = request()
    office.take_in({"first-id": body})
    office.house.clock.advance(minutes=minutes)
    office.put("first-id", body, reason="unprocessable: unknown recipient")
    office.house.clock.advance(minutes=minutes)

    office.run(QueueName.REQUESTS)
    office.work_on_requests()
    office.house.work()

    assert len(office.house.senders.accepted) == 1
    assert office.letters.waiting(QueueName.REQUESTS) == left


def test_a_request_lives_no_longer_for_being_moved(office: Office) -> None:
    office.add(QueueName.REQUESTS, request())
    office.house.clock.advance(hours=20)
    office.run(QueueName.REQUESTS)
    office.work_on_requests()

    [message] = office.house.queues.take_queued()
    notification = office.house.notifications.get(TENANT.tenant_id, message.message.notification_id)
    assert notification is not None
    assert notification.deadline == NOON + timedelta(hours=TENANT.max_age_hours)


def test_a_request_that_is_refused_again_is_as_old_as_before(office: Office) -> None:
    office.add(QueueName.REQUESTS, request(phase_id="phase-of-nobody"))
    office.house.clock.advance(hours=20)
    office.run(QueueName.REQUESTS)
    office.work_on_requests()
    office.house.clock.advance(hours=5)

    assert office.run(QueueName.REQUESTS) == {"expired": 1}


def test_a_request_for_later_lives_as_long_after_that_as_it_would_have(office: Office) -> None:
    send_at = NOON + timedelta(days=2)
    office.add(QueueName.REQUESTS, request(send_at=at(send_at)))

    office.run(QueueName.REQUESTS)

    [moved] = office.letters.moved
    deadline = datetime.fromisoformat(json.loads(moved.body)["useless_after"])
    assert deadline == send_at + timedelta(hours=TENANT.max_age_hours)


def test_a_deadline_of_the_senders_own_stays(office: Office) -> None:
    office.add(QueueName.REQUESTS, request(useless_after="2031-01-01T07:00:00-05:00"))

    office.run(QueueName.REQUESTS)

    [moved] = office.letters.moved
    assert json.loads(moved.body)["useless_after"] == "2031-01-01T07:00:00-05:00"


def test_a_key_of_the_senders_own_stays(office: Office) -> None:
    office.add(QueueName.REQUESTS, request(idempotency_key="order-7"))

    office.run(QueueName.REQUESTS)

    [moved] = office.letters.moved
    assert json.loads(moved.body)["idempotency_key"] == "order-7"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (request(customer_id="nobody"), Refusal.UNKNOWN_RECIPIENT),
        (request(tenant_id="nobody"), Refusal.UNKNOWN_TENANT),
        (request(phase_id=7), Refusal.UNREADABLE),
        ("{not json", Refusal.UNREADABLE),
    ],
)
def test_a_request_that_would_be_refused_again_stays(
    office: Office, body: str, refusal: Refusal
) -> None:
    office.add(QueueName.REQUESTS, body)

    assert office.run(QueueName.REQUESTS) == {refusal: 1}
    assert office.letters.waiting(QueueName.REQUESTS) == 1


@pytest.mark.parametrize(
    ("suppressed", "target", "told"),
    [
        (len(CUSTOMER.addresses), "clients", "opted_out"),
        (len(CUSTOMER.addresses) - 1, "clients", "requests"),
        (len(CUSTOMER.addresses), "staff", "requests"),
    ],
)
def test_a_request_stays_whose_person_opted_out_everywhere(
    office: Office, suppressed: int, target: str, told: str
) -> None:
    opt_out(office.house, suppressed)
    office.add(QueueName.REQUESTS, request(target=target))

    assert office.run(QueueName.REQUESTS) == {told: 1}


def test_a_run_ends_though_what_it_moves_is_refused_again(office: Office) -> None:
    for _ in range(3):
        office.add(QueueName.REQUESTS, request(phase_id="phase-of-nobody"))

    moved = 0
    for _ in islice(office.redrive(QueueName.REQUESTS), 20):
        moved += 1
        office.house.clock.advance(seconds=1)
        office.work_on_requests()

    assert moved == 3
    assert office.letters.waiting(QueueName.REQUESTS) == 3
    assert office.run(QueueName.REQUESTS) == {"requests": 3}


def test_a_run_ends_on_a_machine_whose_clock_is_ahead(office: Office) -> None:
    """What comes back looks older than the run."""
    sent_at = NOON - timedelta(hours=1)
    office.add(QueueName.REQUESTS, request(), sent_at=sent_at)

    moved = 0
    for _ in islice(office.redrive(QueueName.REQUESTS), 20):
        moved += 1
        [back] = office.letters.moved
        office.letters.moved.clear()
        office.add(QueueName.REQUESTS, back.body, sent_at=sent_at)

    assert moved == 1


def test_a_run_ends_while_others_go_on_sending_what_is_refused(office: Office) -> None:
    def send_another() -> None:
        office.house.clock.advance(seconds=1)
        office.add(QueueName.REQUESTS, request())

    office.add(QueueName.REQUESTS, request())
    office.letters.before_take = send_another

    assert list(islice(office.redrive(QueueName.REQUESTS), 20)) == [
        Handled("tries_used_up", to=QueueName.REQUESTS)
    ]
    assert len(office.letters.letters[QueueName.REQUESTS]) < 20


def test_a_delivery_that_crashed_its_workers_goes_again_once(office: Office) -> None:
    notification = office.house.dispatch()
    [message] = office.house.queues.take_queued()
    for _ in range(2):
        office.add(QueueName.WHATSAPP, message.message.model_dump_json())

    for _ in range(2):
        assert office.run(QueueName.WHATSAPP) == {"whatsapp": 1}
    for _ in office.letters.moved:
        office.house.deliver([message])

    assert office.house.state(notification) is State.SENT
    assert len(office.house.senders.accepted) == 1


def sent(house: House) -> Notification:
    notification = house.dispatch()
    house.work()
    return notification


def given_up(house: House) -> Notification:
    house.senders.script["wa"].append(PermanentMessageError("x"))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())
    return notification


def moved_on(house: House) -> Notification:
    notification = given_up(house)
    house.fall_back(house.queues.take_dead())
    return notification


def late(house: House) -> Notification:
    notification = house.dispatch()
    house.clock.advance(hours=25)
    return notification


def never_stored(house: House) -> Notification:
    return house.dispatch().model_copy(update={"notification_id": "ntf_x"})


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (sent, Refusal.ENDED),
        (given_up, Refusal.FOR_THE_FALLBACK),
        (moved_on, Refusal.MOVED_ON),
        (late, Refusal.EXPIRED),
        (never_stored, Refusal.NOT_STORED),
    ],
)
def test_a_delivery_stays_that_is_not_its_notifications_any_more(
    office: Office, make: Callable[[House], Notification], refusal: Refusal
) -> None:
    office.add(QueueName.WHATSAPP, delivery(make(office.house)))

    assert office.run(QueueName.WHATSAPP) == {refusal: 1}


def test_the_reason_of_a_delivery_is_its_notifications(office: Office) -> None:
    office.house.senders.script["wa"].append(PermanentMessageError("131026"))
    notification = office.house.dispatch()
    office.house.deliver(office.house.queues.take_queued())
    office.add(QueueName.WHATSAPP, delivery(notification))

    [handled] = office.redrive(QueueName.WHATSAPP, dry_run=True)
    assert handled.reason == "131026"


RECEIPT = Receipt(
    tenant_id="andinos",
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    provider_message_id="p",
    status=ReceiptStatus.READ,
    at=NOON,
    received_at=NOON,
)
INBOUND = InboundMessage(
    tenant_id="andinos",
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    provider_message_id="p",
    sender=(Identity(kind=IdentityKind.PHONE, value="+593991234567"),),
    at=NOON,
    received_at=NOON,
    type=InboundType.TEXT,
    text="BAJA",
)
MEDIA = MediaTask(
    tenant_id="andinos",
    message_id="msg_1",
    index=0,
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    media=Media(mime_type="image/png"),
)
WEBHOOK = ClientWebhookMessage(
    tenant_id="andinos", endpoint_id="end_1", event_id="evt_1", day=NOON.date()
)
TASK = TaskPart(
    tenant_id="andinos",
    task_id="tsk_1",
    kind=TaskKind.CUSTOMER_ERASURE,
    number=0,
    accepted_at=NOON,
    expires_at=NOON,
    records=(),
)
PLAIN = {
    QueueName.RECEIPTS: (RECEIPT, "tries_used_up: receipt"),
    QueueName.INBOUND: (INBOUND, "tries_used_up: message"),
    QueueName.MEDIA: (MEDIA, "tries_used_up: whatsapp_cloud"),
    QueueName.CLIENT_WEBHOOKS: (WEBHOOK, "tries_used_up: end_1"),
    QueueName.DIRECTORY_TASKS: (TASK, "tries_used_up: customer_erasure"),
}


@pytest.mark.parametrize("queue", list(PLAIN))
def test_what_is_worked_on_twice_without_harm_goes_back_as_it_is(
    office: Office, queue: QueueName
) -> None:
    value, reason = PLAIN[queue]
    office.add(queue, value.model_dump_json(), group="its-group")
    office.add(queue, "{}")

    [went, stays] = office.redrive(queue)

    assert (went.reason, went.to) == (reason, queue)
    assert stays.refusal is Refusal.UNREADABLE
    [moved] = office.letters.moved
    assert (moved.body, moved.group) == (value.model_dump_json(), "its-group")


@pytest.mark.parametrize("queue", [QueueName.DIRECTORY_TASKS, QueueName.PARKED])
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (TaskKind.CUSTOMERS_IMPORT, "expired"),
        (TaskKind.CUSTOMERS_SYNC, "expired"),
        (TaskKind.VEHICLES_SYNC, "expired"),
        (TaskKind.CUSTOMER_ERASURE, "directory-tasks"),
    ],
)
def test_of_tasks_that_are_over_only_an_erasure_goes_on(
    office: Office, queue: QueueName, kind: TaskKind, told: str
) -> None:
    task = TASK.model_copy(update={"kind": kind, "expires_at": NOON + timedelta(days=7)})
    office.add(queue, task.model_dump_json())
    assert office.run(queue, dry_run=True) == {"directory-tasks": 1}

    office.house.clock.advance(days=7)

    assert office.run(queue) == {told: 1}


def test_a_claim_whose_text_is_gone_stays(office: Office) -> None:
    office.add(QueueName.RECEIPTS, LOST)

    assert office.run(QueueName.RECEIPTS) == {Refusal.CLAIM_LOST: 1}


def test_what_is_parked_goes_where_its_body_belongs(office: Office) -> None:
    notification = office.house.dispatch()
    office.add(QueueName.PARKED, delivery(notification))
    for queue in (QueueName.RECEIPTS, QueueName.MEDIA, QueueName.DIRECTORY_TASKS):
        office.add(QueueName.PARKED, PLAIN[queue][0].model_dump_json())
    office.add(QueueName.PARKED, '{"requestPayload": {}}')
    office.add(QueueName.PARKED, delivery(never_stored(office.house)))

    assert office.run(QueueName.PARKED) == {
        "whatsapp": 1,
        "receipts": 1,
        "media": 1,
        "directory-tasks": 1,
        "unreadable": 1,
        "not_stored": 1,
    }
    assert {move.group for move in office.letters.moved} == {TENANT.tenant_id}


@pytest.mark.parametrize("reason", ["unprocessable", "unprocessable: unknown recipient"])
def test_only_those_of_a_reason_go(office: Office, reason: str) -> None:
    office.put("a", request(), reason="unprocessable: unknown recipient")
    office.put("b", request(), reason="no_orchestration: nothing is configured")
    office.add(QueueName.REQUESTS, request())

    assert office.run(QueueName.REQUESTS, reason=reason) == {"requests": 1, "other reason": 2}
    assert office.letters.waiting(QueueName.REQUESTS) == 2


def test_a_dry_run_tells_what_a_run_would_do_and_moves_nothing(office: Office) -> None:
    for number in range(25):
        office.add(QueueName.REQUESTS, request(customer_id="nobody" if number % 2 else "team"))

    tried = office.run(QueueName.REQUESTS, dry_run=True)
    assert office.letters.moved == []
    assert office.letters.waiting(QueueName.REQUESTS) == 25

    assert office.run(QueueName.REQUESTS) == tried == {"requests": 13, "unknown_recipient": 12}


def test_no_more_go_than_were_asked_for_and_those_that_stay_do_not_count(office: Office) -> None:
    for number in range(30):
        office.add(QueueName.REQUESTS, request(customer_id="team" if number % 3 else "nobody"))

    told = office.run(QueueName.REQUESTS, limit=12)

    assert told["requests"] == 12
    assert office.letters.waiting(QueueName.REQUESTS) == 18


def test_breaking_off_lets_everything_that_is_left_be_seen(office: Office) -> None:
    for _ in range(5):
        office.add(QueueName.REQUESTS, request())
    moving = office.redrive(QueueName.REQUESTS)

    assert len(list(islice(moving, 2))) == 2
    moving.close()

    assert office.letters.waiting(QueueName.REQUESTS) == 3


def test_looking_counts_and_takes_nothing_out_that_the_fallback_reads(office: Office) -> None:
    office.put("a", request(), reason="invalid: context")
    office.add(QueueName.WHATSAPP, "{}")
    office.add(QueueName.PARKED, "{}")

    found = {each.queue: each for each in office.redrive.look()}

    assert list(found) == list(QueueName)
    assert found[QueueName.REQUESTS].reasons == {"invalid: context": 1}
    assert (found[QueueName.WHATSAPP].count, found[QueueName.WHATSAPP].reasons) == (1, {})
    assert found[QueueName.PARKED].reasons == {"unreadable": 1}
    assert found[QueueName.SMS].count == 0
    assert office.letters.waiting(QueueName.REQUESTS) == 1


@given(
    crashes=st.lists(st.integers(0, 6), max_size=4),
    ages=st.lists(st.integers(0, 60), min_size=1, max_size=12),
)
def test_whatever_breaks_off_each_request_that_is_in_time_is_sent_once(
    crashes: list[int], ages: list[int]
) -> None:
    office = Office(House())
    start = office.house.clock.advance(hours=60)
    for hours in ages:
        sent_at = start - timedelta(hours=hours)
        office.add(QueueName.REQUESTS, request(), sent_at=sent_at)

    for crash in crashes:
        office.letters.crash_after = len(office.letters.moved) + crash
        try:
            office.run(QueueName.REQUESTS)
        except ConnectionError:
            continue
    office.letters.crash_after = None
    office.run(QueueName.REQUESTS)
    office.work_on_requests()
    office.house.work()

    in_time = [hours for hours in ages if hours < TENANT.max_age_hours]
    assert len(office.house.senders.accepted) == len(in_time)
    assert office.letters.waiting(QueueName.REQUESTS) == len(ages) - len(in_time)
