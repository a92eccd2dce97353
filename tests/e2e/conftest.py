"""The laptop cloud, as its clients see it: HTTP, queues, and what the simulated providers got.

`make test` starts it for these tests, or uses the one that is up.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import aws as laptop
from local import outputs, processes
from local.places import ENVIRONMENT_FILE

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests are about real connections, to this machine.

    The chaos run goes last: it kills workers, and whoever comes after it would wait for new ones.
    """
    items.sort(key=lambda item: item.path.name == "test_chaos.py")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    """What `make up` wrote for scripts: addresses, keys, names of tables and queues."""
    if not ENVIRONMENT_FILE.exists():
        raise pytest.UsageError("The laptop cloud is not up: run `make up` first, or `make test`.")
    return outputs.read(ENVIRONMENT_FILE)


@pytest.fixture(scope="session")
def api(variables: dict[str, str]) -> Iterator[httpx.Client]:
    """The HTTP API with the workshop's API key."""
    # Seconds: eight cold starts at once on two cores, beside all that the other functions do.
    headers = {"Authorization": f"Bearer {variables['RECADO_API_KEY']}"}
    with httpx.Client(
        base_url=variables["RECADO_URL"], headers=headers, timeout=90, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def simulator(variables: dict[str, str]) -> Iterator[httpx.Client]:
    """The simulator of the providers, with nothing received and nobody misbehaving."""
    # Seconds: what a person does is answered when our webhook has answered, a cold start later.
    with httpx.Client(base_url=variables["SIMULATOR_URL"], timeout=90, trust_env=False) as client:
        client.post("/_sim/reset").raise_for_status()
        yield client
        client.post("/_sim/reset").raise_for_status()


@pytest.fixture(scope="session")
def aws(variables: dict[str, str]) -> Any:
    """Makes clients of the laptop cloud's AWS: `aws("sqs")`."""

    def client(service: str) -> Any:
        endpoint = variables["AWS_ENDPOINT_URL"]
        return laptop.SESSION.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]

    return client


@pytest.fixture
def workers() -> Callable[[str], list[int]]:
    """Finds the processes in which MiniStack runs a function: `workers("NotificationSender")`."""

    def of(function: str) -> list[int]:
        return [
            pid
            for pid in processes.members()["ministack"]
            if f"-{function}Function-" in Path(f"/proc/{pid}/cmdline").read_text()
        ]

    return of
