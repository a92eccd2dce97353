"""Meta's approved templates, and `POST /_sim/templates`, by which their status changes."""

from collections.abc import Iterator, Sequence
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.simulator.accounts import MetaTemplate
from local.simulator.problems import invalid, refused


class WantedStatus(BaseModel):
    """What `POST /_sim/templates` takes; without a language it is meant for all of them."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    language: str | None = None
    status: Literal["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]


class ApprovedTemplates:
    """The templates of an account; a reset gives them the status that its file has."""

    def __init__(self, templates: Sequence[MetaTemplate]) -> None:
        self._of_the_file = tuple(templates)
        self._now = self._of_the_file

    def __iter__(self) -> Iterator[MetaTemplate]:
        return iter(self._now)

    def routes(self) -> list[web.RouteDef]:
        """The control API's part about templates."""
        return [web.post("/_sim/templates", self.change)]

    def forget(self) -> None:
        """Undo every change."""
        self._now = self._of_the_file

    async def change(self, request: web.Request) -> web.Response:
        """Give a template another status; answers how many there are of it."""
        try:
            wanted = WantedStatus.model_validate_json(await request.read())
        except ValidationError as error:
            return invalid(error)
        changed = [each for each in self._now if _is_meant(each, wanted)]
        if not changed:
            return refused(404, "name", "there is no template of this name and language")
        self._now = tuple(
            each.model_copy(update={"status": wanted.status}) if each in changed else each
            for each in self._now
        )
        return web.json_response({"changed": len(changed)})


def _is_meant(template: MetaTemplate, wanted: WantedStatus) -> bool:
    return template.name == wanted.name and wanted.language in (None, template.language)
