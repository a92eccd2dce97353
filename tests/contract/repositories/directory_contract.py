"""What every implementation of `ports.DirectoryRepository` must do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.channels import Channel
from recado.domain.directory import Address, PushKeys, Recipient, Suppression, SuppressionReason
from recado.ports.directory import DirectoryRepository
from tests.fakes.clock import NOON

EMAIL = Address(channel=Channel.EMAIL, value="carlos@example.com")
PHONE = Address(channel=Channel.WHATSAPP, value="+593991234567")
BROWSER, OTHER_BROWSER = (
    Address(
        channel=Channel.PUSH,
        value=f"https://push.example.com/{name}",
        push_keys=PushKeys(p256dh="p", auth="a"),
    )
    for name in ("one", "two")
)


def a_recipient(tenant_id: str = "andinos", *, name: str = "Carlos Mendoza") -> Recipient:
    return Recipient(
        tenant_id=tenant_id,
        recipient_id="customer-001",
        name=name,
        addresses=(PHONE, EMAIL, BROWSER, OTHER_BROWSER),
    )


def suppression_of(address: Address, tenant_id: str = "andinos") -> Suppression:
    return Suppression(
        tenant_id=tenant_id,
        channel=address.channel,
        address=address.value,
        reason=SuppressionReason.OPT_OUT,
        evidence="BAJA",
        created_at=NOON,
    )


class DirectoryRepositoryContract:
    """Inherit and give a fixture `repository` that is empty."""

    def test_a_recipient_comes_back_with_all_addresses(
        self, repository: DirectoryRepository
    ) -> None:
        repository.put_recipient(a_recipient())

        found = repository.recipient("andinos", "customer-001")

        assert found is not None
        assert found.addresses[:2] == (PHONE, EMAIL)
        assert set(found.addresses_on(Channel.PUSH)) == {BROWSER, OTHER_BROWSER}

    def test_a_recipient_is_not_reached_where_they_were_before(
        self, repository: DirectoryRepository
    ) -> None:
        repository.put_recipient(a_recipient())

        repository.put_recipient(a_recipient().model_copy(update={"addresses": (EMAIL,)}))

        assert repository.reached_at("andinos", PHONE, limit=5) == []
        [found] = repository.reached_at("andinos", EMAIL, limit=5)
        assert found.recipient_id == "customer-001"

    def test_nobody_is_found_under_an_unknown_id(self, repository: DirectoryRepository) -> None:
        assert repository.recipient("andinos", "nobody") is None

    def test_invariant_10_tenants_do_not_share_people(
        self, repository: DirectoryRepository
    ) -> None:
        repository.put_recipient(a_recipient())
        repository.put_recipient(a_recipient("costa", name="Carla"))

        found = repository.recipient("andinos", "customer-001")

        assert found is not None
        assert found.name == "Carlos Mendoza"

    def test_a_push_subscription_can_be_forgotten(self, repository: DirectoryRepository) -> None:
        repository.put_recipient(a_recipient())

        for _ in range(2):
            repository.remove_address("andinos", "customer-001", BROWSER)

        found = repository.recipient("andinos", "customer-001")
        assert found is not None
        assert set(found.addresses) == {PHONE, EMAIL, OTHER_BROWSER}

    def test_only_a_suppressed_address_is_suppressed(self, repository: DirectoryRepository) -> None:
        repository.suppress(suppression_of(EMAIL))

        assert repository.suppressed("andinos", [PHONE, EMAIL]) == {
            (Channel.EMAIL, "carlos@example.com")
        }
        assert repository.suppressed("andinos", []) == set()

    @pytest.mark.parametrize(
        ("channel", "opted_out", "written"),
        [
            (Channel.EMAIL, "carlos@example.com", "Carlos@Example.com"),
            (Channel.EMAIL, "CARLOS@example.com", "carlos@example.com"),
            (Channel.WHATSAPP, "+593991234567", "593991234567"),
            (Channel.SMS, "+593 99 123 4567", "+593991234567"),
        ],
    )
    def test_invariant_6_an_opt_out_counts_however_the_address_is_written(
        self, repository: DirectoryRepository, channel: Channel, opted_out: str, written: str
    ) -> None:
        repository.suppress(suppression_of(Address(channel=channel, value=opted_out)))

        found = repository.suppressed("andinos", [Address(channel=channel, value=written)])

        assert found == {(channel, written)}

    def test_invariant_6_two_spellings_that_are_asked_for_at_once_are_both_suppressed(
        self, repository: DirectoryRepository
    ) -> None:
        repository.suppress(suppression_of(EMAIL))
        spellings = ("carlos@example.com", "Carlos@example.com")

        found = repository.suppressed(
            "andinos", [Address(channel=Channel.EMAIL, value=spelling) for spelling in spellings]
        )

        assert found == {(Channel.EMAIL, spelling) for spelling in spellings}

    def test_a_suppression_holds_for_its_channel_and_tenant_alone(
        self, repository: DirectoryRepository
    ) -> None:
        repository.suppress(suppression_of(PHONE))
        repository.suppress(suppression_of(EMAIL, "costa"))
        by_sms = Address(channel=Channel.SMS, value=PHONE.value)

        assert repository.suppressed("andinos", [by_sms, EMAIL]) == set()

    def test_a_suppression_is_lifted_for_the_named_reasons_only(
        self, repository: DirectoryRepository
    ) -> None:
        repository.suppress(suppression_of(PHONE))

        def lift(*reasons: SuppressionReason) -> bool:
            return repository.lift("andinos", PHONE, reasons=reasons, evidence="ALTA", at=NOON)

        assert not lift(SuppressionReason.COMPLAINT)
        assert repository.suppressed("andinos", [PHONE])
        assert lift(SuppressionReason.OPT_OUT, SuppressionReason.BLOCKED)
        assert repository.suppressed("andinos", [PHONE]) == set()
        assert not lift(SuppressionReason.OPT_OUT)

    def test_invariant_6_an_older_opt_in_does_not_undo_an_opt_out(
        self, repository: DirectoryRepository
    ) -> None:
        repository.suppress(suppression_of(PHONE))
        reasons = [SuppressionReason.OPT_OUT]

        def lift(before: timedelta) -> bool:
            at = NOON - before
            return repository.lift("andinos", PHONE, reasons=reasons, evidence="ALTA", at=at)

        assert not lift(timedelta(seconds=1))
        assert repository.suppressed("andinos", [PHONE])
        assert lift(timedelta())

    def test_invariant_6_an_opt_out_counts_from_when_it_was_last_repeated(
        self, repository: DirectoryRepository
    ) -> None:
        day = timedelta(days=1)
        first = suppression_of(PHONE)
        again = first.model_copy(update={"created_at": NOON + 2 * day, "evidence": "BAJA, dije"})
        late = first.model_copy(update={"created_at": NOON + day})
        reasons = [SuppressionReason.OPT_OUT]
        assert repository.suppress(first)
        assert not repository.suppress(again)
        assert not repository.suppress(late)

        known = repository.suppression("andinos", PHONE)
        assert known is not None
        assert (known.evidence, known.created_at) == ("BAJA", NOON)
        at = NOON + day
        assert not repository.lift("andinos", PHONE, reasons=reasons, evidence="ALTA", at=at)
        assert repository.lift("andinos", PHONE, reasons=reasons, evidence="ALTA", at=at + day)

    def test_who_opted_in_can_opt_out_again(self, repository: DirectoryRepository) -> None:
        assert repository.suppress(suppression_of(PHONE))
        reasons = [SuppressionReason.OPT_OUT]
        repository.lift("andinos", PHONE, reasons=reasons, evidence="ALTA", at=NOON)

        assert repository.suppress(suppression_of(PHONE))
        assert not repository.suppress(suppression_of(PHONE))

    def test_a_wish_takes_the_place_of_what_a_provider_found_out(
        self, repository: DirectoryRepository
    ) -> None:
        found_out = suppression_of(PHONE).model_copy(
            update={"reason": SuppressionReason.INVALID_ADDRESS}
        )
        assert repository.suppress(found_out)
        assert repository.suppress(suppression_of(PHONE))
        assert not repository.suppress(found_out)

        reasons = [SuppressionReason.INVALID_ADDRESS]
        assert not repository.lift("andinos", PHONE, reasons=reasons, evidence="", at=NOON)

    def test_people_are_found_by_their_addresses(self, repository: DirectoryRepository) -> None:
        repository.put_recipient(a_recipient())
        repository.put_recipient(a_recipient("costa", name="Carla"))
        written = Address(channel=Channel.EMAIL, value="Carlos@Example.com")

        for address in (PHONE, EMAIL, written):
            found = repository.reached_at("andinos", address, limit=9)
            assert [recipient.name for recipient in found] == ["Carlos Mendoza"]
            assert found[0].addresses == (PHONE, EMAIL)
        nobody = Address(channel=Channel.SMS, value=PHONE.value)
        assert repository.reached_at("andinos", nobody, limit=9) == []

    def test_who_has_exactly_that_spelling_comes_first(
        self, repository: DirectoryRepository
    ) -> None:
        for name, number in (("a", "+541123456789"), ("b", "+5491123456789")):
            address = Address(channel=Channel.WHATSAPP, value=number)
            changes = {"recipient_id": name, "addresses": (address,)}
            repository.put_recipient(a_recipient().model_copy(update=changes))

        for number, first in (("+541123456789", "a"), ("+5491123456789", "b")):
            found = repository.reached_at(
                "andinos", Address(channel=Channel.WHATSAPP, value=number), limit=9
            )
            assert [recipient.recipient_id for recipient in found][:1] == [first]
            assert len(found) == 2

    def test_nobody_is_found_by_an_address_that_they_have_no_longer(
        self, repository: DirectoryRepository
    ) -> None:
        repository.put_recipient(a_recipient())
        repository.put_recipient(a_recipient().model_copy(update={"addresses": (EMAIL,)}))

        assert repository.reached_at("andinos", PHONE, limit=9) == []
        assert len(repository.reached_at("andinos", EMAIL, limit=9)) == 1

    def test_of_many_who_share_an_address_some_are_given(
        self, repository: DirectoryRepository
    ) -> None:
        for number in range(5):
            changes = {"recipient_id": f"customer-{number}", "addresses": (PHONE,)}
            repository.put_recipient(a_recipient().model_copy(update=changes))

        assert len(repository.reached_at("andinos", PHONE, limit=3)) == 3

    def test_why_an_address_is_suppressed_is_known(self, repository: DirectoryRepository) -> None:
        repository.suppress(suppression_of(PHONE))

        assert repository.suppression("andinos", PHONE) == suppression_of(PHONE)
        assert repository.suppression("andinos", EMAIL) is None
        assert repository.suppression("costa", PHONE) is None

    def test_invariant_6_a_suppression_holds_for_every_spelling_of_a_number(
        self, repository: DirectoryRepository
    ) -> None:
        written = Address(channel=Channel.WHATSAPP, value="+5491123456789")
        repository.suppress(suppression_of(written))
        spelled = Address(channel=Channel.WHATSAPP, value="+541123456789")

        assert repository.suppressed("andinos", [spelled])
        reasons = [SuppressionReason.OPT_OUT]
        assert repository.lift("andinos", spelled, reasons=reasons, evidence="", at=NOON)
        assert repository.suppressed("andinos", [written]) == set()

    def test_a_person_may_have_one_number_in_two_spellings(
        self, repository: DirectoryRepository
    ) -> None:
        numbers = ("+541123456789", "+5491123456789")
        both = tuple(Address(channel=Channel.WHATSAPP, value=number) for number in numbers)
        repository.put_recipient(a_recipient().model_copy(update={"addresses": both}))

        assert len(repository.reached_at("andinos", both[0], limit=9)) == 1
