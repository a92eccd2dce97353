"""The deployed functions: led through the proxy, killed, and told by the clock what is due."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.config import Config

from local import aws, processes
from local.places import AWS_URL, STACK

ALIAS = "live"
PATIENT = Config(read_timeout=300, retries={"total_max_attempts": 1})
"""A function that changes is answered for when its workers are gone."""

FEWEST = 2
"""Workers of one queue; AWS takes no smaller number."""

ON_THE_WAY = (
    "Api",
    "NotificationIntake",
    "NotificationSender",
    "ChannelFallback",
    "DueNotifications",
    "MetaWebhook",
    "TwilioWebhook",
    "SesEvents",
    "ReceiptProcessor",
    "InboundProcessor",
)
"""The functions that a notification meets; those that only tell others of it are left alone."""

MORTAL = tuple(name for name in ON_THE_WAY if name != "DueNotifications")
"""Whose workers are killed. The clock is called by the run itself, which would have to know."""


class Functions:
    """The functions on a notification's way."""

    def __init__(self) -> None:
        self._client = aws.SESSION.client("lambda", endpoint_url=AWS_URL, config=PATIENT)
        self._names = self._find()

    def sweep(self, now: datetime) -> int:
        """Let the clock's function run for a moment; gives how many notifications it looked at.

        A run that fails is one that was lost: the next one does its work.
        """
        answer = self._client.invoke(
            FunctionName=self._names["DueNotifications"],
            Payload=json.dumps({"time": now.isoformat()}).encode(),
        )
        result = json.loads(answer["Payload"].read())
        return int(result.get("looked_at", 0))

    def kill_one(self, chance: random.Random) -> str | None:
        """Kill a worker of some function, wherever it is; gives whose, None where none runs."""
        victims = [
            (name, pid)
            for pid in processes.members().get("ministack", [])
            for name in MORTAL
            if self._runs(pid, name)
        ]
        if not victims:
            return None
        name, pid = chance.choice(sorted(victims))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return name

    @contextmanager
    def led_through(self, address: str) -> Iterator[None]:
        """Have the functions call AWS at another address, and at its own again in the end."""
        before = {name: self._environment(name) for name in self._names.values()}
        try:
            for name, variables in before.items():
                self._set(name, {**variables, "AWS_ENDPOINT_URL": address})
            yield
        finally:
            for name, variables in before.items():
                self._set(name, variables)

    @contextmanager
    def few_at_once(self) -> Iterator[None]:
        """Let few workers read each queue: a laptop's cores are soon shared by too many."""
        pages = self._client.get_paginator("list_event_source_mappings").paginate()
        before = {
            source["UUID"]: int(scaling["MaximumConcurrency"])
            for page in pages
            for source in page["EventSourceMappings"]
            if (scaling := source.get("ScalingConfig"))
        }
        try:
            self._scale(dict.fromkeys(before, FEWEST))
            yield
        finally:
            self._scale(before)

    def _scale(self, most: Mapping[str, int]) -> None:
        for source, concurrency in most.items():
            self._client.update_event_source_mapping(
                UUID=source, ScalingConfig={"MaximumConcurrency": concurrency}
            )

    def _find(self) -> dict[str, str]:
        pages = self._client.get_paginator("list_functions").paginate()
        deployed = [each["FunctionName"] for page in pages for each in page["Functions"]]
        return {
            name: next(each for each in deployed if f"{STACK}-{name}Function" in each)
            for name in ON_THE_WAY
        }

    def _environment(self, name: str) -> dict[str, str]:
        found: Any = self._client.get_function_configuration(FunctionName=name)
        variables: dict[str, str] = found.get("Environment", {}).get("Variables", {})
        return variables

    def _set(self, name: str, variables: Mapping[str, str]) -> None:
        self._client.update_function_configuration(
            FunctionName=name, Environment={"Variables": dict(variables)}
        )
        aliases = self._client.list_aliases(FunctionName=name)["Aliases"]
        if any(alias["Name"] == ALIAS for alias in aliases):
            version = self._client.publish_version(FunctionName=name)["Version"]
            self._client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)

    @staticmethod
    def _runs(pid: int, name: str) -> bool:
        try:
            return f"-{name}Function-" in Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            return False  # it ended meanwhile
