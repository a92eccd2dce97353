"""How providers are told to misbehave, and which behaviour applies to which message."""

import random
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.simulator.messages import Channel, Provider

CHANNELS_OF: dict[str, tuple[str, ...]] = {
    "meta": ("whatsapp",),
    "twilio": ("whatsapp", "sms"),
    "evolution": ("whatsapp",),
    "ses": ("email",),
    "smtp": ("email",),
    "web_push": ("push",),
    "messenger": ("messenger",),
    "instagram": ("instagram",),
    "telegram": ("telegram",),
    "slack": ("slack",),
}
CODE_PATTERNS: dict[str, str] = {
    # Evolution has no codes: its texts stand for them.
    "meta": r"\d{1,3}|80007|\d{6}",
    "twilio": r"[1-6]\d{4}",
    "evolution": r"(?!\d+$).{1,200}",
    "ses": r"[A-Za-z]{1,100}",
    "smtp": r"[45]\.\d{1,3}\.\d{1,3}",
    "web_push": r"\d{1,3}",
    # A code, or one with the subcode that makes it another: 10/2018278.
    "messenger": r"\d{1,4}(/\d{1,8})?",
    "instagram": r"\d{1,4}(/\d{1,8})?",
    # Telegram has none beside HTTP's: its descriptions stand for them.
    "telegram": r"(?!\d+$).{1,200}",
    "slack": r"[a-z][a-z_]{1,63}",
}
SMTP_LOGIN_REPLIES = frozenset({454, 530, 534, 535, 538})
"""Replies to AUTH (RFC 4954 section 6): they come before any recipient is named."""


class InvalidBehaviour(Exception):
    """A behaviour that no provider can have; `field` is what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Behaviour(BaseModel):
    """To whom it applies, and what the provider does instead of accepting.

    At most one of failing (`status` and/or `code`), `drop` and `garbage`; `latency_ms` goes with
    each of them or alone, and then the message is accepted at once and answered late.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    provider: Provider | None = None
    channel: Channel | None = None
    recipient: str | None = Field(default=None, min_length=1)
    status: int | None = Field(default=None, ge=400, le=599)
    code: str | None = None
    retry_after: int | None = Field(default=None, ge=0)
    latency_ms: int = Field(default=0, ge=0, le=600_000)
    drop: Literal["before", "after"] | None = None
    garbage: bool = False
    probability: float = Field(default=1.0, ge=0, le=1)
    times: int | None = Field(default=None, ge=1)

    @classmethod
    def parse(cls, given: object) -> "Behaviour":
        """Read a behaviour; raises InvalidBehaviour naming the field that is wrong."""
        try:
            behaviour = cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"])) or "body"
            raise InvalidBehaviour(field, first["msg"]) from None
        behaviour._check_effect()
        behaviour._check_provider()
        return behaviour

    def _check_effect(self) -> None:
        effects = {"status": self.fails, "drop": self.drop is not None, "garbage": self.garbage}
        chosen = [name for name, wanted in effects.items() if wanted]
        if len(chosen) > 1:
            raise InvalidBehaviour(chosen[1], f"cannot be combined with {chosen[0]}")
        if not chosen and not self.latency_ms:
            raise InvalidBehaviour("status", "say one of status, code, drop, garbage, latency_ms")
        if self.retry_after is not None and not self.fails:
            raise InvalidBehaviour("retry_after", "only an error with status or code can carry it")

    def _check_provider(self) -> None:
        if self.provider and self.channel and self.channel not in CHANNELS_OF[self.provider]:
            raise InvalidBehaviour("channel", f"{self.provider} does not serve {self.channel}")
        if self.code is None:
            return
        if self.provider is None:
            raise InvalidBehaviour("provider", "name whose code it is")
        if not re.fullmatch(CODE_PATTERNS[self.provider], self.code):
            raise InvalidBehaviour("code", f"{self.provider} has no such code")
        if self.provider == "smtp" and self.status is None:
            raise InvalidBehaviour("status", "an SMTP code needs its reply, for example 550")

    @property
    def fails(self) -> bool:
        """True when the provider answers with an error."""
        return self.status is not None or self.code is not None

    @property
    def accepts(self) -> bool:
        """True when the message is accepted, even if the sender may never hear of it."""
        return not self.fails and not self.garbage and self.drop != "before"

    @property
    def refuses_login(self) -> bool:
        """True for SMTP errors that belong to AUTH, when no recipient is known yet."""
        return (
            self.provider == "smtp" and self.recipient is None and self.status in SMTP_LOGIN_REPLIES
        )

    def applies_to(self, provider: str, channel: str, recipients: Collection[str]) -> bool:
        """True when provider, channel and recipient are those that the behaviour names."""
        return (
            self.provider in (None, provider)
            and self.channel in (None, channel)
            and (self.recipient is None or self.recipient in recipients)
        )


@dataclass
class _Active:
    id: str
    behaviour: Behaviour
    matched: int = 0

    @property
    def used_up(self) -> bool:
        times = self.behaviour.times
        return times is not None and self.matched >= times


class Behaviours:
    """The behaviours in force. The newest that applies wins; one that is used up is forgotten."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._active: list[_Active] = []
        self._chance = chance

    def add(self, behaviour: Behaviour) -> str:
        """Put a behaviour in force and return its id."""
        active = _Active(uuid4().hex, behaviour)
        self._active.insert(0, active)
        return active.id

    def remove(self, behaviour_id: str) -> bool:
        """Withdraw a behaviour; False when there is none with this id."""
        before = len(self._active)
        self._active = [active for active in self._active if active.id != behaviour_id]
        return len(self._active) < before

    def forget(self) -> None:
        """Withdraw every behaviour: the providers behave again."""
        self._active.clear()

    def take(
        self, provider: str, channel: str, recipients: Collection[str], *, at_login: bool = False
    ) -> Behaviour | None:
        """The behaviour for this request, counted as used; None when the provider should behave.

        One whose probability does not come true leaves the request to the next older one.
        """
        for active in self._active:
            behaviour = active.behaviour
            if (
                behaviour.refuses_login == at_login
                and behaviour.applies_to(provider, channel, recipients)
                and self._chance() < behaviour.probability
            ):
                active.matched += 1
                if active.used_up:
                    self._active.remove(active)
                return behaviour
        return None

    def to_json(self) -> list[dict[str, object]]:
        """The behaviours in force, newest first, each with how often it was used."""
        return [
            {
                "id": active.id,
                "matched": active.matched,
                **active.behaviour.model_dump(exclude_unset=True),
            }
            for active in self._active
        ]
