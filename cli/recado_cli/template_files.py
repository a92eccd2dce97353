"""Files of templates: write them as `seed_files` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from recado.domain.templates import TemplateContent, TemplateSlot
from recado_cli.refusals import Refusal


def write_templates(
    directory: Path, templates: Mapping[TemplateSlot, TemplateContent]
) -> dict[Path, int]:
    """Write templates, a file for each service type and locale; gives how many each has.

    Raises
    ------
    Refusal
        The folder or a file cannot be written.
    """
    documents: dict[Path, dict[str, Any]] = {}
    counts: dict[Path, int] = {}
    for slot, content in templates.items():
        path = directory / f"{slot.service_type}.{slot.locale}.yaml"
        document = documents.setdefault(
            path, {"service_type": slot.service_type, "locale": slot.locale, "phases": {}}
        )
        targets = document["phases"].setdefault(slot.phase, {})
        channels = targets.setdefault(slot.target.value, {})
        channels[slot.channel.value] = content.model_dump(
            mode="json", exclude={"channel"}, exclude_defaults=True
        )
        counts[path] = counts.get(path, 0) + 1
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, document in documents.items():
            path.write_text(_yaml(document), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{directory} cannot be written: {error.strerror}.") from None
    return counts


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as people do."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(document: dict[str, Any]) -> str:
    written: str = yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000
    )
    return written
