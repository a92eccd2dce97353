"""Notifications as people read them: the planned route and why, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from recado.api.views import DecisionView, NotificationAccepted, NotificationView, RouteStepView
from recado.domain.notification import State
from recado_cli.output import moment, table

REASONS = {
    "recipient_preference": "the recipient prefers it",
    "tenant_priority": "the tenant's order of channels",
    "requested": "asked for",
    "not_enabled_for_phase": "not enabled for this phase",
    "disabled_by_recipient": "the recipient switched it off",
    "no_address": "the recipient has no address there",
    "suppressed": "the address is on the suppression list",
    "no_account": "no enabled account serves it",
    "no_template": "no template is in force",
    "missing_variables": "the context lacks variables",
}

STYLES = {
    State.PENDING: "yellow",
    State.QUEUED: "yellow",
    State.SENDING: "yellow",
    State.SENT: "green",
    State.DELIVERED: "green",
    State.READ: "green",
    State.REPLIED: "green",
}
"""Colours of states; those that are not named are ends that nobody wants."""

ENTRY_STYLES = {
    "accepted": "green",
    "retryable": "yellow",
    "fallback": "yellow",
    "unknown": "yellow",
    "planned": "cyan",
}


def drawn_acceptance(accepted: NotificationAccepted) -> RenderableType:
    """What the API answered: id, state, route and reasons."""
    state = _state(accepted.state, accepted.reason, accepted.detail)
    return Group(
        Text.assemble((accepted.notification_id, "bold"), "  ", state),
        _plan(accepted.route, accepted.decisions),
    )


def drawn_timeline(view: NotificationView) -> RenderableType:
    """A notification from its plan to its state."""
    about = [view.event_type, view.service_type_id, view.phase_id, view.target, view.recipient_id]
    happened = [
        (moment(entry.at), Text(entry.kind, ENTRY_STYLES.get(entry.kind, "")), entry.detail)
        for entry in view.timeline
    ]
    state = _state(view.state, view.reason, view.detail)
    return Group(
        Text.assemble((view.notification_id, "bold"), "  ", state),
        Text(" · ".join([*filter(None, about), f"{view.mode} mode"]), "dim"),
        _plan(view.route, view.decisions),
        Text("\nTimeline", "bold"),
        table(("when", "what", "detail"), happened),
        Text.assemble((f"\n{moment(view.updated_at)}  ", "dim"), state),
    )


def _plan(route: Sequence[RouteStepView], decisions: Sequence[DecisionView]) -> RenderableType:
    steps = {step.channel: step for step in route}
    rows = []
    for decision in decisions:
        step = steps.get(decision.channel) if decision.chosen else None
        why = REASONS.get(decision.reason, decision.reason)
        rows.append(
            (
                str(step.position + 1) if step else "–",
                Text(decision.channel, "" if step else "dim"),
                f"{step.account_id} ({step.provider})" if step else "",
                step.to if step else "",
                _template(step) if step else "",
                f"{why}: {decision.detail}" if decision.detail else why,
            )
        )
    return Group(
        Text("\nPlanned route", "bold"),
        table(("step", "channel", "account", "to", "template", "why"), rows),
    )


def _template(step: RouteStepView) -> str:
    return f"{step.template_id} v{step.template_version}" if step.template_id else ""


def _state(state: State, reason: str | None, detail: str) -> Text:
    why = ": ".join(filter(None, [reason and REASONS.get(reason, reason), detail]))
    drawn = Text(state, f"bold {STYLES.get(state, 'red')}")
    return drawn.append(f" ({why})", "dim") if why else drawn
