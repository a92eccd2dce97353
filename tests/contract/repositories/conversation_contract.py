"""What every implementation of `ports.ConversationRepository` must do."""

from __future__ import annotations

from recado.domain.channels import Provider
from recado.domain.conversations import Conversation
from recado.domain.updates import Identity, IdentityKind
from recado.ports.conversations import ConversationRepository
from tests.fakes.clock import NOON

PHONE = Identity(kind=IdentityKind.PHONE, value="+525512345678")
PHONE_AS_WHATSAPP_WRITES_IT = Identity(kind=IdentityKind.PHONE, value="+5215512345678")
USER = Identity(kind=IdentityKind.META_USER, value="MX.1349")
OTHER_USER = Identity(kind=IdentityKind.META_USER, value="MX.2468")


def a_conversation(name: Identity = PHONE, *, tenant_id: str = "andinos") -> Conversation:
    return Conversation(
        tenant_id=tenant_id,
        conversation_id=f"cnv_{name.value}",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        identities=(name,),
        started_at=NOON,
        last_inbound_at=NOON,
    )


class ConversationRepositoryContract:
    """Inherit and give a fixture `repository` that is empty."""

    def test_a_conversation_is_found_under_each_name(
        self, repository: ConversationRepository
    ) -> None:
        conversation = a_conversation()

        assert repository.save(conversation, names=[PHONE, USER])

        stored = conversation.model_copy(update={"version": 1})
        assert repository.find("andinos", "wa", [USER]) == [stored]
        assert repository.find("andinos", "wa", [OTHER_USER, PHONE]) == [stored]
        assert repository.get("andinos", conversation.conversation_id) == stored

    def test_a_phone_is_found_in_each_of_its_spellings(
        self, repository: ConversationRepository
    ) -> None:
        repository.save(a_conversation(), names=[PHONE])

        assert len(repository.find("andinos", "wa", [PHONE_AS_WHATSAPP_WRITES_IT])) == 1

    def test_nobody_is_found_by_a_name_that_leads_nowhere(
        self, repository: ConversationRepository
    ) -> None:
        assert repository.find("andinos", "wa", [PHONE]) == []
        assert repository.get("andinos", "cnv_x") is None

    def test_invariant_10_neither_tenants_nor_accounts_share_names(
        self, repository: ConversationRepository
    ) -> None:
        repository.save(a_conversation(), names=[PHONE])

        assert repository.find("costa", "wa", [PHONE]) == []
        assert repository.find("andinos", "other", [PHONE]) == []
        assert repository.get("costa", a_conversation().conversation_id) is None

    def test_where_names_lead_to_different_ones_that_of_the_first_comes_first(
        self, repository: ConversationRepository
    ) -> None:
        repository.save(a_conversation(PHONE), names=[PHONE])
        repository.save(a_conversation(USER), names=[USER])

        found = repository.find("andinos", "wa", [USER, PHONE])

        expected = [a_conversation(name).conversation_id for name in (USER, PHONE)]
        assert [each.conversation_id for each in found] == expected

    def test_only_one_of_two_changes_of_a_version_is_stored(
        self, repository: ConversationRepository
    ) -> None:
        repository.save(a_conversation(), names=[PHONE])
        [stored] = repository.find("andinos", "wa", [PHONE])

        first = repository.save(stored.model_copy(update={"name": "Ana"}), names=[])
        second = repository.save(stored.model_copy(update={"name": "Eva"}), names=[])

        assert (first, second) == (True, False)
        [kept] = repository.find("andinos", "wa", [PHONE])
        assert (kept.name, kept.version) == ("Ana", 2)

    def test_a_conversation_that_is_there_is_not_begun_again(
        self, repository: ConversationRepository
    ) -> None:
        assert repository.save(a_conversation(), names=[PHONE])
        assert not repository.save(a_conversation(), names=[PHONE])

    def test_a_forgotten_name_leads_nowhere(self, repository: ConversationRepository) -> None:
        repository.save(a_conversation(), names=[PHONE, USER])

        for _ in range(2):
            repository.forget("andinos", "wa", USER)

        assert repository.find("andinos", "wa", [USER]) == []
        assert len(repository.find("andinos", "wa", [PHONE])) == 1

    def test_of_two_that_begin_with_one_person_only_the_first_is_stored(
        self, repository: ConversationRepository
    ) -> None:
        other = a_conversation().model_copy(update={"conversation_id": "cnv_other"})

        assert repository.save(a_conversation(), names=[PHONE])
        assert not repository.save(other, names=[PHONE_AS_WHATSAPP_WRITES_IT])

        [kept] = repository.find("andinos", "wa", [PHONE])
        assert kept.conversation_id == a_conversation().conversation_id

    def test_two_spellings_of_one_number_are_one_name(
        self, repository: ConversationRepository
    ) -> None:
        both = [USER, PHONE, PHONE_AS_WHATSAPP_WRITES_IT]

        assert repository.save(a_conversation(), names=both)

        assert len(repository.find("andinos", "wa", both)) == 1
