"""The stack's outputs become the variables that scripts and the recado command read."""

import shlex

import pytest

from local.outputs import assignments, variable


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("Environment", "ENVIRONMENT"),
        ("NotificationsTable", "NOTIFICATIONS_TABLE"),
        ("SmsDlqUrl", "SMS_DLQ_URL"),
        ("HttpApiId", "HTTP_API_ID"),
    ],
)
def test_an_output_is_named_as_its_variable(output: str, name: str) -> None:
    assert variable(output) == name


def test_variables_are_written_so_that_a_shell_reads_them_unchanged() -> None:
    values = {"B": 'it\'s $HOME; `x` "y"', "A": "plain"}
    text = assignments(values)
    assert text.startswith("A=plain\n")
    assert dict(word.split("=", 1) for word in shlex.split(text)) == values
