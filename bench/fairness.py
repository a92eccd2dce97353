"""Measures whether a tenant waits because of another one's flood, on the laptop cloud.

One tenant puts its events on the requests queue all at once; the other sends some through the HTTP
API meanwhile. Both are made for the run, with the seed's catalogue and people of their own.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import truediv
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import yaml

from bench import laptop_cloud
from bench.tables import Table
from local import accounts, aws, commands
from local.places import API_URL, AWS_URL, ROOT
from local.problems import Problem

FLOOD = 500
EVENTS = 10
PAUSE_SECONDS = 0.5
"""Between the events of the tenant that sends few."""

PROVIDER_MS = 200

_LOUD, _QUIET = "bench-loud", "bench-quiet"
_ACCOUNT = "whatsapp-cloud"
_PATIENCE_SECONDS = 300.0
_ENTRIES = 10
"""Messages that SQS takes in one call."""


@dataclass(frozen=True)
class Waits:
    """Seconds from the acceptance to the sending of each event of the tenant that sends few."""

    alone: Sequence[float]
    beside_flood: Sequence[float]


def tables() -> list[Table]:
    """The quiet tenant's waits, with and without the flood.

    Raises
    ------
    Problem
        The laptop cloud does not start, or does not send.
    """
    with laptop_cloud.running() as variables:
        try:
            for tenant_id, people in ((_LOUD, FLOOD), (_QUIET, EVENTS)):
                _make_tenant(variables, tenant_id, people)
            with laptop_cloud.provider_latency("meta", PROVIDER_MS):
                return report(_measure(variables))
        finally:
            # The number at the provider belongs to whoever stored its account last.
            _recado(variables, "accounts", "put", str(accounts.PRODUCT_FILE))


def report(waits: Waits) -> list[Table]:
    """Both situations beside each other."""
    return [
        Table(
            f"From accepted to sent, of {EVENTS} events of a tenant while another floods "
            f"{FLOOD} (s)",
            ("situation", "fastest", "median", "p95"),
            [
                ("alone", *_spread(waits.alone)),
                ("beside the flood", *_spread(waits.beside_flood)),
                ("ratio", *map(truediv, _spread(waits.beside_flood), _spread(waits.alone))),
            ],
            (
                f"The provider takes {PROVIDER_MS} ms for a message. The flood comes by the "
                "requests queue, the other tenant's events over HTTP, one each "
                f"{PAUSE_SECONDS} s from the moment when the flood is in the queue.",
                "Every message bears its tenant as its group, by which SQS's fair queues let "
                "those of a quiet tenant overtake. MiniStack's standard queues hand out in the "
                "order of arrival: this is how it is without fair queues, on a machine that "
                "emulates all of AWS.",
            ),
        )
    ]


def _measure(variables: Mapping[str, str]) -> Waits:
    made = _recado(variables, "keys", "create", "--tenant", _QUIET, "--name", "fairness", "--json")
    key = str(json.loads(made)["key"])
    _sent(variables, _send_few(key))  # warms up
    alone = _sent(variables, _send_few(key))
    _flood(variables)
    return Waits(alone, _sent(variables, _send_few(key)))


def _send_few(key: str) -> list[str]:
    """The ids of the quiet tenant's notifications."""
    ids = []
    with httpx.Client(
        base_url=API_URL, headers={"X-API-Key": key}, trust_env=False, timeout=90
    ) as client:
        for number in range(EVENTS):
            answer = client.post(
                "/api/v1/notifications/events/dispatch/", json=_event(_QUIET, number)
            )
            if answer.status_code != httpx.codes.ACCEPTED:
                raise Problem(f"an event was answered {answer.status_code}: {answer.text}")
            ids.append(str(answer.json()["notification_id"]))
            time.sleep(PAUSE_SECONDS)
    return ids


def _flood(variables: Mapping[str, str]) -> None:
    sqs = aws.SESSION.client("sqs", endpoint_url=AWS_URL)
    for start in range(0, FLOOD, _ENTRIES):
        sqs.send_message_batch(
            QueueUrl=variables["REQUESTS_QUEUE_URL"],
            Entries=[
                {
                    "Id": str(number),
                    "MessageGroupId": _LOUD,
                    "MessageBody": json.dumps({**_event(_LOUD, number), "tenant_id": _LOUD}),
                }
                for number in range(start, start + _ENTRIES)
            ],
        )


def _sent(variables: Mapping[str, str], notification_ids: Sequence[str]) -> list[float]:
    """Wait until all are sent; how long each took from its acceptance on."""
    dynamodb = aws.SESSION.client("dynamodb", endpoint_url=AWS_URL)
    table = variables["NOTIFICATIONS_TABLE"]
    keys = [{"pk": {"S": f"{_QUIET}#{each}"}, "sk": {"S": "META"}} for each in notification_ids]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
        rows = [json.loads(row["document"]["S"]) for row in answer["Responses"][table]]
        if all(row.get("sent_at") for row in rows):
            return [_at(row["sent_at"]) - _at(row["created_at"]) for row in rows]
        if time.monotonic() > deadline:
            raise Problem(f"not all of a tenant's {EVENTS} messages were sent in five minutes.")
        time.sleep(0.5)


def _make_tenant(variables: Mapping[str, str], tenant_id: str, people: int) -> None:
    """The seed under another name, with so many people, and the number on WhatsApp."""
    with TemporaryDirectory() as folder:
        seed = Path(folder) / "seed"
        copytree(ROOT / "seed" / "workshop", seed)
        tenant = _read(seed / "tenant.yaml")
        _write(seed / "tenant.yaml", {**tenant, "tenant_id": tenant_id})
        customers = [
            {
                "customer_id": _customer_id(tenant_id, number),
                "name": f"Cliente {number}",
                "phone": f"+59397{number:07d}",
                "preferences": [{"channel": "whatsapp", "priority": 1}],
            }
            for number in range(people)
        ]
        team = _read(seed / "customers.yaml")["team"]
        _write(seed / "customers.yaml", {"customers": customers, "team": team})
        _recado(variables, "seed", "--directory", str(seed))
        known = json.loads(accounts.PRODUCT_FILE.read_text())
        account = next(each for each in known if each["account_id"] == _ACCOUNT)
        file = Path(folder) / "accounts.json"
        file.write_text(json.dumps([{**account, "tenant_id": tenant_id}]))
        _recado(variables, "accounts", "put", str(file))


def _event(tenant_id: str, number: int) -> dict[str, Any]:
    event = json.loads((ROOT / "local" / "example_event.json").read_text())
    return {**event, "customer_id": _customer_id(tenant_id, number)}


def _customer_id(tenant_id: str, number: int) -> str:
    return f"{tenant_id}-{number:03d}"


def _recado(variables: Mapping[str, str], *arguments: str) -> str:
    return commands.run(
        [str(Path(sys.executable).with_name("recado")), *arguments],
        {**aws.environment(), **variables},
        f"recado-{arguments[0]}",
        "Mend that and run the command again.",
    )


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _at(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _spread(waits: Sequence[float]) -> tuple[float, float, float]:
    ranked = sorted(waits)
    p50, p95 = (ranked[math.ceil(len(ranked) * percent / 100) - 1] for percent in (50, 95))
    return ranked[0], p50, p95
