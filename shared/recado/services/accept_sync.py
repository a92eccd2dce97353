"""Accept what another system tells of its customers or vehicles."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from recado.domain.errors import UnprocessableError
from recado.domain.sync import CustomerRecord, SyncedKind, VehicleRecord
from recado.domain.tasks import MOST_RECORDS, Fault, NumberedRecord, Task, TaskKind
from recado.ports.clock import Clock
from recado.services.accept_task import AcceptTask

_RECORDS: dict[SyncedKind, type[CustomerRecord | VehicleRecord]] = {
    SyncedKind.CUSTOMER: CustomerRecord,
    SyncedKind.VEHICLE: VehicleRecord,
}
_TASKS = {
    SyncedKind.CUSTOMER: TaskKind.CUSTOMERS_SYNC,
    SyncedKind.VEHICLE: TaskKind.VEHICLES_SYNC,
}
LONGEST_ID = 128
_IDS = {SyncedKind.CUSTOMER: "customer_id", SyncedKind.VEHICLE: "vehicle_id"}


class AcceptSync:
    """Accepts records. One that is wrong costs the others nothing: the task tells of it."""

    def __init__(self, *, accept: AcceptTask, clock: Clock) -> None:
        self._accept = accept
        self._clock = clock

    def __call__(self, tenant_id: str, kind: SyncedKind, body: object) -> Task:
        """Accept one record, or a list of them.

        A record that does not say when its change was made has the moment of its place in the
        list: parts of a list are carried out in any order.

        Raises
        ------
        UnprocessableError
            The body is neither, or the list is too long.
        UnavailableError
            Nothing was kept: send it again.
        """
        bodies = body if isinstance(body, list) else [body]
        if not isinstance(body, dict | list):
            raise UnprocessableError("send a record, or a list of records", field="body")
        if len(bodies) > MOST_RECORDS:
            raise UnprocessableError(
                "a request may have at most {most} records", field="body", most=MOST_RECORDS
            )
        now = self._clock.now()
        records: list[NumberedRecord] = []
        faulty: list[tuple[Fault, ...]] = []
        for index, each in enumerate(bodies):
            try:
                change = _RECORDS[kind].model_validate(each)
            except ValidationError as error:
                faulty.append(Fault.of_invalid(index, _id_in(each, kind), error))
            else:
                if change.source_version is None and change.updated_at is None:
                    at = now + timedelta(microseconds=index)
                    change = change.model_copy(update={"updated_at": at})
                document = change.model_dump(mode="json", exclude_unset=True)
                records.append(NumberedRecord(index=index, record=document))
        return self._accept(tenant_id, _TASKS[kind], records, faulty=faulty)


def _id_in(body: object, kind: SyncedKind) -> str | None:
    """Whose record it says that it is, where that can be told."""
    its_id = body.get(_IDS[kind]) if isinstance(body, dict) else None
    if not isinstance(its_id, str) or not 0 < len(its_id) <= LONGEST_ID:
        return None
    return its_id.encode(errors="replace").decode()
