"""The laptop cloud itself: what it opens, and that it guards as AWS does."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local import processes
from local.places import API_PORT, AWS_PORT, ENVIRONMENT_FILE, SIMULATOR_PORT, SMTP_PORT

LISTENING = "0A"
"""A TCP socket's state in /proc/net/tcp."""


def sockets_of(pid: int) -> Iterator[str]:
    """The inodes of a process's sockets."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            kind, _, inode = str(descriptor.readlink()).partition(":")
            if kind == "socket":
                yield inode.strip("[]")


def listeners() -> Iterator[tuple[str, str, int]]:
    """Every listening TCP socket of this machine: its inode, address and port."""
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *others = line.split()
            address, port = local.split(":")
            if state == LISTENING:
                yield others[5], address_of(address), int(port, 16)


def address_of(written: str) -> str:
    """An address that the kernel wrote as 32-bit words in this machine's byte order."""
    words = [bytes.fromhex(written[i : i + 8])[::-1] for i in range(0, len(written), 8)]
    address = ip_address(b"".join(words))
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def test_nothing_listens_beyond_loopback() -> None:
    ours = {
        inode for pids in processes.members().values() for pid in pids for inode in sockets_of(pid)
    }
    opened = {(address, port) for inode, address, port in listeners() if inode in ours}
    assert {address for address, _ in opened} == {"127.0.0.1"}
    assert {port for _, port in opened} >= {API_PORT, AWS_PORT, SIMULATOR_PORT, SMTP_PORT}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("0100007F", "127.0.0.1"),
        ("00000000", "0.0.0.0"),  # noqa: S104 (read, not bound)
        ("00000000000000000000000001000000", "::1"),
        ("00000000000000000000000000000000", "::"),
        ("0000000000000000FFFF00000100007F", "127.0.0.1"),
    ],
)
def test_addresses_are_read_as_the_kernel_writes_them(written: str, address: str) -> None:
    assert address_of(written) == address


def test_a_shell_can_read_the_variables(variables: dict[str, str]) -> None:
    read = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", f'. "{ENVIRONMENT_FILE}"; printf %s "$RECADO_INTERNAL_SECRET"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout == variables["RECADO_INTERNAL_SECRET"]


def test_both_spellings_of_a_path_reach_the_api(api: httpx.Client) -> None:
    path = "/api/v1/notifications/catalog"
    assert api.get(path).status_code == api.get(f"{path}/").status_code == httpx.codes.OK


def test_a_function_may_not_do_what_its_role_does_not_allow(
    aws: Any, variables: dict[str, str]
) -> None:
    functions = aws("lambda").list_functions()["Functions"]
    (role,) = [f["Role"] for f in functions if "ChannelFallback" in f["FunctionName"]]
    lent = aws("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    as_function = {
        "aws_access_key_id": lent["AccessKeyId"],
        "aws_secret_access_key": lent["SecretAccessKey"],
        "aws_session_token": lent["SessionToken"],
    }
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        config=Config(proxies={}),
        **as_function,
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=variables["NOTIFICATIONS_TABLE"])


@pytest.fixture
def streamed_table(aws: Any) -> Iterator[str]:
    """The ARN of the stream of an empty table, `statements`."""
    created = aws("dynamodb").create_table(
        TableName="statements",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    yield created["TableDescription"]["LatestStreamArn"]
    aws("dynamodb").delete_table(TableName="statements")


def test_what_statements_change_reaches_the_tables_stream(aws: Any, streamed_table: str) -> None:
    insert = """INSERT INTO "statements" VALUE {'pk': 'a', 'state': 'queued'}"""
    update = """UPDATE "statements" SET state = 'sent' WHERE pk = 'a' AND state = 'queued'"""
    delete = """DELETE FROM "statements" WHERE pk = 'a'"""
    # The second update is refused by its condition; the second delete finds nothing.
    statements = [insert, update, update, delete, delete]
    aws("dynamodb").batch_execute_statement(Statements=[{"Statement": each} for each in statements])

    streams = aws("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=streamed_table)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(
        StreamArn=streamed_table, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    queued = {"pk": {"S": "a"}, "state": {"S": "queued"}}
    sent = {"pk": {"S": "a"}, "state": {"S": "sent"}}
    assert [
        (record["eventName"], image.get("OldImage"), image.get("NewImage"))
        for record in streams.get_records(ShardIterator=start)["Records"]
        for image in [record["dynamodb"]]
    ] == [("INSERT", None, queued), ("MODIFY", queued, sent), ("REMOVE", sent, None)]
