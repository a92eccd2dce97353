"""What every implementation of `ports.ReachReader` must do."""

from __future__ import annotations

from recado.domain.channels import Channel, Provider
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Suppression, SuppressionReason
from recado.domain.updates import Identity, IdentityKind
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.reach import ReachReader
from tests.fakes.clock import NOON

PHONE = Identity(kind=IdentityKind.PHONE, value="+525512345678")
PHONE_AS_WHATSAPP_WRITES_IT = Identity(kind=IdentityKind.PHONE, value="+5215512345678")
WHATSAPP = Address(channel=Channel.WHATSAPP, value=PHONE.value)
MAIL = Address(channel=Channel.EMAIL, value="ana@example.com")


def said(account_id: str) -> Conversation:
    """What Ana said to an account."""
    return Conversation(
        tenant_id="andinos",
        conversation_id=f"cnv_{account_id}",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        identities=(PHONE,),
        started_at=NOON,
        last_inbound_at=NOON,
    )


class ReachContract:
    """Inherit and give fixtures `directory` and `conversations` that are empty, and `reader`, which
    sees what they store."""

    def test_suppressed_are_those_of_the_addresses_that_are(
        self, reader: ReachReader, directory: DirectoryRepository
    ) -> None:
        directory.suppress(
            Suppression(
                tenant_id="andinos",
                channel=MAIL.channel,
                address=MAIL.value,
                reason=SuppressionReason.OPT_OUT,
                evidence="BAJA",
                created_at=NOON,
            )
        )

        reach = reader.reach("andinos", [MAIL, WHATSAPP], [])

        assert set(reach.suppressed) == {(Channel.EMAIL, MAIL.value)}
        assert reader.reach("costa", [MAIL], []).suppressed == set()

    def test_each_account_has_its_own_conversation_with_a_person(
        self, reader: ReachReader, conversations: ConversationRepository
    ) -> None:
        for account_id in ("meta", "twilio"):
            conversations.save(said(account_id), names=[PHONE])

        names = [("meta", PHONE), ("twilio", PHONE), ("evolution", PHONE)]
        found = reader.reach("andinos", [], names).conversations

        assert {name: each.conversation_id for name, each in found.items()} == {
            ("meta", PHONE): "cnv_meta",
            ("twilio", PHONE): "cnv_twilio",
        }
        assert found["meta", PHONE] == said("meta").model_copy(update={"version": 1})

    def test_two_spellings_of_a_number_lead_to_one_conversation(
        self, reader: ReachReader, conversations: ConversationRepository
    ) -> None:
        conversations.save(said("meta"), names=[PHONE])

        names = [("meta", PHONE), ("meta", PHONE_AS_WHATSAPP_WRITES_IT)]
        found = reader.reach("andinos", [], names).conversations

        assert {name[1].value for name in found} == {name[1].value for name in names}

    def test_nothing_is_known_of_whoever_never_wrote(self, reader: ReachReader) -> None:
        reach = reader.reach("andinos", [WHATSAPP, MAIL], [("meta", PHONE)])

        assert (set(reach.suppressed), dict(reach.conversations)) == (set(), {})

    def test_more_names_are_looked_at_than_one_read_takes(
        self, reader: ReachReader, conversations: ConversationRepository
    ) -> None:
        conversations.save(said("account-149"), names=[PHONE])

        names = [(f"account-{number}", PHONE) for number in range(150)]

        assert set(reader.reach("andinos", [MAIL], names).conversations) == {names[149]}
