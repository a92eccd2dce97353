"""What goes wrong is told in a sentence with its mend."""

from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local import commands, problems
from local.problems import Problem

REFUSED = ClientError({"Error": {"Code": "ValidationError", "Message": "no"}}, "GetRole")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (REFUSED, "GetRole operation: no. Read local/.state/logs/ministack.log, then `make down`"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "Could not connect"),
        (httpx.ConnectError("refused"), "refused. Read "),
    ],
)
def test_a_service_that_fails_is_told_with_its_log(error: Exception, told: str) -> None:
    with pytest.raises(Problem) as problem, problems.calling("ministack"):
        raise error
    assert str(problem.value).startswith("ministack did not do as it was asked: ")
    assert told in str(problem.value)


def test_other_errors_are_no_problem_of_a_service() -> None:
    with pytest.raises(ZeroDivisionError), problems.calling("ministack"):
        raise ZeroDivisionError


def test_a_program_that_is_missing_is_told_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "LOGS", tmp_path)
    with pytest.raises(Problem, match="nowhere/sam is missing: run `make install tools`"):
        commands.run(["nowhere/sam"], {}, "sam-build", "Mend it.")
