"""What the recorder hears of an SDK client."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from bench.aws_calls import CallRecorder


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1"
    )


def test_calls_are_kept_with_their_parameters_and_answers_until_taken(
    session: boto3.Session,
) -> None:
    recorder = CallRecorder()
    recorder.listen(session)
    sqs = session.client("sqs")
    with Stubber(sqs) as stubber:
        stubber.add_response("get_queue_url", {"QueueUrl": "https://queue"})
        sqs.get_queue_url(QueueName="name")

    (call,) = recorder.take()

    assert (call.service, call.operation) == ("sqs", "GetQueueUrl")
    assert call.parameters["QueueName"] == "name"
    assert call.answer["QueueUrl"] == "https://queue"
    assert not call.failed
    assert recorder.take() == []


def test_a_refused_call_is_a_call_that_failed(session: boto3.Session) -> None:
    recorder = CallRecorder()
    recorder.listen(session)
    dynamodb = session.client("dynamodb")
    with Stubber(dynamodb) as stubber:
        stubber.add_client_error("put_item", "ConditionalCheckFailedException")
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName="log", Item={"pk": {"S": "a"}})

    (call,) = recorder.take()

    assert call.failed


def test_clients_of_other_sessions_are_not_heard(session: boto3.Session) -> None:
    recorder = CallRecorder()
    recorder.listen(boto3.Session())
    sqs = session.client("sqs")
    with Stubber(sqs) as stubber:
        stubber.add_response("get_queue_url", {"QueueUrl": "https://queue"})
        sqs.get_queue_url(QueueName="name")
    assert recorder.take() == []
