"""How a tenant has its replies understood."""

from __future__ import annotations

from pydantic import Field

from recado.domain.interest import Keywords
from recado.domain.model import Model
from recado.domain.opt_out import OptKeywords


class ReplyRules(Model):
    """Keywords of a tenant, and how long after a message an answer without a quote belongs to it.

    72 hours by default: what is sent on a Friday evening is answered on Monday.
    """

    interest: Keywords = Field(default_factory=Keywords)
    opt_out: OptKeywords = Field(default_factory=OptKeywords)
    window_hours: int = Field(default=72, ge=1, le=24 * 30)
