"""A person's answer to a notification, and what answers can say."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from recado.domain.model import Model


class Interest(StrEnum):
    """What a reply says about the person's interest."""

    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    QUESTION = "question"
    UNKNOWN = "unknown"


class OptChoice(StrEnum):
    """What a message chooses about messages to come; NONE for nearly all of them."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    NONE = "none"


LONGEST_REPLY = 4096
"""Characters of an answer that stand on the notification; the message itself has them all."""


class Reply(Model):
    """The latest answer to a notification: which message it is, and what it says."""

    message_id: str
    at: datetime
    text: str
    interest: Interest
