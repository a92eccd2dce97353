"""Send one message that a client worded or chose itself, and try failed ones again."""

from __future__ import annotations

from datetime import datetime, timedelta

from recado.domain.access import reaches
from recado.domain.channels import WINDOWED, Channel, ChannelAccount, Provider
from recado.domain.communications import MOST_RETRIES, STATUS_OF, CommunicationStatus
from recado.domain.communications import SendCommunication as Request
from recado.domain.conversations import Conversation, new_conversation_id
from recado.domain.delivery import Change
from recado.domain.directory import Address, Recipient
from recado.domain.erasure import is_erased
from recado.domain.errors import (
    ChangedMeanwhileError,
    NoOpenWindowError,
    NotFailedError,
    NotFoundError,
    RetryLimitError,
    UnprocessableError,
)
from recado.domain.identities import identity_of
from recado.domain.messages import ApprovedTemplateMessage, WhatsAppMessage
from recado.domain.notification import (
    ChannelDecision,
    CommunicationDetails,
    HistoryEntry,
    Mode,
    Notification,
    RouteStep,
    State,
    new_notification_id,
)
from recado.domain.orchestration import Target
from recado.domain.phone import to_e164
from recado.domain.routing import best_account
from recado.domain.templates import one_line
from recado.domain.tenants import Tenant
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues
from recado.services.accept_once import AcceptOnce

EVENT_TYPE = "COMMUNICATION"


class SendCommunication:
    """Accepts communications. A returned one is stored: nothing can lose it any more."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        conversations: ConversationRepository,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._accept = AcceptOnce(notifications=notifications, queues=queues)
        self._directory = directory
        self._configuration = configuration
        self._conversations = conversations
        self._queues = queues
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        mode: Mode,
        request: Request,
        *,
        division: str | None = None,
        idempotency_key: str | None = None,
        correlation_id: str | None = None,
    ) -> Notification:
        """Store and queue a message.

        The candidate need not be in the directory; when they are, the message belongs to their
        division. With a `division` it comes from that part of the tenant, which writes to its own
        people alone, at a number that is known to be theirs: what a person answers is told to
        whom it was that we wrote.

        Raises
        ------
        NotFoundError
            No such tenant.
        UnprocessableError
            No account serves WhatsApp, the number is none, nobody of the division is known by
            that id and number, or NoOpenWindowError: the text cannot go now and no approved
            template is named. Names the field.
        IdempotencyKeyReusedError
            In the last 24 hours the key made a message for another request.
        """
        tenant = self._tenant(tenant_id)
        account = self._account(tenant_id, request)
        _refuse_what_it_cannot_send(account, request)
        address = Address(channel=Channel.WHATSAPP, value=to_e164(request.phone))
        recipient = self._directory.recipient(tenant_id, request.candidate_id)
        if division is not None:
            _refuse_others(recipient, address, division)
        now = self._clock.now()
        conversation = self._conversation(tenant_id, account.account_id, address)
        until = conversation.free_text_until(now) if conversation else None
        if account.provider in WINDOWED and until is None and request.template_name is None:
            raise NoOpenWindowError(
                "the person did not write in the last 24 hours: name an approved template",
                field="template_name",
            )
        if mode is Mode.LIVE:
            self._remember(conversation, account, address, request.candidate_id, now)
        return self._accept(
            self._planned(tenant, account, address, mode, request, until, now).model_copy(
                update={
                    "division": recipient.division if recipient else None,
                    "correlation_id": correlation_id,
                }
            ),
            idempotency_key=idempotency_key,
        )

    def retry(
        self, tenant_id: str, mode: Mode, notification_id: str, *, division: str | None = None
    ) -> Notification:
        """Try a failed message again, from its first channel on; three times at most.

        Whether free text may go is looked up anew.

        Raises
        ------
        NotFoundError
            No such message, or one of the other mode or of another division than `division`.
        NotFailedError, RetryLimitError
            It has not failed, or was tried again too often.
        ChangedMeanwhileError
            Something happened to it just now.
        """
        tenant = self._tenant(tenant_id)
        notification = self._notifications.get(tenant_id, notification_id)
        if (
            notification is None
            or notification.mode is not mode
            or not reaches(division, notification.division)
        ):
            raise NotFoundError("no such communication", field="communication_id")
        if STATUS_OF[notification.state] is not CommunicationStatus.FAILED:
            raise NotFailedError(
                "only a failed message is tried again; it is {state}", state=notification.state
            )
        if is_erased(notification):
            raise NotFailedError("the person whom it was for was erased")
        if not notification.route:
            raise NotFailedError("no channel could carry it; send a new one instead")
        if notification.retries >= MOST_RETRIES:
            raise RetryLimitError("it was tried again {times} times already", times=MOST_RETRIES)
        now = self._clock.now()
        deadline = now + timedelta(hours=tenant.max_age_hours)
        again = notification.tried_again(
            now,
            route=tuple(self._as_of_now(tenant_id, step, now) for step in notification.route),
            deadline=deadline,
            expires_at=deadline + timedelta(days=tenant.retention_days),
        )
        entry = HistoryEntry(at=now, kind="tried_again", detail=f"{again.retries}/{MOST_RETRIES}")
        saved = self._notifications.save([Change(notification=again, history=entry)])
        stored = saved.stored.get(notification_id)
        if stored is None:
            raise ChangedMeanwhileError("it changed meanwhile; look at it again")
        self._queues.enqueue([stored])
        return stored

    def _as_of_now(self, tenant_id: str, step: RouteStep, now: datetime) -> RouteStep:
        if step.provider not in WINDOWED:
            return step
        known = self._conversation(tenant_id, step.account_id, step.address)
        until = known.free_text_until(now) if known else None
        return step.model_copy(update={"free_text_until": until})

    def _conversation(
        self, tenant_id: str, account_id: str, address: Address
    ) -> Conversation | None:
        name = identity_of(address)
        if name is None:
            return None
        known = self._conversations.find(tenant_id, account_id, [name])
        return known[0] if known else None

    def _tenant(self, tenant_id: str) -> Tenant:
        tenant = self._configuration.tenant(tenant_id)
        if tenant is None:
            raise NotFoundError("unknown tenant '{tenant}'", field="tenant_id", tenant=tenant_id)
        return tenant

    def _account(self, tenant_id: str, request: Request) -> ChannelAccount:
        accounts = self._configuration.accounts(tenant_id)
        if request.account_id is not None:
            accounts = [a for a in accounts if a.account_id == request.account_id]
        account = best_account(accounts, Channel.WHATSAPP)
        if account is None:
            field = "account_id" if request.account_id else "phone"
            raise UnprocessableError("no enabled account serves WhatsApp", field=field)
        return account

    def _planned(
        self,
        tenant: Tenant,
        account: ChannelAccount,
        address: Address,
        mode: Mode,
        request: Request,
        until: datetime | None,
        now: datetime,
    ) -> Notification:
        step = RouteStep(
            channel=Channel.WHATSAPP,
            provider=account.provider,
            account_id=account.account_id,
            address=address,
            message=_message(request, tenant),
            free_text_until=until if request.has_free_content else None,
            has_approved_template=request.template_name is not None,
        )
        deadline = now + timedelta(hours=tenant.max_age_hours)
        form = "free text: the window is open" if step.free_text_until else "as asked"
        notification = Notification(
            notification_id=new_notification_id(),
            tenant_id=tenant.tenant_id,
            mode=mode,
            event_type=EVENT_TYPE,
            target=Target.CLIENTS,
            recipient_id=request.candidate_id,
            locale=tenant.locale,
            route=(step,),
            decisions=(
                ChannelDecision(
                    channel=Channel.WHATSAPP, chosen=True, reason="asked_for", detail=form
                ),
            ),
            created_at=now,
            updated_at=now,
            deadline=deadline,
            expires_at=deadline + timedelta(days=tenant.retention_days),
            communication=CommunicationDetails(
                application_id=request.application_id,
                message_type=request.message_type,
                metadata=request.metadata,
            ),
        )
        if self._directory.suppressed(tenant.tenant_id, [address]):
            return notification.ended(now, State.SUPPRESSED, reason="suppressed")
        return notification.queued(now)

    def _remember(
        self,
        conversation: Conversation | None,
        account: ChannelAccount,
        address: Address,
        candidate_id: str,
        now: datetime,
    ) -> None:
        """Let an answer find the candidate, who need not be in the directory."""
        name = identity_of(address)
        if name is None or (conversation and conversation.recipient_id == candidate_id):
            return
        known = conversation or Conversation(
            tenant_id=account.tenant_id,
            conversation_id=new_conversation_id(),
            account_id=account.account_id,
            provider=account.provider,
            identities=(name,),
            started_at=now,
        )
        # Where another change wins, the person wrote just now: their message made it.
        self._conversations.save(
            known.model_copy(update={"recipient_id": candidate_id}), names=[name]
        )


def _refuse_others(recipient: Recipient | None, address: Address, division: str) -> None:
    if recipient is None or not reaches(division, recipient.division):
        raise UnprocessableError("unknown recipient", field="candidate_id")
    if not recipient.is_reached_at(address):
        raise UnprocessableError("not a number of this recipient", field="phone")


def _refuse_what_it_cannot_send(account: ChannelAccount, request: Request) -> None:
    """Providers differ in how they know a template, and some know none."""
    if account.provider is Provider.EVOLUTION and not request.has_free_content:
        raise UnprocessableError("this account knows no templates: give the text", field="text")
    is_twilio = account.provider is Provider.TWILIO_WHATSAPP
    if is_twilio and request.template_name is not None and request.content_sid is None:
        raise UnprocessableError("Twilio knows templates by content_sid", field="content_sid")


def _message(request: Request, tenant: Tenant) -> WhatsAppMessage:
    template = None
    if request.template_name is not None:
        template = ApprovedTemplateMessage(
            name=request.template_name,
            language=request.template_language or tenant.locale.replace("-", "_"),
            content_sid=request.content_sid,
            parameters=tuple(one_line(value) for value in request.template_variables),
        )
    return WhatsAppMessage(
        text=request.text or "",
        approved_template=template,
        free_text=template is None,
        buttons=request.buttons,
        menu=request.menu,
        form=request.form,
        asks_for_location=request.asks_for_location,
        attachment=request.attachment,
        reaction=request.reaction,
        reply_to=request.reply_to,
    )
