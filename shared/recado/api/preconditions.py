"""`ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1): no update is lost unseen."""

from __future__ import annotations

from typing import Any

from recado.domain.errors import PreconditionFailedError


def etag(version: int) -> str:
    """The entity tag of a stored version."""
    return f'"{version}"'


def check_match(app: Any, version: int) -> None:
    """Let a change of a stored version through.

    Without `If-Match`, or with `*`, any version may be changed. What is stored meanwhile still
    cannot be overwritten: the repository stores only over the version that was read.

    Raises
    ------
    PreconditionFailedError
        `If-Match` names other versions.
    """
    header: str | None = app.current_event.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    # A weak tag never matches here.
    if etag(version) not in (tag.strip() for tag in header.split(",")):
        raise PreconditionFailedError("it was changed since it was read", field="If-Match")
