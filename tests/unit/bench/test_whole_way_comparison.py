"""What the comparison needs of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.whole_way import comparison, peer, programs


def without(monkeypatch: pytest.MonkeyPatch, absent: str | None) -> None:
    """Let every program be installed but one."""

    def find(name: str, *_: Path) -> str | None:
        return None if name == absent else f"/usr/bin/{name}"

    monkeypatch.setattr(programs, "find", find)


@pytest.mark.parametrize(
    ("absent", "package"),
    [
        ("redis-server", "redis-server"),
        ("postgres", "postgresql"),
        ("psql", "postgresql-client"),
    ],
)
def test_without_the_peers_services_nothing_is_compared_and_a_sentence_says_why(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    absent: str,
    package: str,
) -> None:
    without(monkeypatch, absent)

    assert comparison.tables() == []
    told = capsys.readouterr()
    assert f"{absent} is missing" in told.err
    assert f"apt-get install {package}`" in told.err
    assert told.out == ""


def test_a_machine_that_has_them_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, None)
    assert peer.lacks() is None
