"""`recado seed`: load a tenant with its catalogue, templates and customers from files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.progress import track

from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
from recado.bootstrap.deployment import Stack
from recado.domain.channels import Channel
from recado.domain.directory import Recipient, Suppression
from recado.domain.templates import Template
from recado_cli import settings
from recado_cli.output import Json, console, messages, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.seed_files import Seed, read_seed

EVIDENCE = "seed data"


class Change(StrEnum):
    """What loading did to a thing."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRITTEN_AGAIN = "written again"


class Loader:
    """Writes what differs from what is stored; with `force` what is equal too."""

    def __init__(self, stack: Stack, seed: Seed, *, force: bool) -> None:
        self._stack = stack
        self._seed = seed
        self._tenant_id = seed.tenant.tenant_id
        self._force = force

    def load(self) -> Iterator[tuple[str, Change]]:
        """Load thing after thing; gives the kind of each with what was done."""
        configuration = self._stack.configuration
        seed = self._seed
        change = self._change(configuration.tenant(self._tenant_id), seed.tenant)
        if change is not Change.UNCHANGED:
            configuration.put_tenant(seed.tenant)
        yield "tenant", change
        change = self._change(configuration.catalogue(self._tenant_id), seed.catalogue)
        if change is not Change.UNCHANGED:
            configuration.put_catalogue(self._tenant_id, seed.catalogue)
        yield "catalogue", change
        change = self._change(configuration.reply_rules(self._tenant_id), seed.reply_rules)
        if change is not Change.UNCHANGED:
            configuration.put_reply_rules(self._tenant_id, seed.reply_rules)
        yield "replies", change
        yield from self._orchestrations()
        yield from self._templates()
        yield from self._people()
        yield from self._suppressions()

    def _change(self, stored: BaseModel | None, wanted: BaseModel) -> Change:
        if stored is None:
            return Change.CREATED
        if stored != wanted:
            return Change.CHANGED
        return Change.WRITTEN_AGAIN if self._force else Change.UNCHANGED

    def _orchestrations(self) -> Iterator[tuple[str, Change]]:
        configuration = self._stack.configuration
        for wanted in self._seed.orchestrations:
            stored = configuration.orchestration(
                self._tenant_id, wanted.service_type, wanted.target
            )
            change = self._change(stored, wanted)
            if change is not Change.UNCHANGED:
                configuration.put_orchestration(wanted)
            yield "orchestration", change

    def _templates(self) -> Iterator[tuple[str, Change]]:
        """A version is never changed, so another content is the next version."""
        stack = self._stack
        templates = DynamoDBTemplateRepository(stack.dynamodb, stack.config.configuration_table)
        names = [slot.template_id for slot in self._seed.templates]
        in_force = templates.in_force(self._tenant_id, names)
        heads = templates.heads_of(self._tenant_id, names)
        for slot, content in self._seed.templates.items():
            stored, head = in_force.get(slot.template_id), heads.get(slot.template_id)
            change = self._change(stored and stored.content, content)
            if change is Change.UNCHANGED and head is None:
                # A release that knew no heads stored it.
                change = Change.WRITTEN_AGAIN
            if change is Change.WRITTEN_AGAIN and stored is not None:
                templates.put(stored)
            elif change is not Change.UNCHANGED:
                numbers = (head.latest if head else 0, stored.version if stored else 0)
                templates.put(
                    Template(
                        tenant_id=self._tenant_id,
                        slot=slot,
                        version=max(numbers) + 1,
                        content=content,
                        created_at=datetime.now(UTC),
                    )
                )
            yield "templates", change

    def _people(self) -> Iterator[tuple[str, Change]]:
        for person in self._seed.customers:
            yield "customers", self._put_person(person)
        yield "team", self._put_person(self._seed.team)

    def _put_person(self, wanted: Recipient) -> Change:
        """Store a person; push subscriptions come from browsers and stay."""
        stored = self._stack.directory.recipient(self._tenant_id, wanted.recipient_id)
        if stored is not None:
            subscriptions = stored.addresses_on(Channel.PUSH)
            wanted = wanted.model_copy(update={"addresses": (*wanted.addresses, *subscriptions)})
        change = self._change(stored, wanted)
        if change is not Change.UNCHANGED:
            self._stack.directory.put_recipient(wanted)
        return change

    def _suppressions(self) -> Iterator[tuple[str, Change]]:
        """The first evidence for a suppression is kept, also with `force`."""
        directory = self._stack.directory
        addresses = [suppressed.address for suppressed in self._seed.suppressions]
        stored = directory.suppressed(self._tenant_id, addresses)
        for suppressed in self._seed.suppressions:
            address = suppressed.address
            if (address.channel, address.value) in stored:
                yield "suppressions", Change.UNCHANGED
                continue
            directory.suppress(
                Suppression(
                    tenant_id=self._tenant_id,
                    channel=address.channel,
                    address=address.value,
                    reason=suppressed.reason,
                    evidence=EVIDENCE,
                    created_at=datetime.now(UTC),
                )
            )
            yield "suppressions", Change.CREATED


def seed(
    directory: Annotated[
        Path, typer.Option(help="Folder of the files; docs/cli.md describes them.")
    ] = Path("seed/workshop"),
    force: Annotated[
        bool, typer.Option("--force", help="Write what is unchanged again, too.")
    ] = False,
    json: Json = False,
) -> None:
    """Load a tenant, its catalogue, channel matrices, templates, customers and team.

    Only what differs is written, so a second run changes nothing. A template whose content
    changed gets the next version. Nothing is written unless all files are right.
    """
    if not directory.is_dir():
        raise Refusal(f"There is no folder {directory}.", "Name the seed's with --directory.")
    content = read_seed(directory)
    loader = Loader(settings.stack(), content, force=force)
    steps = track(
        loader.load(),
        description=f"Loading {content.tenant.name} …",
        total=_size(content),
        console=messages(),
        transient=True,
        disable=not messages().is_terminal,
    )
    done = Counter(steps)
    _show(content, done, json=json)


def _size(seed: Seed) -> int:
    things = (seed.orchestrations, seed.templates, seed.customers, seed.suppressions)
    return sum(map(len, things)) + len(("tenant", "catalogue", "replies", "team"))


def _show(seed: Seed, done: Counter[tuple[str, Change]], *, json: bool) -> None:
    holds = _contents(seed)
    if json:
        counts = {kind: {c.value: done[kind, c] for c in Change} for kind in holds}
        print_json({"tenant_id": seed.tenant.tenant_id, "loaded": counts})
        return
    rows = [
        (kind, *(str(done[kind, change] or "–") for change in Change), holds[kind])
        for kind in holds
    ]
    console().print(table((seed.tenant.tenant_id, *Change, "which are"), rows))
    if all(change is Change.UNCHANGED for _, change in done):
        console().print("Nothing to do: everything is unchanged.")


def _contents(seed: Seed) -> dict[str, str]:
    """What each kind of thing amounts to."""
    catalogue = seed.catalogue
    subtypes = sum(len(service_type.subtypes) for service_type in catalogue.service_types)
    cells = sum(len(row) for matrix in seed.orchestrations for row in matrix.matrix.values())
    return {
        "tenant": seed.tenant.name,
        "catalogue": f"{len(catalogue.phases)} phases, {len(catalogue.service_types)} service "
        f"types, {subtypes} subtypes, {len(catalogue.variables)} variables",
        "replies": f"answers within {seed.reply_rules.window_hours} hours",
        "orchestration": f"{len(seed.orchestrations)} configurations, {cells} settings",
        "templates": f"{len(seed.templates)} templates",
        "customers": f"{len(seed.customers)} customers",
        "team": seed.team.name,
        "suppressions": f"{len(seed.suppressions)} addresses",
    }
