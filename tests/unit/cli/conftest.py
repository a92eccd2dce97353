"""Every test of the command starts with an empty folder and no deployment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from recado_cli import following


@pytest.fixture(autouse=True)
def no_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is set, and what a command sets is gone afterwards."""
    monkeypatch.chdir(tmp_path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with patch.dict(os.environ, kept, clear=True):
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes by pauses only; gives the list of the pauses."""
    pauses: list[float] = []
    passing = SimpleNamespace(sleep=pauses.append, monotonic=lambda: sum(pauses))
    monkeypatch.setattr(following, "time", passing)
    return pauses
