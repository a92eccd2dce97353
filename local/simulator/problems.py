"""How the control API says that a request cannot be used."""

from aiohttp import web
from pydantic import ValidationError


def refused(status: int, field: str, message: str) -> web.Response:
    """An error that names the field which is wrong."""
    return web.json_response({"error": {"field": field, "message": message}}, status=status)


def invalid(error: ValidationError) -> web.Response:
    """The first thing that is wrong with a body."""
    first = error.errors(include_url=False, include_input=False)[0]
    return refused(400, ".".join(map(str, first["loc"])) or "body", first["msg"])
