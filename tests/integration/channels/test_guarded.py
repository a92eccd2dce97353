"""The circuit breaker around an account, over its table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from moto import mock_aws

from recado.adapters.channels.guarded import GuardedSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import SmsMessage
from recado.domain.notification import Mode
from recado.ports.channels import OutboundMessage
from tests.fakes.senders import FakeSenders
from tests.faults import Faults

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "circuit-breakers"
MESSAGE = OutboundMessage(
    to=Address(channel=Channel.SMS, value="+593991234567"),
    content=SmsMessage(text="Hola"),
    tag="ntf_1.1",
)
OUTAGE = RetryableError("http_503")
REFUSAL = PermanentRecipientError("131026")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBClient]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time("2026-11-20T12:00:00Z") as frozen:
        yield cast("FrozenDateTimeFactory", frozen)


class Account:
    """An account behind its circuit; `does` says how the next sends end."""

    def __init__(self, table: DynamoDBClient, account_id: str) -> None:
        self.value = ChannelAccount(
            tenant_id="andinos", account_id=account_id, provider=Provider.TWILIO_SMS
        )
        self.provider = FakeSenders()
        sender = self.provider.sender_for(self.value, Mode.LIVE)
        self._guarded = GuardedSender(self.value, sender, client=table, table_name=TABLE)

    def send(self, *outcomes: DeliveryError | None) -> DeliveryError | None:
        """Send once for each outcome; gives how the last one ended."""
        ended: DeliveryError | None = None
        for outcome in outcomes:
            self.provider.script[self.value.account_id].append(outcome)
            ended = self.send_next()
        return ended

    def send_next(self) -> DeliveryError | None:
        try:
            self._guarded.send(MESSAGE)
        except DeliveryError as error:
            return error
        return None

    @property
    def attempts(self) -> int:
        return len(self.provider.attempted)


@pytest.fixture
def account(
    table: DynamoDBClient, clock: FrozenDateTimeFactory, request: pytest.FixtureRequest
) -> Account:
    # Failures in a row are counted in the process, by the circuit's name.
    return Account(table, request.node.name)


def test_an_accepted_message_passes_through(account: Account) -> None:
    assert account.send(None) is None
    assert account.attempts == 1


@pytest.mark.parametrize(
    "fault", [OUTAGE, AccountError("190"), OutcomeUnknownError("no_answer")], ids=repr
)
def test_five_faults_of_the_account_in_a_row_open_the_circuit(
    account: Account, fault: DeliveryError
) -> None:
    assert account.send(*[fault] * 5) is fault
    ended = account.send_next()
    assert isinstance(ended, NotAttemptedError)
    assert ended.code == "circuit_open"
    assert account.attempts == 5


def test_what_opens_it_is_measured_once_for_those_on_duty(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.send(*[OUTAGE] * 8)

    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["CircuitOpened"], line["channel"], line["provider"]) == ([1], "sms", "twilio_sms")


def test_four_faults_do_not(account: Account) -> None:
    account.send(*[OUTAGE] * 4)
    assert account.send(None) is None


@pytest.mark.parametrize(
    "refusal",
    [
        PermanentMessageError("132000"),
        REFUSAL,
        RetryableError("131056", account_fault=False),
    ],
    ids=repr,
)
def test_refusals_of_a_message_or_a_recipient_never_open_it(
    account: Account, refusal: DeliveryError
) -> None:
    assert account.send(*[refusal] * 8) is refusal
    assert account.attempts == 8


@pytest.mark.parametrize("answer", [None, REFUSAL], ids=repr)
def test_any_answer_of_the_provider_ends_a_row_of_faults(
    account: Account, answer: DeliveryError | None
) -> None:
    account.send(*[OUTAGE] * 4, answer, *[OUTAGE] * 4)
    assert account.attempts == 9
    assert account.send(None) is None


def test_an_open_circuit_says_when_to_come_back(
    account: Account, clock: FrozenDateTimeFactory
) -> None:
    account.send(*[OUTAGE] * 5)
    waits = []
    for seconds in (0, 10):
        clock.tick(timedelta(seconds=seconds))
        ended = account.send_next()
        assert isinstance(ended, NotAttemptedError)
        waits.append(ended.retry_after)
    assert waits[0] == 30
    assert 10 <= waits[1] <= 20


def test_who_comes_while_a_probe_runs_waits_long_enough_not_to_ask_in_vain(
    account: Account, clock: FrozenDateTimeFactory
) -> None:
    account.send(*[OUTAGE] * 5)
    clock.tick(timedelta(seconds=29.5))

    waits = set()
    for _ in range(5):
        ended = account.send_next()
        assert isinstance(ended, NotAttemptedError)
        waits.add(ended.retry_after)

    assert min(waits) >= 10
    assert len(waits) == 5


@pytest.mark.parametrize("operation", ["GetItem", "PutItem", "UpdateItem"])
def test_a_table_that_refuses_never_leaves_an_outcome_unknown(
    account: Account, table: DynamoDBClient, clock: FrozenDateTimeFactory, operation: str
) -> None:
    account.send(*[OUTAGE] * 5)
    clock.tick(timedelta(seconds=40))
    Faults(table).refuse(operation, code="ThrottlingException", times=100)

    ended = account.send_next()

    assert (ended is None, account.attempts) in {(True, 6), (False, 5)}
    assert ended is None or isinstance(ended, NotAttemptedError)


def test_an_adapter_that_breaks_is_not_taken_for_a_table_that_refuses(account: Account) -> None:
    def break_down(_: OutboundMessage) -> None:
        raise RuntimeError("injected")

    account.provider.script[account.value.account_id].append(break_down)

    with pytest.raises(RuntimeError):
        account.send_next()


@pytest.mark.parametrize("answer", [None, REFUSAL], ids=repr)
def test_after_its_rest_one_answer_closes_it(
    account: Account, clock: FrozenDateTimeFactory, answer: DeliveryError | None
) -> None:
    account.send(*[OUTAGE] * 5)
    clock.tick(timedelta(seconds=31))
    assert account.send(answer) is answer
    with ThreadPoolExecutor(1) as another_thread:
        assert another_thread.submit(account.send_next).result() is None
    assert account.attempts == 7


def test_after_its_rest_one_more_fault_opens_it_again(
    account: Account, clock: FrozenDateTimeFactory
) -> None:
    account.send(*[OUTAGE] * 5)
    clock.tick(timedelta(seconds=31))
    assert account.send(OUTAGE) is OUTAGE
    assert isinstance(account.send_next(), NotAttemptedError)
    assert account.attempts == 6


def test_another_account_is_not_held_back(account: Account, table: DynamoDBClient) -> None:
    account.send(*[OUTAGE] * 5)
    assert Account(table, "another").send(None) is None


def test_another_worker_sees_an_open_circuit(account: Account, table: DynamoDBClient) -> None:
    account.send(*[OUTAGE] * 5)
    worker = Account(table, account.value.account_id)
    assert isinstance(worker.send_next(), NotAttemptedError)


def test_a_table_that_cannot_be_read_does_not_stop_sending(
    account: Account, table: DynamoDBClient
) -> None:
    table.delete_table(TableName=TABLE)
    assert account.send(None) is None
