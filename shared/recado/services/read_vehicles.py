"""Read vehicles."""

from __future__ import annotations

from collections.abc import Sequence

from recado.domain.access import Caller
from recado.domain.customers import LONGEST_ID
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.sorting import Position
from recado.domain.vehicles import Vehicle
from recado.ports.people import PeopleRepository, VehicleRepository, VehiclesPage
from recado.services.find_customer import owner_is_seen
from recado.services.look_through import Found, look_through


class VehicleQuery(Model):
    """Which vehicles are wanted: all conditions hold at once; `plate` is how theirs begins."""

    customer_id: str | None = None
    plate: str = ""
    descending: bool = False
    after: Position | None = None
    limit: int


class ReadVehicles:
    """A key of a division sees the vehicles of that division's customers alone."""

    def __init__(self, *, vehicles: VehicleRepository, people: PeopleRepository) -> None:
        self._vehicles = vehicles
        self._people = people

    def one(self, caller: Caller, vehicle_id: str) -> Vehicle:
        """A vehicle.

        Raises
        ------
        NotFoundError
            There is none, or its customer belongs to a division that is not the caller's.
        """
        return find_vehicle(self._vehicles, self._people, caller, vehicle_id)

    def page(self, caller: Caller, query: VehicleQuery) -> VehiclesPage:
        """Some vehicles, by plate."""
        if query.customer_id is not None:
            if not owner_is_seen(self._people, caller, query.customer_id):
                return VehiclesPage(vehicles=())
            return self._listed(caller, query, query.after, query.limit)
        if caller.division is None:
            return self._listed(caller, query, query.after, query.limit)

        def page(after: Position | None, limit: int) -> Found[Vehicle]:
            listed = self._listed(caller, query, after, limit)
            return Found(listed.vehicles, listed.next)

        def keep(vehicles: Sequence[Vehicle]) -> list[Vehicle]:
            owners = self._people.profiles(caller.tenant_id, {v.customer_id for v in vehicles})
            seen = {owner.recipient_id for owner in owners.values() if caller.sees(owner.division)}
            return [vehicle for vehicle in vehicles if vehicle.customer_id in seen]

        found = look_through(page, keep, after=query.after, limit=query.limit)
        return VehiclesPage(vehicles=tuple(found.things), next=found.next)

    def _listed(
        self, caller: Caller, query: VehicleQuery, after: Position | None, limit: int
    ) -> VehiclesPage:
        return self._vehicles.vehicles(
            caller.tenant_id,
            customer_id=query.customer_id,
            plate=query.plate,
            descending=query.descending,
            after=after,
            limit=limit,
        )


def find_vehicle(
    vehicles: VehicleRepository, people: PeopleRepository, caller: Caller, vehicle_id: str
) -> Vehicle:
    """A vehicle whose customer the caller sees.

    Raises
    ------
    NotFoundError
        There is none, or its customer belongs to a division that is not the caller's.
    """
    may_exist = 0 < len(vehicle_id) <= LONGEST_ID
    vehicle = vehicles.vehicle(caller.tenant_id, vehicle_id) if may_exist else None
    if vehicle is None or not owner_is_seen(people, caller, vehicle.customer_id):
        raise NotFoundError(
            "no vehicle '{vehicle}'", field="vehicle_id", vehicle=vehicle_id[:LONGEST_ID]
        )
    return vehicle
