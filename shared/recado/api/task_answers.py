"""The answer to a request that became a task."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from recado.api.task_views import TaskAcceptedView
from recado.domain.tasks import Task, TaskState

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

TASK_ANSWERS: dict[int, OpenAPIResponse] = {
    HTTPStatus.ACCEPTED.value: {"description": "It is on a queue; the task tells how it goes."},
    HTTPStatus.SERVICE_UNAVAILABLE.value: {
        "description": "The queue did not take all of it; send the same again."
    },
}
"""How a route answers that makes a task, as the API's description has it."""


def accepted(task: Task, status_url: str) -> Response[TaskAcceptedView]:
    """The answer to a request that became a task."""
    view = TaskAcceptedView(
        task_id=task.task_id,
        kind=task.kind,
        state=TaskState.QUEUED,
        total=task.total,
        status_url=status_url,
    )
    return Response(
        status_code=HTTPStatus.ACCEPTED.value,
        content_type="application/json",
        body=view,
        headers={"Location": status_url},
    )
