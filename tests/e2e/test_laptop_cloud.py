"""The laptop cloud itself: what it opens, and that it guards as AWS does."""

import socket
import subprocess
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.places import API_PORT, AWS_PORT, ENVIRONMENT_FILE, SIMULATOR_PORT, SMTP_PORT

ANOTHER_ADDRESS_OF_THIS_MACHINE = "127.0.0.2"


@pytest.mark.parametrize("port", [API_PORT, AWS_PORT, SIMULATOR_PORT, SMTP_PORT])
def test_nothing_listens_beyond_its_own_loopback_address(port: int) -> None:
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) == 0
    with socket.socket() as client:
        assert client.connect_ex((ANOTHER_ADDRESS_OF_THIS_MACHINE, port)) != 0


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
        **as_function,
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=variables["NOTIFICATIONS_TABLE"])
