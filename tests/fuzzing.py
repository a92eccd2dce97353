"""Requests of every kind by Schemathesis, right and wrong ones, with what must hold of answers.

Bounded and the same in every run: a release that passed once passes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "unsupported_method"),
    "allow_header_conformance",
)
"""No 5xx, and nothing that the document does not say. Whether a value is a right one is not judged:
much of that depends on what is stored."""

SYSTEMATIC = "coverage"
"""Every kind and bound of every value, one after the other: thousands of requests."""

AT_RANDOM = "fuzzing"
"""Values that were drawn together."""

_PHASES = ("examples", SYSTEMATIC, AT_RANDOM)

LONGEST_ADDRESS = 8_000
"""Characters. What is longer a gateway refuses by itself, in words of its own: AWS takes 10,240
bytes of a request's line and headers, the laptop's 8,190 of its line."""

LINE_BREAK = "%0A"
"""In a path: MiniStack finds no route for it, for its patterns' dots stand for anything else."""

EXAMPLES = 5
"""Random requests for each operation, of right ones and of wrong ones each."""


def configuration(
    *,
    api_key: str,
    internal_secret: str,
    tenant_id: str,
    phase: str,
) -> schemathesis.Config:
    """How to ask, as who may do everything in a tenant: by the examples, then in one other way."""
    return schemathesis.Config.from_dict(
        {
            "seed": 1,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "headers": {
                "Authorization": f"Bearer {api_key}",
                "X-Internal-Secret": internal_secret,
                "X-Tenant-Id": tenant_id,
            },
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "phases": {
                "stateful": {"enabled": False},
                **{name: {"enabled": name in ("examples", phase)} for name in _PHASES},
            },
        }
    )


@dataclass
class Findings:
    """What came of a run.

    Parameters
    ----------
    faults
        What is wrong, in words.
    asked, succeeded
        Operations that were called, and those of them that did what they are for at least once.
    """

    faults: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    succeeded: set[str] = field(default_factory=set)


def ask_for_everything(schema: BaseSchema) -> Findings:
    """Call every operation in every way that is configured."""
    found = Findings()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                found.asked.add(event.recorder.label)
                found.faults += _faults_of(event.recorder)
                answers = [each.response for each in event.recorder.interactions.values()]
                if any(answer is not None and answer.status_code < 300 for answer in answers):
                    found.succeeded.add(event.recorder.label)
            case events.NonFatalError() | events.FatalError():
                found.faults.append(str(event))
    return found


def _reaches_us(uri: str) -> bool:
    """Whether a request comes through what stands before our functions."""
    return len(uri) <= LONGEST_ADDRESS and LINE_BREAK not in uri.partition("?")[0]


def _faults_of(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            request = recorder.interactions[case_id].request
            if check.failure_info is not None and _reaches_us(request.uri):
                failure = check.failure_info.failure
                yield (
                    f"{request.method} {request.uri}\n  body {request.body!r}\n"
                    f"  {check.name}: {failure.title}: {failure.message}"
                )
