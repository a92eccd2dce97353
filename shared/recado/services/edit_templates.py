"""Change templates: every change of the content is a version, and one of them is in force."""

from __future__ import annotations

from collections.abc import Callable

from recado.domain.errors import (
    AlreadyExistsError,
    ConflictError,
    InUseError,
    NotFoundError,
    UnprocessableError,
)
from recado.domain.model import Model
from recado.domain.orchestration import Catalogue, OrchestrationName
from recado.domain.template_versions import (
    LATEST_VERSION,
    CurrentTemplate,
    TemplateHead,
    TemplateStatus,
    first_head,
)
from recado.domain.templates import (
    Template,
    TemplateContent,
    TemplateSlot,
    candidate_slots,
    locale_chain,
    refuse_undeclared,
)
from recado.domain.tenants import Tenant
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.orchestration import OrchestrationRepository
from recado.ports.templates import TemplateRepository
from recado.services.change_stored import TRIES, VersionCheck, changed_meanwhile

LARGEST_CONTENT = 256 * 1024
"""Bytes as JSON; a row of DynamoDB takes 400 KB."""


class Draft(Model):
    """What a template shall be; with `publish` its content is put in force."""

    name: str | None
    content: TemplateContent
    publish: bool


class EditTemplates:
    """Writes templates. Of two changes at the same time one is made on top of the other."""

    def __init__(
        self,
        *,
        templates: TemplateRepository,
        configuration: ConfigurationRepository,
        orchestrations: OrchestrationRepository,
        clock: Clock,
    ) -> None:
        self._templates = templates
        self._configuration = configuration
        self._orchestrations = orchestrations
        self._clock = clock

    def create(self, tenant_id: str, slot: TemplateSlot, draft: Draft) -> CurrentTemplate:
        """Fill a slot for the first time, or again after it was archived.

        Raises
        ------
        AlreadyExistsError
            A template fills the slot.
        UnprocessableError
            The service type or phase does not exist, or the content is too large.
        TemplateRefusedError
            The content is outside the template language, or names an undeclared variable.
        ChangedMeanwhileError
            Others change the same template all the time.
        """
        _, catalogue = self._rules(tenant_id)
        catalogue.lineage(slot.service_type)
        catalogue.refuse_no_phase(slot.phase)
        _check_content(draft.content, slot, catalogue)
        for _ in range(TRIES):
            known = self._templates.head(tenant_id, slot.template_id)
            if known is not None and known.status is not TemplateStatus.ARCHIVED:
                raise AlreadyExistsError(
                    "there is a template '{template}' already", template=slot.template_id
                )
            now = self._clock.now()
            template = Template(
                tenant_id=tenant_id,
                slot=slot,
                version=_possible(known.latest + 1) if known else 1,
                content=draft.content,
                created_at=now,
            )
            head = (
                known.with_next_version(now, publish=draft.publish).named(draft.name, now)
                if known
                else first_head(template, now, name=draft.name, publish=draft.publish)
            )
            if self._templates.save(head, added=template, in_force=template):
                return _stored(head, template)
        raise changed_meanwhile()

    def change(
        self,
        tenant_id: str,
        template_id: str,
        edit: Callable[[CurrentTemplate], Draft],
        *,
        check: VersionCheck,
    ) -> CurrentTemplate:
        """Make a template what `edit` makes of it as it stands.

        Another content becomes the next version. Content that is the newest version's makes
        none, and is put in force where that is asked for.

        Raises
        ------
        NotFoundError
            There is no such template.
        ConflictError
            It is archived.
        UnprocessableError, TemplateRefusedError, ChangedMeanwhileError
            As in `create`.
        """
        _, catalogue = self._rules(tenant_id)
        for _ in range(TRIES):
            current = self._unarchived(tenant_id, template_id, check)
            draft = edit(current)
            now = self._clock.now()
            head, newest = current.head.named(draft.name, now), current.newest
            added = None
            if draft.content != newest.content:
                _check_content(draft.content, head.slot, catalogue)
                head = head.with_next_version(now, publish=draft.publish)
                added = newest = Template(
                    tenant_id=tenant_id,
                    slot=head.slot,
                    version=_possible(head.latest),
                    content=draft.content,
                    created_at=now,
                )
            elif draft.publish:
                head = head.publishing(head.latest, now)
            if head == current.head:
                return current
            if self._save(current.head, head, newest, added=added):
                return _stored(head, newest)
        raise changed_meanwhile()

    def publish(
        self, tenant_id: str, template_id: str, version: int, *, check: VersionCheck
    ) -> CurrentTemplate:
        """Put a version in force.

        Raises
        ------
        NotFoundError
            There is no such template or version.
        ConflictError
            It is archived.
        ChangedMeanwhileError
            As in `create`.
        """
        return self._put_in_force(
            tenant_id, template_id, check, lambda head: head.publishing(version, self._clock.now())
        )

    def roll_back(
        self, tenant_id: str, template_id: str, *, check: VersionCheck
    ) -> CurrentTemplate:
        """Put the version in force that was so before this one.

        Raises
        ------
        NotFoundError
            There is no such template.
        ConflictError
            No version was in force before, or the template is archived.
        ChangedMeanwhileError
            As in `create`.
        """
        return self._put_in_force(
            tenant_id, template_id, check, lambda head: head.rolled_back(self._clock.now())
        )

    def archive(self, tenant_id: str, template_id: str, *, check: VersionCheck) -> None:
        """Send a template no longer. Its versions stay: notifications name them.

        Raises
        ------
        NotFoundError
            There is no such template.
        InUseError
            It is the last one of an enabled channel of a phase.
        ChangedMeanwhileError
            As in `create`.
        """
        tenant, catalogue = self._rules(tenant_id)
        for _ in range(TRIES):
            head = self._head(tenant_id, template_id, check)
            if head.status is TemplateStatus.ARCHIVED:
                return
            needed: set[str] = set()
            if head.published is not None:
                needed = self._alternatives(tenant, catalogue, head.slot)
            if self._templates.save(head.archived(self._clock.now()), needed=needed):
                return
        raise changed_meanwhile()

    def _rules(self, tenant_id: str) -> tuple[Tenant, Catalogue]:
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        return tenant, catalogue

    def _head(self, tenant_id: str, template_id: str, check: VersionCheck) -> TemplateHead:
        head = self._templates.head(tenant_id, template_id)
        if head is None:
            raise no_template(template_id)
        check(head.version)
        return head

    def _unarchived(self, tenant_id: str, template_id: str, check: VersionCheck) -> CurrentTemplate:
        head = self._head(tenant_id, template_id, check)
        if head.status is TemplateStatus.ARCHIVED:
            raise ConflictError(
                "template '{template}' is archived: create it again first", template=template_id
            )
        return CurrentTemplate(head, stored_version(self._templates, head, head.latest))

    def _put_in_force(
        self,
        tenant_id: str,
        template_id: str,
        check: VersionCheck,
        move: Callable[[TemplateHead], TemplateHead],
    ) -> CurrentTemplate:
        for _ in range(TRIES):
            current = self._unarchived(tenant_id, template_id, check)
            head = move(current.head)
            if head == current.head:
                return current
            if self._save(current.head, head, current.newest):
                return _stored(head, current.newest)
        raise changed_meanwhile()

    def _save(
        self,
        before: TemplateHead,
        head: TemplateHead,
        newest: Template,
        *,
        added: Template | None = None,
    ) -> bool:
        """Store a head, with the version in force where that is another one now."""
        in_force = None
        if head.published is not None and head.published != before.published:
            in_force = (
                newest
                if head.published == newest.version
                else stored_version(self._templates, head, head.published)
            )
        return self._templates.save(head, added=added, in_force=in_force)

    def _alternatives(self, tenant: Tenant, catalogue: Catalogue, slot: TemplateSlot) -> set[str]:
        """The templates that stay for an enabled channel of a phase, one for each service type.

        Raises
        ------
        InUseError
            None would be left.
        """
        served = _served_by(slot, catalogue)
        if not served:
            return set()
        service_type = catalogue.lineage(slot.service_type)[-1]
        name = OrchestrationName(service_type=service_type, target=slot.target)
        orchestration = self._orchestrations.find(tenant.tenant_id, name)
        enabled = orchestration.enabled(slot.phase) if orchestration else None
        if orchestration is None or not (enabled or {}).get(slot.channel):
            return set()
        slots = {
            slug: [
                candidate.template_id
                for candidate in candidate_slots(
                    service_types=catalogue.lineage(slug),
                    phase=slot.phase,
                    target=slot.target,
                    channel=slot.channel,
                    locales=locale_chain(slot.locale, tenant.locale),
                )
                if candidate != slot
            ]
            for slug in served
        }
        wanted = {name for names in slots.values() for name in names}
        others = self._templates.which_in_force(tenant.tenant_id, sorted(wanted))
        left = [slug for slug, names in slots.items() if others.isdisjoint(names)]
        if left:
            raise InUseError(
                "the channel {channel} of phase {phase} is enabled in orchestration "
                "'{orchestration}', and no template would be left for: {left}",
                field="template_id",
                channel=slot.channel,
                phase=slot.phase,
                orchestration=name.orchestration_id,
                left=", ".join(left),
            )
        # The last ones are their type's, which its subtypes share: so they are few.
        return {
            next(name for name in reversed(names) if name in others) for names in slots.values()
        }


def no_template(template_id: str) -> NotFoundError:
    """What is told where there is no such template."""
    return NotFoundError("no template '{template}'", field="template_id", template=template_id)


def stored_version(templates: TemplateRepository, head: TemplateHead, version: int) -> Template:
    """A version of a template.

    Raises
    ------
    NotFoundError
        There is none of that number.
    """
    found = templates.version(head.tenant_id, head.template_id, version)
    if found is None:
        raise NotFoundError(
            "template '{template}' has no version {version}",
            field="version",
            template=head.template_id,
            version=version,
        )
    return found


def _served_by(slot: TemplateSlot, catalogue: Catalogue) -> list[str]:
    """The service types and subtypes whose events may find a slot's template."""
    for service_type in catalogue.service_types:
        if service_type.slug == slot.service_type:
            # A slug that is both means the type.
            return list(
                dict.fromkeys([slot.service_type, *(s.slug for s in service_type.subtypes)])
            )
    subtypes = {s.slug for service_type in catalogue.service_types for s in service_type.subtypes}
    return [slot.service_type] if slot.service_type in subtypes else []


def _check_content(content: TemplateContent, slot: TemplateSlot, catalogue: Catalogue) -> None:
    if content.channel != slot.channel:
        raise UnprocessableError(
            "the content is for '{content}', the template for '{channel}'",
            field="content.channel",
            content=content.channel,
            channel=slot.channel,
        )
    if len(content.model_dump_json(exclude_none=True).encode()) > LARGEST_CONTENT:
        raise UnprocessableError(
            "the content has more than {most} bytes", field="content", most=LARGEST_CONTENT
        )
    refuse_undeclared(content, (variable.name for variable in catalogue.variables))


def _possible(version: int) -> int:
    if version > LATEST_VERSION:
        raise ConflictError("a template has at most {most} versions", most=LATEST_VERSION)
    return version


def _stored(head: TemplateHead, newest: Template) -> CurrentTemplate:
    return CurrentTemplate(head.model_copy(update={"version": head.version + 1}), newest)
