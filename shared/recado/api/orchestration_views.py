"""Orchestrations as clients write and read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, WithJsonSchema
from pydantic_core import PydanticKnownError

from recado.api.cursors import from_cursor, to_cursor
from recado.api.languages import Language, say
from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.events import Slug
from recado.domain.model import Model, RequestModel
from recado.domain.orchestration import (
    LONGEST_PATIENCE,
    Cell,
    CellSettings,
    OrchestrationName,
    Patience,
    Target,
    read_orchestration_id,
)
from recado.services.read_orchestration import (
    DescribedOrchestration,
    DescribedPage,
    PhaseSettings,
)

MOST_PHASES = 200
MOST_CHANNELS = 20
LONGEST_PHASE_ID = 128
LONGEST_CHANNEL = 20


def _refuse_at_once(most: int, longest: int) -> Callable[[object], object]:
    """Refuse a mapping of more or longer keys than there may be, before any cell is looked at.

    Each fault of a cell repeats the keys that lead to it: a small request would get a huge answer.
    """

    def check(given: object) -> object:
        if isinstance(given, Mapping):
            if len(given) > most:
                limits = {"field_type": "Object", "max_length": most, "actual_length": len(given)}
                raise PydanticKnownError("too_long", limits)
            if any(len(key) > longest for key in given):
                raise PydanticKnownError("string_too_long", {"max_length": longest})
        return given

    return check


Minutes = Annotated[int, Field(ge=1, le=LONGEST_PATIENCE, strict=True)]
PhaseId = Annotated[str, StringConstraints(max_length=LONGEST_PHASE_ID)]
ChannelName = Annotated[str, StringConstraints(max_length=LONGEST_CHANNEL)]
_SmallRow = BeforeValidator(_refuse_at_once(MOST_CHANNELS, LONGEST_CHANNEL))
_SmallMatrix = BeforeValidator(_refuse_at_once(MOST_PHASES, LONGEST_PHASE_ID))


UNDELIVERED_AFTER = (
    "Without a receipt of its delivery for so long the next channel is tried; null waits for ever."
)
UNREAD_AFTER = "The same without a receipt of its reading, once it is delivered."
_MINUTES_OR_NONE: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": LONGEST_PATIENCE},
        {"type": "null"},
    ],
    "examples": [30],
}


class CellRequest(RequestModel):
    """What a cell says; only `true` or `false` changes nothing of how long it is waited for."""

    enabled: StrictBool
    undelivered_after_minutes: Minutes | None = None
    unread_after_minutes: Minutes | None = None


CellValue = Annotated[
    CellRequest,
    BeforeValidator(lambda given: {"enabled": given} if isinstance(given, bool) else given),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["enabled"],
                    "properties": {
                        "enabled": {"type": "boolean"},
                        "undelivered_after_minutes": _MINUTES_OR_NONE
                        | {"description": UNDELIVERED_AFTER},
                        "unread_after_minutes": _MINUTES_OR_NONE | {"description": UNREAD_AFTER},
                    },
                },
            ]
        }
    ),
]
Cells = Annotated[Mapping[ChannelName, CellValue], Field(max_length=MOST_CHANNELS), _SmallRow]
Matrix = Annotated[Mapping[PhaseId, Cells], Field(max_length=MOST_PHASES), _SmallMatrix]
PatchedCells = Annotated[
    Mapping[ChannelName, CellValue | None], Field(max_length=MOST_CHANNELS), _SmallRow
]
PatchedMatrix = Annotated[
    Mapping[PhaseId, PatchedCells | None], Field(max_length=MOST_PHASES), _SmallMatrix
]

EXAMPLE = {
    "phase-schedule": {
        "whatsapp": {"enabled": True, "undelivered_after_minutes": 30},
        "email": True,
        "push": False,
    }
}


def row_of(cells: Mapping[str, CellValue]) -> dict[str, Cell]:
    """The cells of a phase as the domain sets them."""
    return {channel: _cell(value) for channel, value in cells.items()}


def patched_row_of(cells: Mapping[str, CellValue | None]) -> dict[str, Cell | None]:
    """The same where some are to be removed."""
    return {channel: None if value is None else _cell(value) for channel, value in cells.items()}


def _cell(value: CellValue) -> Cell:
    if not value.model_fields_set & {"undelivered_after_minutes", "unread_after_minutes"}:
        return value.enabled
    patience = Patience(
        undelivered_after=value.undelivered_after_minutes,
        unread_after=value.unread_after_minutes,
    )
    return CellSettings(enabled=value.enabled, patience=patience)


class OrchestrationRequest(RequestModel):
    """A whole orchestration: what the matrix does not name is not set."""

    service_type_id: Slug = Field(
        description="Slug of a service type; its subtypes share these settings.",
        examples=["mantenimiento-preventivo"],
    )
    target: Target = Field(description="Whom the notifications are for.")
    matrix: Matrix = Field(
        default_factory=dict,
        description="Whether a channel is enabled, by the slug of the phase.",
        examples=[EXAMPLE],
    )

    @property
    def name(self) -> OrchestrationName:
        """Which orchestration is meant."""
        return OrchestrationName(service_type=self.service_type_id, target=self.target)


class OrchestrationPatch(RequestModel):
    """A JSON merge patch (RFC 7396): null removes a cell, a phase's settings, or all of them."""

    matrix: PatchedMatrix | None = Field(
        default_factory=dict,
        description="The cells to change, by the slug of the phase; all others stay.",
        examples=[EXAMPLE],
    )


class MatrixUpdate(RequestModel):
    """Cells to set; all others stay."""

    matrix: Matrix = Field(
        description="Whether a channel is enabled, by the slug of the phase.", examples=[EXAMPLE]
    )


class PhaseInitialization(RequestModel):
    """What phases without settings begin with."""

    channels: Cells | None = Field(
        default=None,
        description="By default e-mail, WhatsApp and web push, all disabled.",
        examples=[{"whatsapp": True, "email": False}],
    )


class PatienceView(Model):
    """How long a channel's silence is borne."""

    undelivered_after_minutes: int | None
    unread_after_minutes: int | None

    @classmethod
    def of(cls, patience: Patience) -> PatienceView:
        """The view of a cell's patience."""
        return cls(
            undelivered_after_minutes=patience.undelivered_after,
            unread_after_minutes=patience.unread_after,
        )


class PhaseSettingsView(Model):
    """The channels of a phase."""

    phase_id: str = Field(examples=["phase-schedule"])
    name: str = Field(examples=["Agendar Cita"])
    order: int
    channels: Mapping[Channel, bool] = Field(
        description="Whether a channel is enabled; one that is not named here is not.",
        examples=[{"whatsapp": True, "email": True, "push": False}],
    )
    patience: Mapping[Channel, PatienceView] = Field(
        description="After how much silence the next channel is tried, for those that say so."
    )


class WarningView(Model):
    """A cell that is enabled and does not do what it says.

    `template_missing`: it sends nothing. `patience_without_receipts`: no enabled account of the
    channel reports what it waits for, so that the next channel is not tried for it.
    """

    code: Literal["template_missing", "patience_without_receipts"]
    phase_id: str
    channel: Channel
    message: str = Field(description="For people; in Spanish or English by Accept-Language.")

    @classmethod
    def all_of(cls, settings: PhaseSettings, language: Language) -> list[WarningView]:
        """The warnings of a phase's cells."""
        phase = settings.phase
        return [
            *(
                cls(
                    code="template_missing",
                    phase_id=phase.slug,
                    channel=channel,
                    message=say(
                        "'{channel}' is enabled in the phase '{phase}', and no template is in "
                        "force for it",
                        {"channel": channel, "phase": phase.name},
                        language,
                    ),
                )
                for channel in settings.unserved
            ),
            *(
                cls(
                    code="patience_without_receipts",
                    phase_id=phase.slug,
                    channel=channel,
                    message=say(
                        "'{channel}' waits for receipts in the phase '{phase}' that no enabled "
                        "account reports",
                        {"channel": channel, "phase": phase.name},
                        language,
                    ),
                )
                for channel in settings.unreported
            ),
        ]


class OrchestrationView(Model):
    """Which channels are enabled, phase by phase, for one service type and target."""

    id: str = Field(examples=["mantenimiento-preventivo.clients"])
    service_type_id: str = Field(examples=["mantenimiento-preventivo"])
    target: Target
    phases: list[PhaseSettingsView] = Field(
        description=(
            "The phases that have settings, in their order; events for any other are refused."
        )
    )
    updated_at: datetime | None = Field(
        description="Null for what was loaded from files and not changed since."
    )
    warnings: list[WarningView]

    @classmethod
    def of(cls, described: DescribedOrchestration, language: Language) -> OrchestrationView:
        """The view of an orchestration."""
        orchestration = described.orchestration
        return cls(
            id=orchestration.name.orchestration_id,
            service_type_id=orchestration.service_type,
            target=orchestration.target,
            phases=[
                PhaseSettingsView(
                    phase_id=settings.phase.slug,
                    name=settings.phase.name,
                    order=settings.phase.order,
                    channels=settings.channels,
                    patience={
                        channel: PatienceView.of(each)
                        for channel, each in settings.patience.items()
                    },
                )
                for settings in described.phases
            ],
            updated_at=orchestration.updated_at,
            warnings=[
                warning
                for settings in described.phases
                for warning in WarningView.all_of(settings, language)
            ],
        )


class InitializedView(Model):
    """An orchestration after its phases were initialised, and which of them were."""

    created: list[str] = Field(
        description="Slugs of the phases that had no settings before.",
        examples=[["phase-quality", "phase-delivery"]],
    )
    orchestration: OrchestrationView


class OrchestrationsPage(Model):
    """Some orchestrations; `next_cursor` leads to those after them."""

    orchestrations: list[OrchestrationView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: DescribedPage, language: Language) -> OrchestrationsPage:
        """The view of a page."""
        return cls(
            orchestrations=[OrchestrationView.of(each, language) for each in page.orchestrations],
            next_cursor=to_cursor((page.next.orchestration_id,) if page.next else None),
        )


def position_of(cursor: str | None) -> OrchestrationName | None:
    """The orchestration after which the page of a cursor begins.

    Raises
    ------
    UnprocessableError
        The cursor is none of ours.
    """
    position = from_cursor(cursor, 1)
    if position is None:
        return None
    name = read_orchestration_id(position[0])
    if name is None:
        raise UnprocessableError("this cursor is none that a page gave", field="cursor")
    return name
