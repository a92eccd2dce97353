"""Which deployment the command works on."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from recado_cli import settings
from recado_cli.refusals import Refusal
from tests.unit.cli.running import answer_with, notification, run


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "variables"),
    [
        ("A=1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("A='a b=c'", {"A": "a b=c"}),
        ('A="it\'s"', {"A": "it's"}),
        ("A=", {"A": ""}),
        ("# A=1", {}),
        ("", {}),
        ("A=1 B=2 # both", {"A": "1", "B": "2"}),
        ("A='$B'", {"A": "$B"}),
    ],
)
def test_plain_assignments_are_read_as_a_shell_reads_them(
    tmp_path: Path, line: str, variables: dict[str, str]
) -> None:
    assert settings.read_assignments(written(tmp_path / "env", line)) == variables


@pytest.mark.parametrize("line", ["s3cret", "A B=s3cret", "A='s3cret", "1A=s3cret"])
def test_a_line_that_is_no_assignment_is_refused_without_being_shown(
    tmp_path: Path, line: str
) -> None:
    with pytest.raises(Refusal, match="line 2") as refusal:
        settings.read_assignments(written(tmp_path / "env", f"A=1\n{line}\n"))
    assert "s3cret" not in str(refusal.value)


def test_what_is_set_in_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A", "mine")
    settings.load(written(tmp_path / "env", "A=file\nB=file\n"), None)
    assert (os.environ["A"], os.environ["B"]) == ("mine", "file")


def test_a_file_that_says_where_aws_is_brings_all_variables_of_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("SMS_QUEUE_URL", "mine")
    laptop = "AWS_ENDPOINT_URL=http://127.0.0.1:4566\nAWS_ACCESS_KEY_ID=local\nSMS_QUEUE_URL=file\n"

    settings.load(written(tmp_path / "env", laptop), None)

    assert {name: value for name, value in os.environ.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ACCESS_KEY_ID": "local",
    }
    assert os.environ["SMS_QUEUE_URL"] == "mine"


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
def test_variables_of_aws_stay_when_the_file_does_not_say_where_aws_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    place = "AWS_ENDPOINT_URL=http://127.0.0.1:1\n" if endpoint else ""

    settings.load(written(tmp_path / "env", f"{place}AWS_ACCESS_KEY_ID=file\n"), None)

    assert (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_ENDPOINT_URL"]) == ("mine", endpoint)


def test_the_laptop_clouds_file_is_taken_where_there_is_one(tmp_path: Path) -> None:
    written(tmp_path / settings.LAPTOP_FILE, "RECADO_URL=http://127.0.0.1:8000\n")
    settings.load(None, None)
    assert os.environ["RECADO_URL"] == "http://127.0.0.1:8000"


def test_another_file_takes_its_place(tmp_path: Path) -> None:
    written(tmp_path / settings.LAPTOP_FILE, "A=laptop\n")
    settings.load(written(tmp_path / "prod", "B=prod\n"), None)
    assert "A" not in os.environ
    assert os.environ["B"] == "prod"


def test_a_stack_takes_its_place_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / settings.LAPTOP_FILE, "A=laptop\n")
    monkeypatch.setattr(settings, "read_stack", lambda name: {"B": name})
    settings.load(None, "recado-prod")
    assert "A" not in os.environ
    assert os.environ["B"] == "recado-prod"


def stack_with(**outputs: str) -> Any:
    """CloudFormation with a stack that has these outputs."""
    described = {
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
        "Parameters": [{"ParameterKey": "Environment", "ParameterValue": "prod"}],
    }
    return SimpleNamespace(describe_stacks=lambda StackName: {"Stacks": [described]})


def test_a_stacks_outputs_become_variables_and_its_public_address_is_called() -> None:
    cloudformation = stack_with(
        ApiUrl="https://abc.execute-api.example",
        PublicUrl="https://recado.example.com",
        SmsDlqUrl="dlq",
        HttpApiId="abc",
    )
    assert settings.stack_variables(cloudformation, "recado-prod") == {
        "API_URL": "https://abc.execute-api.example",
        "PUBLIC_URL": "https://recado.example.com",
        "SMS_DLQ_URL": "dlq",
        "HTTP_API_ID": "abc",
        "ENVIRONMENT": "prod",
        "STACK_NAME": "recado-prod",
        "RECADO_URL": "https://recado.example.com",
    }


def test_a_stack_of_something_else_is_refused() -> None:
    with pytest.raises(Refusal, match="The stack other is no Recado"):
        settings.stack_variables(stack_with(BucketName="somebody-elses"), "other")


def test_the_option_comes_before_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json=notification("sent")))
    monkeypatch.delenv("RECADO_URL")
    file = written(tmp_path / "prod", "RECADO_URL=https://prod.example.com\n")

    assert run("--env-file", str(file), "timeline", "ntf_1").exit_code == 0
    assert requests[0].url.host == "prod.example.com"


def test_a_file_that_does_not_exist_is_wrong_usage() -> None:
    assert run("--env-file", "nowhere", "timeline", "ntf_1").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("timeline", "ntf_1"), "RECADO_URL"),
        (("keys", "list"), "CONFIGURATION_TABLE"),
        (("accounts", "put", "accounts.yaml"), "ENVIRONMENT"),
    ],
)
def test_a_variable_that_is_not_set_is_named(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], name: str
) -> None:
    for variable in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")

    result = run(*arguments)

    assert result.exit_code == 1
    assert f"{name} is not set." in result.stderr
