"""What every implementation of `ports.people` must do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.sorting import Position
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.ports.directory import DirectoryRepository
from recado.ports.people import (
    PeoplePage,
    PeopleRepository,
    ReminderRepository,
    RemindersPage,
    VehicleRepository,
    VehiclesPage,
)
from tests.contract.repositories.directory_contract import BROWSER, EMAIL, OTHER_BROWSER, PHONE
from tests.fakes.clock import NOON

OTHER_EMAIL = Address(channel=Channel.EMAIL, value="c.mendoza@example.com")


def a_person(name: str = "Carlos Mendoza", **changes: object) -> Recipient:
    person = Recipient(
        tenant_id="andinos",
        recipient_id="customer-001",
        name=name,
        addresses=(PHONE, EMAIL),
        preferences=(Preference(channel=Channel.EMAIL, priority=1),),
        created_at=NOON,
        updated_at=NOON,
    )
    return person.model_copy(update=changes)


def a_vehicle(vehicle_id: str = "v-1", **changes: object) -> Vehicle:
    vehicle = Vehicle(
        tenant_id="andinos", vehicle_id=vehicle_id, customer_id="customer-001", plate="ABC-1234"
    )
    return vehicle.model_copy(update=changes)


def a_reminder(reminder_id: str = "r-1", **changes: object) -> Reminder:
    reminder = Reminder(
        tenant_id="andinos",
        reminder_id=reminder_id,
        customer_id="customer-001",
        service_type="mantenimiento",
        due_on=date(2026, 4, 1),
    )
    return reminder.model_copy(update=changes)


def following[T: (Recipient, Vehicle, Reminder)](thing: T, **changes: object) -> T:
    return thing.model_copy(update={"version": thing.version + 1, **changes})


def _people(repository: PeopleRepository, **query: object) -> PeoplePage:
    wanted = {"division": None, "name": "", "descending": False, "after": None, "limit": 50}
    return repository.people("andinos", **{**wanted, **query})  # type: ignore[arg-type]


def _all_pages(page: Callable[[Position | None], tuple[list[str], Position | None]]) -> list[str]:
    found, after = page(None)
    while after is not None:
        more, after = page(after)
        found += more
    return found


class PeopleRepositoryContract:
    """Inherit; give fixtures `people` (empty) and `directory` over the same people."""

    def test_a_person_comes_back_as_they_were_stored(self, people: PeopleRepository) -> None:
        assert people.save_person(a_person(division="norte", locale="en"))

        found = people.person("andinos", "customer-001")
        assert found == a_person(division="norte", locale="en", version=1)

    def test_only_the_version_that_was_read_is_changed(self, people: PeopleRepository) -> None:
        people.save_person(a_person())
        read = people.person("andinos", "customer-001")
        assert read is not None

        assert people.save_person(read.model_copy(update={"name": "Ana"}))
        assert not people.save_person(read.model_copy(update={"name": "Eva"}))
        assert not people.save_person(a_person())

        assert people.person("andinos", "customer-001") == following(read, name="Ana")

    def test_the_directory_has_the_same_people(
        self, people: PeopleRepository, directory: DirectoryRepository
    ) -> None:
        people.save_person(a_person())
        directory.put_recipient(a_person("Carlos M."))

        assert directory.recipient("andinos", "customer-001") == a_person("Carlos M.")
        assert people.person("andinos", "customer-001") == a_person("Carlos M.", version=2)
        directory.put_recipient(a_person("Carlos M."))
        assert people.person("andinos", "customer-001") == a_person("Carlos M.", version=2)

    def test_a_person_is_reached_at_the_addresses_that_they_have_now(
        self, people: PeopleRepository, directory: DirectoryRepository
    ) -> None:
        people.save_person(a_person())
        people.save_person(a_person(addresses=(PHONE, OTHER_EMAIL), version=1))

        def reached(address: Address) -> list[str]:
            found = directory.reached_at("andinos", address, limit=9)
            return [person.recipient_id for person in found]

        assert reached(PHONE) == reached(OTHER_EMAIL) == ["customer-001"]
        assert reached(EMAIL) == []

    def test_subscriptions_outlive_a_change_and_leave_the_version(
        self, people: PeopleRepository
    ) -> None:
        people.save_person(a_person())
        for browser in (BROWSER, OTHER_BROWSER, BROWSER):
            assert people.subscribe("andinos", "customer-001", browser)
        assert people.save_person(a_person("Ana", version=1))

        found = people.person("andinos", "customer-001")
        assert found is not None
        assert (found.name, found.version) == ("Ana", 2)
        assert set(found.addresses_on(Channel.PUSH)) == {BROWSER, OTHER_BROWSER}

    def test_a_subscription_is_removed_once(self, people: PeopleRepository) -> None:
        people.save_person(a_person())
        people.subscribe("andinos", "customer-001", BROWSER)

        assert people.unsubscribe("andinos", "customer-001", BROWSER.value)
        assert not people.unsubscribe("andinos", "customer-001", BROWSER.value)
        assert not people.unsubscribe("andinos", "nobody", BROWSER.value)

    def test_nobody_is_subscribed_who_is_not_there(self, people: PeopleRepository) -> None:
        assert not people.subscribe("andinos", "customer-001", BROWSER)

        assert people.person("andinos", "customer-001") is None

    def test_who_is_deleted_leaves_nothing_behind(
        self, people: PeopleRepository, directory: DirectoryRepository
    ) -> None:
        people.save_person(a_person(division="norte"))
        people.subscribe("andinos", "customer-001", BROWSER)

        assert not people.delete_person(a_person(version=2))
        assert people.delete_person(a_person(division="norte", version=1))

        assert people.person("andinos", "customer-001") is None
        assert not people.delete_person(a_person(version=1))
        assert directory.reached_at("andinos", PHONE, limit=9) == []
        assert _people(people).people == _people(people, division="norte").people == ()
        people.save_person(a_person())
        again = people.person("andinos", "customer-001")
        assert again is not None
        assert again.addresses_on(Channel.PUSH) == ()

    def test_people_are_listed_by_name_without_case_and_accents(
        self, people: PeopleRepository
    ) -> None:
        for number, name in enumerate(("Zoé", "Álvaro", "ana belén", "Ana", "Óscar")):
            people.save_person(a_person(name, recipient_id=f"c-{number}", addresses=()))

        names = [person.name for person in _people(people).people]
        assert names == ["Álvaro", "Ana", "ana belén", "Óscar", "Zoé"]
        backwards = [person.name for person in _people(people, descending=True).people]
        assert backwards == names[::-1]

    def test_a_name_is_found_by_its_beginning(self, people: PeopleRepository) -> None:
        for number, name in enumerate(("Ana", "Álvaro", "Andrea", "Juana")):
            people.save_person(a_person(name, recipient_id=f"c-{number}", addresses=()))

        found = _people(people, name="ÁN", limit=1)
        assert [person.name for person in found.people] == ["Ana"]
        found = _people(people, name="ÁN", after=found.next)
        assert [person.name for person in found.people] == ["Andrea"]
        assert found.next is None

    def test_a_division_lists_its_own_people_also_after_they_moved(
        self, people: PeopleRepository, directory: DirectoryRepository
    ) -> None:
        def in_division(division: str) -> list[str]:
            return [p.recipient_id for p in _people(people, division=division).people]

        people.save_person(a_person(division="norte"))
        people.save_person(a_person(recipient_id="c-2", division="sur"))
        people.save_person(a_person(recipient_id="c-3"))
        assert (in_division("norte"), in_division("sur")) == (["customer-001"], ["c-2"])

        people.save_person(a_person(division="sur", version=1))
        assert (in_division("norte"), in_division("sur")) == ([], ["c-2", "customer-001"])
        directory.put_recipient(a_person())
        assert in_division("sur") == ["c-2"]
        assert len(_people(people).people) == 3

    def test_invariant_10_tenants_do_not_list_each_others_people(
        self, people: PeopleRepository
    ) -> None:
        people.save_person(a_person(tenant_id="costa"))

        assert _people(people).people == ()
        assert people.profiles("andinos", ["customer-001"]) == {}

    def test_profiles_are_found_together(self, people: PeopleRepository) -> None:
        people.save_person(a_person())

        found = people.profiles("andinos", ["customer-001", "nobody"])
        assert dict(found) == {"customer-001": a_person(version=1)}

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(
        names=st.lists(st.text(alphabet="aáÁb #\t'", min_size=1, max_size=4), max_size=6),
        limit=st.integers(1, 4),
        descending=st.booleans(),
    )
    def test_pages_hold_everybody_once_and_in_order(
        self, people: PeopleRepository, names: list[str], limit: int, descending: bool
    ) -> None:
        for person in _people(people, limit=100).people:
            people.delete_person(person)
        for number, name in enumerate(names):
            people.save_person(a_person(name, recipient_id=f"c-{number}", addresses=()))

        def page(after: Position | None) -> tuple[list[str], Position | None]:
            found = _people(people, limit=limit, descending=descending, after=after)
            return [person.recipient_id for person in found.people], found.next

        expected = sorted(
            (a_person(name, recipient_id=f"c-{number}") for number, name in enumerate(names)),
            key=lambda person: person.position,
            reverse=descending,
        )
        assert _all_pages(page) == [person.recipient_id for person in expected]

    @pytest.mark.parametrize("after", [("", ""), ("zz", "c"), ("\U0010ffff\U0010ffff", "x")])
    def test_a_page_may_begin_anywhere(self, people: PeopleRepository, after: Position) -> None:
        people.save_person(a_person())

        for descending in (False, True):
            for name in ("", "carlos"):
                found = _people(people, name=name, after=after, descending=descending).people
                is_after = (a_person().position > after) is not descending
                assert bool(found) is is_after


class VehicleRepositoryContract:
    """Inherit and give a fixture `vehicles` that is empty."""

    def test_a_vehicle_comes_back_as_it_was_stored(self, vehicles: VehicleRepository) -> None:
        vehicle = a_vehicle(make="Haval", year=2024, mileage=15000, mileage_on=date(2026, 3, 1))
        assert vehicles.save_vehicle(vehicle)

        assert vehicles.vehicle("andinos", "v-1") == following(vehicle)
        assert vehicles.vehicle("costa", "v-1") is None

    def test_only_the_version_that_was_read_is_changed(self, vehicles: VehicleRepository) -> None:
        vehicles.save_vehicle(a_vehicle())

        assert vehicles.save_vehicle(a_vehicle(plate="NEW-1", version=1))
        assert not vehicles.save_vehicle(a_vehicle(plate="OLD-1", version=1))
        assert not vehicles.save_vehicle(a_vehicle())
        assert not vehicles.delete_vehicle(a_vehicle(version=1))
        assert vehicles.delete_vehicle(a_vehicle(version=2))
        assert not vehicles.delete_vehicle(a_vehicle(version=2))
        assert vehicles.vehicle("andinos", "v-1") is None

    def test_vehicles_are_found_by_the_beginning_of_their_plate_however_it_is_written(
        self, vehicles: VehicleRepository
    ) -> None:
        for number, plate in enumerate(("GYE-1234", "gye 1299", "PBA-1")):
            vehicles.save_vehicle(a_vehicle(f"v-{number}", plate=plate))

        assert _ids(_vehicles(vehicles, plate="Gye12")) == ["v-0", "v-1"]
        assert _ids(_vehicles(vehicles, plate="GYE 12", descending=True)) == ["v-1", "v-0"]
        assert _ids(_vehicles(vehicles)) == ["v-0", "v-1", "v-2"]

    def test_a_customers_vehicles_are_theirs_alone_also_after_a_sale(
        self, vehicles: VehicleRepository
    ) -> None:
        vehicles.save_vehicle(a_vehicle())
        vehicles.save_vehicle(a_vehicle("v-2", customer_id="c-2"))
        vehicles.save_vehicle(a_vehicle("v-3", tenant_id="costa"))
        assert _ids(_vehicles(vehicles, customer_id="customer-001")) == ["v-1"]

        vehicles.save_vehicle(a_vehicle(customer_id="c-2", version=1))
        assert _ids(_vehicles(vehicles, customer_id="customer-001")) == []
        assert [v.vehicle_id for v in vehicles.vehicles_of("andinos", "c-2")] == ["v-1", "v-2"]

    def test_all_of_a_customers_vehicles_are_more_than_a_page(
        self, vehicles: VehicleRepository
    ) -> None:
        for number in range(103):
            vehicles.save_vehicle(a_vehicle(f"v-{number:03d}"))

        assert len(vehicles.vehicles_of("andinos", "customer-001")) == 103
        first = _vehicles(vehicles, limit=100)
        assert len(first.vehicles) == 100
        assert len(_vehicles(vehicles, after=first.next).vehicles) == 3


class ReminderRepositoryContract:
    """Inherit and give a fixture `reminders` that is empty."""

    def test_a_reminder_comes_back_as_it_was_stored(self, reminders: ReminderRepository) -> None:
        reminder = a_reminder(vehicle_id="v-1", due_mileage=20000, description="Aceite")
        assert reminders.save_reminder(reminder)

        assert reminders.reminder("andinos", "r-1") == following(reminder)
        assert reminders.reminder("costa", "r-1") is None

    def test_only_the_version_that_was_read_is_changed(self, reminders: ReminderRepository) -> None:
        reminders.save_reminder(a_reminder())

        assert reminders.save_reminder(a_reminder(description="x", version=1))
        assert not reminders.save_reminder(a_reminder(description="y", version=1))
        assert not reminders.delete_reminder(a_reminder(version=1))
        assert reminders.delete_reminder(a_reminder(version=2))
        assert not reminders.delete_reminder(a_reminder(version=2))

    def test_reminders_are_listed_by_day_those_without_one_last(
        self, reminders: ReminderRepository
    ) -> None:
        for day in (20, 3, 10):
            reminders.save_reminder(a_reminder(f"r-{day}", due_on=date(2026, 4, day)))
        reminders.save_reminder(a_reminder("r-km", due_on=None, due_mileage=20000))

        assert _due(reminders) == ["r-3", "r-10", "r-20", "r-km"]
        assert _due(reminders, descending=True) == ["r-km", "r-20", "r-10", "r-3"]
        assert _due(reminders, due_from=date(2026, 4, 10)) == ["r-10", "r-20"]
        assert _due(reminders, due_before=date(2026, 4, 10)) == ["r-3"]
        within = {"due_from": date(2026, 4, 3), "due_before": date(2026, 4, 20)}
        assert _due(reminders, **within) == ["r-3", "r-10"]
        assert _due(reminders, due_from=date(2026, 5, 1), due_before=date(2026, 4, 1)) == []

    def test_a_customers_reminders_are_theirs_alone(self, reminders: ReminderRepository) -> None:
        reminders.save_reminder(a_reminder())
        reminders.save_reminder(a_reminder("r-2", customer_id="c-2"))

        assert _due(reminders, customer_id="c-2") == ["r-2"]
        mine = reminders.reminders_of("andinos", "customer-001")
        assert [reminder.reminder_id for reminder in mine] == ["r-1"]

    def test_those_whose_day_has_come_are_found_the_longest_waiting_first(
        self, reminders: ReminderRepository
    ) -> None:
        for number, day in {"a": 3, "b": 1, "c": 2, "d": 1}.items():
            reminders.save_reminder(a_reminder(f"r-{number}", look_on=date(2026, 4, day)))
        reminders.save_reminder(a_reminder("r-done"))
        reminders.save_reminder(a_reminder("x", tenant_id="costa", look_on=date(2026, 4, 1)))

        assert list(reminders.to_look_at("andinos", date(2026, 4, 2))) == ["r-b", "r-d", "r-c"]
        assert list(reminders.to_look_at("andinos", date(2026, 3, 31))) == []

    def test_one_that_is_looked_at_later_or_no_more_is_not_found(
        self, reminders: ReminderRepository
    ) -> None:
        today = date(2026, 4, 1)
        for number in range(3):
            reminders.save_reminder(a_reminder(f"r-{number}", look_on=today))
        over = {"status": ReminderStatus.COMPLETED, "version": 1}

        reminders.save_reminder(a_reminder("r-0", look_on=date(2026, 4, 8), version=1))
        reminders.save_reminder(a_reminder("r-1", look_on=None, version=1))
        reminders.save_reminder(a_reminder("r-2", look_on=today, **over))

        assert list(reminders.to_look_at("andinos", today)) == []
        assert list(reminders.to_look_at("andinos", date(2026, 4, 8))) == ["r-0"]

    def test_all_that_wait_are_found_while_they_are_looked_at(
        self, reminders: ReminderRepository
    ) -> None:
        for number in range(30):
            reminders.save_reminder(a_reminder(f"r-{number:02d}", look_on=date(2026, 4, 1)))

        found = []
        for reminder_id in reminders.to_look_at("andinos", date(2026, 4, 1)):
            reminders.save_reminder(a_reminder(reminder_id, look_on=date(2026, 4, 8), version=1))
            found.append(reminder_id)

        assert found == [f"r-{number:02d}" for number in range(30)]

    def test_a_completed_reminder_and_the_next_are_stored_both_or_neither(
        self, reminders: ReminderRepository
    ) -> None:
        reminders.save_reminder(a_reminder())
        reminders.save_reminder(a_reminder("r-taken"))
        done = a_reminder(status=ReminderStatus.COMPLETED, version=1)

        assert not reminders.save_completed(done, a_reminder("r-taken"))
        assert not reminders.save_completed(following(done), a_reminder("r-2"))
        assert reminders.reminder("andinos", "r-1") == a_reminder(version=1)
        assert reminders.reminder("andinos", "r-2") is None

        assert reminders.save_completed(done, a_reminder("r-2"))
        assert reminders.reminder("andinos", "r-1") == following(done)
        assert reminders.reminder("andinos", "r-2") == a_reminder("r-2", version=1)


def _vehicles(repository: VehicleRepository, **query: object) -> VehiclesPage:
    wanted = {"customer_id": None, "plate": "", "descending": False, "after": None, "limit": 50}
    return repository.vehicles("andinos", **{**wanted, **query})  # type: ignore[arg-type]


def _ids(page: VehiclesPage) -> list[str]:
    return [vehicle.vehicle_id for vehicle in page.vehicles]


def _due(repository: ReminderRepository, **query: object) -> list[str]:
    def page(after: Position | None) -> tuple[list[str], Position | None]:
        wanted = {"customer_id": None, "due_from": None, "due_before": None, "descending": False}
        found: RemindersPage = repository.reminders(
            "andinos",
            **{**wanted, **query},  # type: ignore[arg-type]
            after=after,
            limit=2,
        )
        return [reminder.reminder_id for reminder in found.reminders], found.next

    return _all_pages(page)
