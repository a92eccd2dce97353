"""Files that people write: read YAML, and say of a mistake where it is without repeating it."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recado_cli.refusals import Refusal


def read_yaml(path: Path) -> Any:
    """The file's document, its texts in NFC, so that `é` is `é` however an editor wrote it.

    Raises
    ------
    Refusal
        There is no such file, or it is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not written in UTF-8.") from None
    try:
        return yaml.safe_load(unicodedata.normalize("NFC", text))
    except yaml.YAMLError as error:
        # The error's own text may repeat a secret of the file.
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise Refusal(f"{path} is no valid YAML{where}.") from None


def mistakes(error: ValidationError) -> list[str]:
    """What is wrong with a document, a sentence a mistake; never the values themselves."""
    return [
        f"{'.'.join(str(part) for part in found['loc']) or 'document'}: {found['msg']}"
        + (" (put it in quotes)" if found["type"] == "string_type" else "")
        for found in error.errors(include_input=False, include_context=False, include_url=False)
    ]
