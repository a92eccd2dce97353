"""The processes of the laptop cloud: MiniStack as AWS, the providers' simulator, the proxy."""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from local import aws, differences
from local.places import (
    API_PORT,
    AWS_PORT,
    AWS_URL,
    HOST,
    ROOT,
    SIMULATOR_PORT,
    SIMULATOR_URL,
    SMTP_PORT,
    STATE,
    TEMPORARY,
)
from local.processes import Service, answers

PORTS = {
    "MiniStack": [AWS_PORT],
    "the providers' simulator": [SIMULATOR_PORT, SMTP_PORT],
    "the HTTP API": [API_PORT],
}
"""Who listens where."""


def ministack() -> Service:
    """AWS on this machine.

    It runs in an environment of its own, because functions run with its interpreter: there a
    library that is missing from a layer fails as it would in the cloud. Its variables are listed
    one by one, because functions see them too.
    """
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    return Service(
        name="ministack",
        command=differences.ministack_command(),
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(STATE),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TMPDIR": str(TEMPORARY),
            "PYTHONUNBUFFERED": "1",
            "AWS_ENDPOINT_URL": AWS_URL,
            "GATEWAY_PORT": str(AWS_PORT),
            "BIND_HOST": HOST,
            "IOT_MTLS_ENABLED": "0",  # it would listen on every address
            "LAMBDA_EXECUTOR": "local",
            # Each poller, and each invocation that waits for a function, holds one of 64 threads,
            # and the functions' own calls need some, too: with none left everything waits.
            "MINISTACK_WORKER_THREADS": "256",
            # What a function's role does not allow fails here as it would on AWS; only these
            # credentials may do everything.
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": aws.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": aws.ACCESS_KEY,
        },
        is_ready=lambda: _answers_http(f"{AWS_URL}/_ministack/health"),
    )


def simulator(accounts_file: Path) -> Service:
    """The providers (WhatsApp, SMS, e-mail, web push) on this machine."""
    return Service(
        name="simulator",
        command=[
            *(sys.executable, "-m", "local.simulator", "--accounts", str(accounts_file)),
            *("--port", str(SIMULATOR_PORT), "--smtp-port", str(SMTP_PORT)),
        ],
        environment=_own_environment(),
        is_ready=lambda: _answers_http(f"{SIMULATOR_URL}/_sim/health") and answers(SMTP_PORT),
    )


def proxy(api_host: str) -> Service:
    """A plain address for the HTTP API, which MiniStack tells apart by its host name."""
    return Service(
        name="proxy",
        command=[
            *(sys.executable, "-m", "local.proxy", "--port", str(API_PORT)),
            *("--upstream", AWS_URL, "--host", api_host),
        ],
        environment=_own_environment(),
        is_ready=lambda: answers(API_PORT),
    )


def _own_environment() -> dict[str, str]:
    return {**aws.environment(), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _answers_http(url: str) -> bool:
    try:
        # A proxy that the environment names is not asked for addresses of this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
