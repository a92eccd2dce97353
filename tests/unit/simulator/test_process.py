"""The simulator starts with one line and ends cleanly when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.unit.simulator.running import ACCOUNTS, HOST

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def start(accounts: Path, port: int, smtp_port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local.simulator", "--accounts", str(accounts)]
    return subprocess.Popen(  # noqa: S603
        [*command, "--port", str(port), "--smtp-port", str(smtp_port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    """A file with every account."""
    file = tmp_path / "accounts.json"
    file.write_text(ACCOUNTS.model_dump_json())
    return file


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_and_ends_cleanly(accounts: Path, sign: signal.Signals) -> None:
    port, smtp_port = free_port(), free_port()
    with start(accounts, port, smtp_port) as process:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready == (
            f"Provider simulator ready: http://{HOST}:{port}/ and SMTP on {HOST}:{smtp_port}\n"
        )
        health = httpx.get(f"http://{HOST}:{port}/_sim/health", trust_env=False)
        with socket.create_connection((HOST, smtp_port)):
            process.send_signal(sign)
            rest, errors = process.communicate()
    assert health.status_code == 200
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_port_that_is_taken_is_one_sentence(accounts: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with start(accounts, taken.getsockname()[1], free_port()) as process:
            _, errors = process.communicate()
    assert process.returncode == 2
    assert errors.startswith("The simulator cannot listen: ")
    assert len(errors.splitlines()) == 1


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with start(tmp_path / "none.json", 0, 0) as process:
        _, errors = process.communicate()
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
