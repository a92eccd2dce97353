"""`recado customers import`, `export` and `erase`: customers as a whole, through the API."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from recado.api.customer_data_views import ImportView
from recado.domain.customer_csv import Column
from recado_cli.api_client import NOTIFICATIONS, ApiClient
from recado_cli.following import read
from recado_cli.output import Json, console, messages, print_json
from recado_cli.refusals import Refusal
from recado_cli.task_following import follow_task

CUSTOMERS = f"{NOTIFICATIONS}/customers"

TimeOut = Annotated[float, typer.Option("--timeout", min=0, help="Seconds to follow it at most.")]
Out = Annotated[
    Path | None, typer.Option("--out", dir_okay=False, help="Write to this file instead.")
]


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file in UTF-8.")],
    column: Annotated[
        list[str] | None,
        typer.Option(help="The header of a column, e.g. name=Titular; may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
    timeout: TimeOut = 120.0,
    json: Json = False,
) -> None:
    """Import customers from a CSV file: all of it is right, or nothing is stored.

    Common Spanish and English headers are understood. Exit code 1 when the file is refused, or when
    a line could not be carried out.
    """
    document = {"csv": _text(file), "columns": _columns(column or [])}
    path = f"{CUSTOMERS}/import/{'?dry_run=true' if dry_run else ''}"
    with ApiClient.of_environment() as client:
        taken = client.post(path, document)
        view = read(ImportView, taken)
        if view.ignored_columns:
            messages().print(f"Left out: {', '.join(view.ignored_columns)}.")
        if view.status_url is not None:
            follow_task(client, view.status_url, json=json, timeout=timeout)
            return
    if json:
        print_json(taken)
    else:
        console().print(f"{view.total} customers can be imported.")


def export(
    customer_id: Annotated[
        str | None, typer.Argument(help="All that is held on this one, as JSON.")
    ] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Export all customers as CSV, or everything that is held on one of them as JSON."""
    if json and customer_id is None:
        raise typer.BadParameter("all customers are CSV; give CUSTOMER_ID", param_hint="--json")
    with ApiClient.of_environment() as client:
        text = _all_customers(client) if customer_id is None else _all_of(client, customer_id)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refusal(f"{out} cannot be written: {error.strerror}.") from None
    messages().print(f"✓ {out}")


def erase(
    customer_id: Annotated[str, typer.Argument(help="Id of the customer.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    timeout: TimeOut = 120.0,
    json: Json = False,
) -> None:
    """Erase a person: their data goes, the log keeps what happened without them.

    Exit code 1 when nobody of that id is known, or when it is not done in time.
    """
    if not yes:
        typer.confirm(f"Erase {customer_id}? This cannot be undone.", abort=True, err=True)
    with ApiClient.of_environment() as client:
        task = client.post(f"{_path_of(customer_id)}/erase/", None)
        follow_task(client, task["status_url"], json=json, timeout=timeout)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{file} is not UTF-8.", "Save it as CSV UTF-8.") from None


def _columns(options: list[str]) -> dict[str, str]:
    columns = {}
    for option in options:
        name, is_assignment, header = option.partition("=")
        if not (is_assignment and header and name in Column):
            known = ", ".join(Column)
            raise typer.BadParameter(
                f"'{option}' is not COLUMN=HEADER; columns: {known}", param_hint="--column"
            )
        columns[name] = header
    return columns


def _all_customers(client: ApiClient) -> str:
    """All pages as one file: each begins with a line of headers of its own."""
    path: str | None = f"{CUSTOMERS}/export/"
    pages: list[str] = []
    with messages().status("") as status:
        while path is not None:
            page, path = client.text(path)
            headers, _, lines = page.partition("\r\n")
            pages.append(lines if pages else f"{headers}\r\n{lines}")
            status.update(f"{len(pages)} pages …")
    return "".join(pages)


def _all_of(client: ApiClient, customer_id: str) -> str:
    held: dict[str, Any] = {}
    said: list[Any] = []
    cursor: str | None = None
    with messages().status("") as status:
        while not held or cursor is not None:
            page = client.get(f"{_path_of(customer_id)}/export/", cursor=cursor, limit=100)
            held = held or page
            said += page["messages"]
            cursor = page["next_cursor"]
            status.update(f"{len(said)} messages …")
    whole = {**held, "messages": said, "next_cursor": None}
    return f"{json_format.dumps(whole, ensure_ascii=False, indent=2)}\n"


def _path_of(customer_id: str) -> str:
    return f"{CUSTOMERS}/{quote(customer_id, safe='')}"
