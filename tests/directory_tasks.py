"""What accepts tasks, and what carries them out, over the cloud of the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from functions.directory_task_processor import handler as directory_task_processor
from tests.cloud import Cloud, http_event, serving


@dataclass
class Answer:
    """An answer of the API."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The document."""
        return json.loads(self.text)


class DirectoryTasks:
    """What accepts tasks, and what carries them out."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def internal(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Call the internal API; without headers, as a service that knows the secret."""
        shown = headers or {"x-internal-secret": "s3cret"}
        event = http_event(method, f"/api/internal/v1{path}", body, shown)
        return self._answer(event)

    def customers(
        self, method: str, path: str, body: object = None, *, key: str = "", **headers: str
    ) -> Answer:
        """Call the API about customers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = {"x-api-key": key or self._cloud.api_key, **named}
        event = http_event(method, f"/api/v1/notifications/customers{path}", body, shown)
        return self._answer(event)

    def work(self) -> list[str]:
        """Carry out what is queued; gives the ids of the messages that are kept."""
        kept: list[str] = []
        while (event := self._cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL"))["Records"]:
            kept += self.carry_out(event)
        return kept

    def carry_out(self, event: dict[str, Any]) -> list[str]:
        """Hand an event to the processor, as its function does."""
        answer = self._cloud.run(directory_task_processor, event)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def _answer(self, event: dict[str, Any]) -> Answer:
        answer = self._cloud.run(serving(event["rawPath"]), event)
        headers = {name.casefold(): value for name, value in answer["headers"].items()}
        return Answer(status=answer["statusCode"], text=answer["body"], headers=headers)
