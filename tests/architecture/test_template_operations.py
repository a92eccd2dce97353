"""What a person on duty relies on: alarms, retention, time-outs, data that survives."""

import re

import pytest

from recado.adapters.claims import PREFIX
from recado.domain.retry import MAX_RETRIES
from tests.architecture.cloudformation import (
    ROOT,
    functions,
    properties,
    resources,
    sources,
    streams,
    target,
)

FUNCTIONS = sorted(functions())
QUEUES = properties("SQS::Queue")
SOURCE_QUEUES = sorted(queue for queue in QUEUES if not queue.endswith("DeadLetterQueue"))
DATA = ("DynamoDB::Table", "SecretsManager::Secret", "S3::Bucket")

LAST_RESORTS = {
    *("ParkedQueue", "RequestsDeadLetterQueue", "ReceiptsDeadLetterQueue"),
    *("InboundDeadLetterQueue", "MediaDeadLetterQueue", "ClientWebhooksDeadLetterQueue"),
    "DirectoryTasksDeadLetterQueue",
}
"""Queues that only people read."""

MAY_WAIT = {"ClientWebhooksQueue"}
"""Queues in which a message may be old: for a client's endpoint that is down."""

DAY_SECONDS = 86_400

HTTP_API_SECONDS = 30


def dead_letter_queue(queue: str) -> str | None:
    """Where a queue's messages go in the end."""
    return target(QUEUES[queue].get("RedrivePolicy", {}).get("deadLetterTargetArn"))


def alarms_on(metric: str) -> set[str | None]:
    """The logical ids whose metric somebody is told of."""
    return {
        target(dimension["Value"])
        for alarm in properties("CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric and alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        for dimension in alarm["Dimensions"]
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_log_group_with_retention(name: str) -> None:
    group = target(functions()[name]["LoggingConfig"]["LogGroup"])
    assert properties("Logs::LogGroup")[group or ""]["RetentionInDays"]


def test_the_access_log_holds_no_paths_since_codes_and_links_are_in_them() -> None:
    [stage] = properties("ApiGatewayV2::Stage").values()
    logged = set(re.findall(r"\$context\.\w+", stage["AccessLogSettings"]["Format"]))
    assert {"$context.requestId", "$context.routeKey", "$context.status"} <= logged
    assert not logged & {"$context.path", "$context.rawPath", "$context.identity"}


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_alarms(metric: str) -> None:
    assert alarms_on(metric) == set(FUNCTIONS)


def test_every_queue_that_somebody_reads_alarms_when_messages_wait() -> None:
    read = set(SOURCE_QUEUES) - {"ParkedQueue"}
    assert alarms_on("ApproximateAgeOfOldestMessage") == read - MAY_WAIT


def test_every_queue_of_last_resort_alarms_when_it_fills() -> None:
    last_resorts = {queue for queue in QUEUES if queue.endswith("DeadLetterQueue")}
    assert alarms_on("ApproximateNumberOfMessagesVisible") == last_resorts | {"ParkedQueue"}


def test_a_stream_that_is_not_read_alarms_before_it_forgets() -> None:
    lags = [a for a in properties("CloudWatch::Alarm").values() if a["MetricName"] == "IteratorAge"]
    assert alarms_on("IteratorAge") == {n for n in FUNCTIONS if streams(functions()[n])}
    assert all(lag["Threshold"] < DAY_SECONDS * 1000 for lag in lags)


def test_the_http_api_alarms_on_server_errors() -> None:
    assert alarms_on("5xx") == {"HttpApi"}


def test_every_function_that_the_clock_calls_alarms_when_it_is_not_called() -> None:
    called = {
        name
        for name in FUNCTIONS
        if any(e["Type"] == "ScheduleV2" for e in functions()[name].get("Events", {}).values())
    }
    silences = [
        a for a in properties("CloudWatch::Alarm").values() if a["MetricName"] == "Invocations"
    ]
    assert called
    assert alarms_on("Invocations") == called
    # What does not run measures nothing.
    assert {alarm["TreatMissingData"] for alarm in silences} == {"breaching"}


def test_every_alarm_names_its_runbook_and_every_runbook_has_its_alarm() -> None:
    alarms = properties("CloudWatch::Alarm")
    named = {
        name: re.findall(r"docs/runbooks/([a-z0-9-]+)\.md", alarm["AlarmDescription"])
        for name, alarm in alarms.items()
    }
    assert [name for name, pages in named.items() if len(pages) != 1] == []
    written = {path.stem for path in ROOT.glob("docs/runbooks/*.md")} - {"README"}
    assert {page for pages in named.values() for page in pages} == written


@pytest.mark.parametrize("queue", sorted(set(QUEUES) - LAST_RESORTS))
def test_a_message_outlives_its_way_to_the_dead_letter_queue(queue: str) -> None:
    dead_letters = dead_letter_queue(queue)
    assert dead_letters is not None
    # A message keeps its age when it moves.
    kept = QUEUES[dead_letters]["MessageRetentionPeriod"]
    assert kept > QUEUES[queue]["MessageRetentionPeriod"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(name: str) -> None:
    function = functions()[name]
    too_short = [
        queue
        for queue in sources(function)
        if QUEUES[queue]["VisibilityTimeout"] < 6 * function["Timeout"]
    ]
    assert too_short == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_bad_message_of_a_batch_costs_the_others_nothing(name: str) -> None:
    reads = [*sources(functions()[name]).values(), *streams(functions()[name]).values()]
    assert all(r["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for r in reads)


def test_a_queue_that_is_first_in_first_out_gives_up_into_one_of_its_kind() -> None:
    in_order = {name for name, queue in QUEUES.items() if queue.get("FifoQueue")}
    assert in_order == {"InboundQueue", dead_letter_queue("InboundQueue")}


def test_what_sns_hands_over_in_vain_is_parked() -> None:
    by_topic = [
        function
        for function in functions().values()
        if any(event["Type"] == "SNS" for event in function.get("Events", {}).values())
    ]
    destinations = [f["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] for f in by_topic]
    assert [target(one["Destination"]) for one in destinations] == ["ParkedQueue"]


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only() -> None:
    [(name, bucket)] = properties("S3::Bucket").items()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [policy] = properties("S3::BucketPolicy").values()
    [refusal] = policy["PolicyDocument"]["Statement"]
    assert target(policy["Bucket"]) == name
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", "s3:*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_claim_outlives_the_messages_that_may_name_it() -> None:
    [bucket] = properties("S3::Bucket").values()
    kept = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in bucket["LifecycleConfiguration"]["Rules"]
    }
    longest = max(queue["MessageRetentionPeriod"] for queue in QUEUES.values())
    assert kept == {"media/": {"Ref": "MediaRetentionDays"}, PREFIX: kept[PREFIX]}
    assert kept[PREFIX] * DAY_SECONDS > longest


def test_the_api_answers_before_the_gateway_gives_up() -> None:
    assert functions()["ApiFunction"]["Timeout"] < HTTP_API_SECONDS


def test_every_queue_refuses_clear_text_and_is_encrypted() -> None:
    (policy,) = properties("SQS::QueuePolicy").values()
    assert {target(queue) for queue in policy["Queues"]} == set(QUEUES)
    assert all(queue["SqsManagedSseEnabled"] for queue in QUEUES.values())


@pytest.mark.parametrize("name", [name for kind in DATA for name in resources(kind)])
def test_data_outlives_its_stack(name: str) -> None:
    resource = {name: r for kind in DATA for name, r in resources(kind).items()}[name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("name", sorted(properties("DynamoDB::Table")))
def test_a_table_is_billed_by_use_encrypted_and_can_be_restored(name: str) -> None:
    table = properties("DynamoDB::Table")[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"]["Enabled"]


@pytest.mark.parametrize("name", ["whatsapp", "sms", "email", "push", "chat"])
def test_a_queue_hands_a_message_out_once_more_than_it_may_be_attempted(name: str) -> None:
    redrive = QUEUES[f"{name.title()}Queue"]["RedrivePolicy"]
    attempts = 1 + MAX_RETRIES
    assert redrive["maxReceiveCount"] == attempts + 1
