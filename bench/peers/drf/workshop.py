"""What the workshop chain offers, read once from the seed's files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_SEED = Path(__file__).parents[3] / "seed" / "workshop"


def read(name: str) -> Any:
    """The content of a file of the seed."""
    return yaml.safe_load((_SEED / name).read_text(encoding="utf-8"))


def templates() -> Iterator[dict[str, Any]]:
    """The seed's templates: their slot, and what they say."""
    for path in sorted((_SEED / "templates").glob("*.yaml")):
        document = read(f"templates/{path.name}")
        for each in document.get("templates", []):
            yield dict(each)
        for phase, targets in document.get("phases", {}).items():
            for target, channels in targets.items():
                for channel, content in channels.items():
                    slot = {"phase": phase, "target": target, "channel": channel}
                    named = {name: document[name] for name in ("service_type", "locale")}
                    yield {**named, **slot, **content}


_CATALOGUE = read("catalogue.yaml")
TENANT = read("tenant.yaml")
CHANNELS: list[str] = TENANT["channel_priority"]
PHASES: Mapping[str, str] = {phase["slug"]: phase["name"] for phase in _CATALOGUE["phases"]}
VARIABLES: list[str] = [variable["name"] for variable in _CATALOGUE["variables"]]
ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "whatsapp": ("whatsapp_cloud", "whatsapp"),
    "email": ("smtp", "email"),
    "push": ("web_push", "push"),
    "sms": ("twilio", "sms"),
}
"""Provider and account of each channel."""

LINEAGES: Mapping[str, tuple[str, ...]] = {
    **{
        subtype["slug"]: (subtype["slug"], each["slug"])
        for each in _CATALOGUE["service_types"]
        for subtype in each["subtypes"]
    },
    **{each["slug"]: (each["slug"],) for each in _CATALOGUE["service_types"]},
}
"""Where templates are looked for, by service type: a subtype's own before its type's."""
