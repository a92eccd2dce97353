"""Records the AWS calls of the product's own clients by botocore's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

_PARAMETERS = "bench_parameters"


@dataclass(frozen=True)
class Call:
    """A call that was answered: what was asked for, and the parsed answer (an error too)."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """Whether the answer was an error."""
        return "Error" in self.answer


class CallRecorder:
    """Listens to every client that is made from a session after `listen`."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def listen(self, session: boto3.Session) -> None:
        """Record the calls of the session's next clients. The SDK's own retries count once."""
        session.events.register("before-parameter-build", self._remember)
        session.events.register("after-call", self._record)

    def take(self) -> list[Call]:
        """The calls since the last time."""
        calls, self._calls = self._calls, []
        return calls

    def _remember(self, params: Any, context: dict[str, Any], **_: Any) -> None:
        context[_PARAMETERS] = params

    def _record(self, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        self._calls.append(Call(service, model.name, context[_PARAMETERS], parsed))
