"""Variables are written so that scripts and the recado command read them unchanged."""

import shlex
from pathlib import Path

from local.outputs import assignments, read

VALUES = {"B": 'it\'s $HOME; `x` "y"', "A": "plain", "C": "a=b", "D": ""}


def test_variables_are_written_so_that_a_shell_reads_them_unchanged() -> None:
    text = assignments(VALUES)
    assert text.startswith("A=plain\n")
    assert dict(word.split("=", 1) for word in shlex.split(text)) == VALUES


def test_what_was_written_is_read_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(assignments(VALUES))
    assert read(file) == VALUES
