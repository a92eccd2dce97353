"""The files of a tenant's seed: read them, check them all, say what is wrong and where.

`tenant.yaml`, `catalogue.yaml`, `orchestration.yaml`, `customers.yaml`, `templates/*.yaml`, and
`replies.yaml`, which may be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Recipient, SuppressionReason
from recado.domain.errors import RequestError
from recado.domain.model import RequestModel
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.phone import to_e164
from recado.domain.reply_rules import ReplyRules
from recado.domain.templates import TemplateContent, TemplateSlot, variables_of
from recado.domain.tenants import Tenant
from recado.domain.time_zones import TimeZone
from recado_cli.refusals import Refusal
from recado_cli.yaml_files import mistakes, read_yaml

NOTHING_WRITTEN = "Nothing was written: mend the files and run it again."


class SuppressionEntry(RequestModel):
    """A channel on which a customer must not be written to."""

    channel: Channel
    reason: SuppressionReason


class VehicleEntry(RequestModel):
    """A customer's vehicle. Checked, not stored: events carry what templates say of it."""

    plate: str
    make: str
    model: str
    year: int


class TeamEntry(RequestModel):
    """The tenant's own team, which receives events for `staff`."""

    recipient_id: str
    name: str
    email: str | None = None
    phone: str | None = None


class CustomerEntry(RequestModel):
    """A customer. A phone number is an address for WhatsApp and for SMS.

    `addresses` are those on other channels: a chat at Telegram, a member at Slack.
    """

    customer_id: str
    name: str
    locale: str | None = None
    time_zone: TimeZone | None = None
    email: str | None = None
    phone: str | None = None
    addresses: tuple[Address, ...] = ()
    preferences: tuple[Preference, ...] = ()
    suppressions: tuple[SuppressionEntry, ...] = ()
    vehicles: tuple[VehicleEntry, ...] = ()


class CustomersFile(RequestModel):
    """`customers.yaml`."""

    customers: tuple[CustomerEntry, ...]
    team: TeamEntry


class MatrixEntry(RequestModel):
    """An entry of `orchestration.yaml`: one service type for one target."""

    service_type: str
    target: Target
    matrix: dict[str, dict[Channel, bool]]


class TemplatesByPhase(RequestModel):
    """A file of `templates/` for one service type: phase, target, channel, content."""

    service_type: str
    locale: str
    phases: dict[str, dict[Target, dict[Channel, dict[str, Any]]]]


class TemplatesAsList(RequestModel):
    """A file of `templates/` whose entries name their slot beside their content."""

    templates: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class SuppressedAddress:
    """An address of a customer that must not be written to."""

    address: Address
    reason: SuppressionReason


@dataclass(frozen=True)
class Seed:
    """Everything that the files say, checked."""

    tenant: Tenant
    catalogue: Catalogue
    orchestrations: tuple[Orchestration, ...]
    templates: Mapping[TemplateSlot, TemplateContent]
    customers: tuple[Recipient, ...]
    team: Recipient
    suppressions: tuple[SuppressedAddress, ...]
    reply_rules: ReplyRules


def read_seed(directory: Path) -> Seed:
    """Read and check all files of a seed.

    Raises
    ------
    Refusal
        Something is wrong; names every mistake with its file and place.
    """
    found = _Mistakes()
    tenant = _read(directory / "tenant.yaml", Tenant)
    catalogue = _read(directory / "catalogue.yaml", Catalogue)
    matrices = _read(directory / "orchestration.yaml", tuple[MatrixEntry, ...])
    people = _read(directory / "customers.yaml", CustomersFile)
    customers = [_customer(tenant, entry, found) for entry in people.customers]
    seed = Seed(
        tenant=tenant,
        catalogue=catalogue,
        orchestrations=tuple(
            Orchestration(tenant_id=tenant.tenant_id, **entry.model_dump()) for entry in matrices
        ),
        templates=_templates(directory / "templates", catalogue, found),
        customers=tuple(customers),
        team=_team(tenant, people.team, found),
        suppressions=tuple(_suppressions(people.customers, customers, found)),
        reply_rules=_reply_rules(directory / "replies.yaml"),
    )
    _check_matrices(seed, found)
    if tenant.team_recipient_id != seed.team.recipient_id:
        found.add("customers.yaml, team", "recipient_id is not the tenant's team_recipient_id")
    found.refuse()
    return seed


def read_templates(directory: Path) -> dict[TemplateSlot, TemplateContent]:
    """Read all template files of a folder; what a catalogue says of them is not looked at.

    Raises
    ------
    Refusal
        Something is wrong; names every mistake with its file and place.
    """
    found = _Mistakes()
    templates = {slot: content for slot, content, _ in _contents(directory, found)}
    found.refuse()
    return templates


class _Mistakes:
    """What is wrong with the files, told all at once."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def add(self, place: str, mistake: str) -> None:
        self._told.append(f"{place}: {mistake}")

    def refuse(self) -> None:
        if self._told:
            raise Refusal("\n  ".join(["The files have mistakes:", *self._told]), NOTHING_WRITTEN)


def _read[T](path: Path, kind: type[T]) -> T:
    return _validated(path, read_yaml(path), kind)


def _validated[T](path: Path, document: object, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_python(document, extra="forbid")
    except ValidationError as error:
        told = [f"{path.name}, {mistake}" for mistake in mistakes(error)]
        raise Refusal("\n  ".join(["The files have mistakes:", *told]), NOTHING_WRITTEN) from None


def _reply_rules(path: Path) -> ReplyRules:
    return _read(path, ReplyRules) if path.exists() else ReplyRules()


def _templates(
    directory: Path, catalogue: Catalogue, found: _Mistakes
) -> dict[TemplateSlot, TemplateContent]:
    templates: dict[TemplateSlot, TemplateContent] = {}
    declared = {variable.name for variable in catalogue.variables}
    for slot, content, place in _contents(directory, found):
        templates[slot] = content
        _check_template(slot, content, catalogue, declared, place, found)
    return templates


def _contents(
    directory: Path, found: _Mistakes
) -> Iterator[tuple[TemplateSlot, TemplateContent, str]]:
    """Every template of a folder, with its place in the files."""
    seen: set[TemplateSlot] = set()
    for path in sorted(directory.glob("*.yaml")):
        for slot, fields in _template_entries(path):
            place = f"templates/{path.name}, {slot.template_id}"
            if slot in seen:
                found.add(place, "is there twice")
            seen.add(slot)
            content = _content(slot, fields, place, found)
            if content is not None:
                yield slot, content, place


def _template_entries(path: Path) -> Iterator[tuple[TemplateSlot, dict[str, Any]]]:
    """The slots that a file fills, each with the fields of its content."""
    document = read_yaml(path)
    if isinstance(document, dict) and "templates" in document:
        for entry in _validated(path, document, TemplatesAsList).templates:
            names = TemplateSlot.model_fields.keys()
            slot = {name: value for name, value in entry.items() if name in names}
            content = {name: value for name, value in entry.items() if name not in names}
            yield _validated(path, slot, TemplateSlot), content
        return
    file = _validated(path, document, TemplatesByPhase)
    for phase, targets in file.phases.items():
        for target, channels in targets.items():
            for channel, content in channels.items():
                slot_of_file = TemplateSlot(
                    service_type=file.service_type,
                    phase=phase,
                    target=target,
                    channel=channel,
                    locale=file.locale,
                )
                yield slot_of_file, content


def _content(
    slot: TemplateSlot, fields: dict[str, Any], place: str, found: _Mistakes
) -> TemplateContent | None:
    adapter: TypeAdapter[TemplateContent] = TypeAdapter(TemplateContent)
    try:
        return adapter.validate_python({**fields, "channel": slot.channel})
    except ValidationError as error:
        for mistake in mistakes(error):
            found.add(place, mistake)
        return None


def _check_template(
    slot: TemplateSlot,
    content: TemplateContent,
    catalogue: Catalogue,
    declared: set[str],
    place: str,
    found: _Mistakes,
) -> None:
    try:
        catalogue.lineage(slot.service_type)
        catalogue.refuse_no_phase(slot.phase)
        undeclared = variables_of(content) - declared
    except RequestError as error:
        found.add(place, f"{error.field}: {error}")
        return
    if undeclared:
        found.add(place, f"undeclared variables: {', '.join(sorted(undeclared))}")


def _check_matrices(seed: Seed, found: _Mistakes) -> None:
    types = {service_type.slug for service_type in seed.catalogue.service_types}
    phases = {phase.slug for phase in seed.catalogue.phases}
    seen: set[tuple[str, Target]] = set()
    for orchestration in seed.orchestrations:
        key = (orchestration.service_type, orchestration.target)
        place = f"orchestration.yaml, {'/'.join(key)}"
        if key in seen:
            found.add(place, "is there twice")
        seen.add(key)
        if orchestration.service_type not in types:
            found.add(place, "there is no such service type")
        if unknown := orchestration.matrix.keys() - phases:
            found.add(place, f"there are no such phases: {', '.join(sorted(unknown))}")


def _customer(tenant: Tenant, entry: CustomerEntry, found: _Mistakes) -> Recipient:
    place = f"customers.yaml, {entry.customer_id}"
    return Recipient(
        tenant_id=tenant.tenant_id,
        recipient_id=entry.customer_id,
        name=entry.name,
        locale=entry.locale,
        time_zone=entry.time_zone,
        addresses=(*_addresses(entry.phone, entry.email, place, found), *entry.addresses),
        preferences=entry.preferences,
    )


def _team(tenant: Tenant, entry: TeamEntry, found: _Mistakes) -> Recipient:
    return Recipient(
        tenant_id=tenant.tenant_id,
        recipient_id=entry.recipient_id,
        name=entry.name,
        addresses=_addresses(entry.phone, entry.email, "customers.yaml, team", found),
    )


def _addresses(
    phone: str | None, email: str | None, place: str, found: _Mistakes
) -> tuple[Address, ...]:
    addresses = []
    if phone is not None:
        try:
            number = to_e164(phone)
        except RequestError as error:
            found.add(place, f"phone: {error}")
        else:
            addresses += [Address(channel=c, value=number) for c in (Channel.WHATSAPP, Channel.SMS)]
    if email is not None:
        addresses.append(Address(channel=Channel.EMAIL, value=email))
    return tuple(addresses)


def _suppressions(
    entries: Iterable[CustomerEntry], customers: Iterable[Recipient], found: _Mistakes
) -> Iterator[SuppressedAddress]:
    for entry, customer in zip(entries, customers, strict=True):
        for suppression in entry.suppressions:
            addresses = customer.addresses_on(suppression.channel)
            if not addresses:
                place = f"customers.yaml, {entry.customer_id}"
                found.add(place, f"suppressions: no address on {suppression.channel}")
            for address in addresses:
                yield SuppressedAddress(address, suppression.reason)
