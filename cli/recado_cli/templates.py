"""`recado templates`: the templates of a deployment, as files and on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

import typer
from pydantic import TypeAdapter
from rich.text import Text

from recado.domain.channels import Channel
from recado.domain.orchestration import Target
from recado.domain.template_versions import FieldChange, TemplateStatus, changed_fields
from recado.domain.templates import TemplateContent, TemplateSlot
from recado_cli.api_client import NOTIFICATIONS, ApiClient, ApiRefusal
from recado_cli.output import Json, console, messages, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.seed_files import read_templates
from recado_cli.send import context_of
from recado_cli.template_files import write_templates

app = typer.Typer(help="Templates: as files, on the screen, rendered.", no_args_is_help=True)

TEMPLATES = f"{NOTIFICATIONS}/templates/"
PAGE = 100

Directory = Annotated[Path, typer.Argument(help="Folder of the template files.")]
TemplateId = Annotated[
    str, typer.Argument(help="The template's id, as `recado templates list` shows it.")
]
ServiceType = Annotated[str | None, typer.Option(help="Slug of a service type or subtype.")]
Phase = Annotated[str | None, typer.Option(help="Slug of a phase.")]
OfChannel = Annotated[Channel | None, typer.Option(help="A channel.")]
OfTarget = Annotated[Target | None, typer.Option(help="clients or staff.")]
Locale = Annotated[str | None, typer.Option(help="For example es or es-CO.")]


class Change(StrEnum):
    """What a push does to a template."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class _Compared(NamedTuple):
    """What a push does to a template; `there` is how the API listed it, None for no template."""

    slot: TemplateSlot
    content: TemplateContent
    change: Change
    fields: tuple[FieldChange, ...]
    there: dict[str, Any] | None

    @property
    def template_id(self) -> str:
        return self.slot.template_id

    @property
    def newer_draft(self) -> int | None:
        """The newest version, where another one is sent."""
        if self.there is None or self.there["published_version"] is None:
            return None
        newest: int = self.there["latest_version"]
        return newest if newest > self.there["published_version"] else None


@app.command("list")
def list_templates(
    service_type: ServiceType = None,
    phase: Phase = None,
    channel: OfChannel = None,
    target: OfTarget = None,
    locale: Locale = None,
    status: Annotated[
        TemplateStatus | None, typer.Option(help="Archived ones are listed only so.")
    ] = None,
    json: Json = False,
) -> None:
    """List templates with their versions."""
    with ApiClient.of_environment() as client:
        found = list(
            _listed(
                client,
                service_type_id=service_type,
                phase_id=phase,
                channel=channel,
                target=target,
                locale=locale,
                status=status,
            )
        )
    if json:
        print_json(found)
        return
    rows = [
        (
            each["id"],
            each["name"] or "",
            each["status"],
            str(each["published_version"] or "–"),
            str(each["latest_version"]),
            each["updated_at"],
        )
        for each in found
    ]
    console().print(table(("id", "name", "status", "sent", "newest", "changed"), rows))


@app.command()
def pull(
    directory: Directory = Path("templates"), service_type: ServiceType = None, json: Json = False
) -> None:
    """Write the published templates to files, one for each service type and locale.

    A file of the same name is written over.
    """
    with ApiClient.of_environment() as client:
        published = _listed(
            client, status="published", service_type_id=service_type, include="content"
        )
        sent = _sent(client, published)
        files = write_templates(directory, dict(sent))
    if json:
        print_json([{"file": str(path), "templates": count} for path, count in files.items()])
        return
    console().print(table(("file", "templates"), [(str(p), str(n)) for p, n in files.items()]))


@app.command()
def push(
    directory: Directory = Path("templates"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Publish the templates of a folder that differ from what is sent.

    All files are read and compared before anything is changed. Templates that no file has are left
    alone, and so is what somebody changes between the comparison and the push.
    """
    if not directory.is_dir():
        raise Refusal(f"There is no folder {directory}.", "`recado templates pull` writes one.")
    wanted = read_templates(directory)
    with ApiClient.of_environment() as client:
        compared = _compared(client, wanted)
        for each in compared:
            if each.newer_draft is not None:
                messages().print(
                    f"{each.template_id}: version {each.newer_draft} is a draft newer than what "
                    "is sent."
                )
            if not dry_run:
                _push(client, each)
    if json:
        print_json(
            {
                "dry_run": dry_run,
                "templates": [
                    {
                        "id": each.template_id,
                        "change": each.change,
                        "fields": [field.model_dump(mode="json") for field in each.fields],
                        "newer_draft": each.newer_draft,
                    }
                    for each in compared
                ],
            }
        )
        return
    for each in compared:
        if each.change is not Change.UNCHANGED:
            console().print(Text(f"{each.template_id}: {each.change}", style="bold"))
            _show_fields(each.fields)
    counts = {change: sum(each.change is change for each in compared) for change in Change}
    would = " (dry run: nothing was changed)" if dry_run else ""
    console().print(", ".join(f"{count} {change}" for change, count in counts.items()) + would)


@app.command()
def diff(
    template_id: TemplateId,
    before: Annotated[
        int | None, typer.Option("--from", help="A version; the published one by default.")
    ] = None,
    after: Annotated[
        int | None, typer.Option("--to", help="A version; the newest one by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what differs between two versions of a template."""
    with ApiClient.of_environment() as client:
        path = f"{_path(template_id)}diff/"
        found = client.get(path, **{"from": before, "to": after})
    if json:
        print_json(found)
        return
    console().print(f"{template_id}: version {found['from_version']} to {found['to_version']}")
    _show_fields(FieldChange.model_validate(field) for field in found["fields"])
    for word in ("added", "removed"):
        if names := found[f"variables_{word}"]:
            console().print(f"variables {word}: {', '.join(names)}")
    if not found["fields"]:
        console().print("They are the same.")


@app.command()
def preview(
    template_id: Annotated[
        str | None, typer.Argument(help="A template's id; else name a place.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of that template.")] = None,
    service_type: ServiceType = None,
    phase: Phase = None,
    channel: OfChannel = None,
    target: OfTarget = None,
    locale: Locale = None,
    customer: Annotated[str | None, typer.Option(help="Whose name and vehicle to fill in.")] = None,
    var: Annotated[
        list[str] | None, typer.Option(help="Template variable, name=value; may be repeated.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Fill what is left with examples.")
    ] = False,
    json: Json = False,
) -> None:
    """Render a template as it would be sent; nothing is sent."""
    place = (service_type, phase, channel)
    if (None in place) if template_id is None else any(place):
        raise typer.BadParameter("give an id, or --service-type, --phase and --channel")
    request = {
        "template_id": template_id,
        "version": version,
        "service_type_id": service_type,
        "phase_id": phase,
        "channel": channel,
        "target": target,
        "locale": locale,
        "customer_id": customer,
        "context": context_of(var or []),
        "sample": sample,
    }
    given = {name: value for name, value in request.items() if value is not None}
    with ApiClient.of_environment() as client:
        found = client.post(f"{TEMPLATES}preview/", given)
    if json:
        print_json(found)
        return
    console().print(Text(f"{found['template_id']}, version {found['version']}", style="bold"))
    _show_message(found["message"])


def _listed(client: ApiClient, **wanted: object) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = client.get(TEMPLATES, limit=PAGE, cursor=cursor, **wanted)
        yield from page["templates"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _sent(
    client: ApiClient, listed: Iterable[dict[str, Any]]
) -> Iterator[tuple[TemplateSlot, TemplateContent]]:
    """The slots of some templates with the contents that are sent."""
    for each in listed:
        slot = TemplateSlot(
            service_type=each["service_type_id"],
            phase=each["phase_id"],
            target=each["target"],
            channel=each["channel"],
            locale=each["locale"],
        )
        yield slot, _content(client, each)


def _content(client: ApiClient, listed: dict[str, Any]) -> TemplateContent:
    """What a template sends; of a draft its newest version, which lists do not bring."""
    content = listed["content"]
    if content is None:
        number = listed["published_version"] or listed["latest_version"]
        content = client.get(f"{_path(listed['id'])}versions/{number}/")["content"]
    adapter: TypeAdapter[TemplateContent] = TypeAdapter(TemplateContent)
    return adapter.validate_python(content)


def _compared(client: ApiClient, wanted: dict[TemplateSlot, TemplateContent]) -> list[_Compared]:
    """What a push does to each template, found out before anything is changed."""
    listed = {each["id"]: each for each in _listed(client, include="content")}
    compared = []
    for slot, content in wanted.items():
        there = listed.get(slot.template_id)
        fields = tuple(changed_fields(_content(client, there), content)) if there else ()
        change = Change.CREATED
        if there is not None:
            is_sent = there["published_version"] is not None and not fields
            change = Change.UNCHANGED if is_sent else Change.CHANGED
        compared.append(_Compared(slot, content, change, fields, there))
    return compared


def _push(client: ApiClient, found: _Compared) -> None:
    slot, document = found.slot, found.content.model_dump(mode="json", exclude_none=True)
    if found.there is None:
        client.post(
            TEMPLATES,
            {
                "service_type_id": slot.service_type,
                "phase_id": slot.phase,
                "target": slot.target,
                "locale": slot.locale,
                "content": document,
            },
        )
    elif found.change is Change.CHANGED:
        # A merge patch would keep what the file no longer has; a replacement would lose the name.
        replacement = {"name": found.there["name"], "content": document}
        try:
            client.put(_path(slot.template_id), replacement, over=found.there["etag"])
        except ApiRefusal as refusal:
            if refusal.status != HTTPStatus.PRECONDITION_FAILED:
                raise
            raise Refusal(
                f"{slot.template_id} was changed since it was compared.",
                "Run the same command again: it compares anew.",
            ) from None


def _show_message(message: dict[str, Any]) -> None:
    """Show a rendered message: its texts, its approved template, its buttons."""
    for name, value in message.items():
        if isinstance(value, str) and name != "channel":
            console().print(f"{name}:\n{value}" if "\n" in value else f"{name}: {value}")
    if approved := message.get("approved_template"):
        console().print(f"approved_template: {approved['name']} ({approved['language']})")
        for number, value in enumerate(approved["parameters"], start=1):
            console().print(f"  {{{{{number}}}}}: {value}")
    for button in message.get("buttons", ()):
        url = button["url"]
        does = f"answers {button['payload']}" if url is None else f"opens {url}"
        console().print(f"button: {button['title']} ({does})")


def _show_fields(fields: Iterable[FieldChange]) -> None:
    for field in fields:
        console().print(Text(f"  {field.field}", style="cyan"))
        lines = field.lines or (
            *([] if field.before is None else [f"-{_told(field.before)}"]),
            *([] if field.after is None else [f"+{_told(field.after)}"]),
        )
        for line in lines:
            style = {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "")
            console().print(Text(f"    {line}", style=style))


def _told(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _path(template_id: str) -> str:
    return f"{TEMPLATES}{quote(template_id, safe='')}/"
