"""Answers with a stored version of something, which `If-Match` can name later."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from recado.api.preconditions import etag

IF_MATCH = "`If-Match` with the `ETag` of what was read: 412 when somebody changed it since then."


def versioned[V](view: V, version: int) -> Response[V]:
    """200 with a thing and its entity tag."""
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type="application/json",
        body=view,
        headers={"ETag": etag(version)},
    )


def created[V](view: V, version: int, *, location: str) -> Response[V]:
    """201 with a new thing, its entity tag and where it is."""
    return Response(
        status_code=HTTPStatus.CREATED.value,
        content_type="application/json",
        body=view,
        headers={"ETag": etag(version), "Location": location},
    )


def no_content() -> Response[None]:
    """204: done, and there is nothing to tell."""
    return Response(status_code=HTTPStatus.NO_CONTENT.value)
