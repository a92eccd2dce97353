"""Make the message of a notification, in the form in which it may go now."""

from __future__ import annotations

from datetime import datetime

from recado.domain.account_states import PASSING, withheld_as
from recado.domain.channels import WINDOWED, ChannelAccount
from recado.domain.errors import (
    MessageTooLongError,
    MissingVariablesError,
    PermanentMessageError,
    RetryableError,
    TemplateRefusedError,
    WindowClosedError,
)
from recado.domain.messages import Message, WhatsAppMessage
from recado.domain.notification import Notification
from recado.domain.templates import render, variables_of
from recado.domain.variables import fill
from recado.ports.configuration import ConfigurationRepository


class RenderMessage:
    """Renders the step that a notification is at."""

    def __init__(self, *, configuration: ConfigurationRepository) -> None:
        self._configuration = configuration

    def __call__(
        self, notification: Notification, account: ChannelAccount, now: datetime
    ) -> Message:
        """The message as the account sends it at a moment.

        Raises
        ------
        PermanentMessageError
            The template is gone, cannot be filled, or is sent no more by its provider.
        WindowClosedError
            Free text may not go, and no approved template stands for it.
        RetryableError
            The provider has paused the approved template.
        """
        step = notification.current_step
        message = step.message or self._from_template(notification)
        free_text = step.takes_free_text(now)
        # What was asked for without a window in view (a test message) goes as it is.
        as_asked = step.message is not None and step.free_text_until is None
        is_windowed = account.provider in WINDOWED
        if is_windowed and not (free_text or as_asked or step.has_approved_template):
            raise WindowClosedError("window_closed", "the person did not write lately enough")
        if isinstance(message, WhatsAppMessage) and is_windowed and not free_text:
            self._refuse_withheld(message, account)
        if isinstance(message, WhatsAppMessage) and step.has_approved_template:
            return message.model_copy(update={"free_text": free_text})
        return message

    def _refuse_withheld(self, message: WhatsAppMessage, account: ChannelAccount) -> None:
        """Let nothing go that the provider is known to refuse."""
        if message.approved_template is None:
            return
        reason = withheld_as(
            account,
            message.approved_template,
            accounts=self._configuration.accounts(account.tenant_id),
            states=self._configuration.template_states(account.tenant_id),
        )
        if reason == PASSING:
            raise RetryableError(reason, "the provider has paused the approved template")
        if reason is not None:
            raise PermanentMessageError(reason, "the provider sends the approved template no more")

    def _from_template(self, notification: Notification) -> Message:
        step = notification.current_step
        template = self._configuration.template_version(
            notification.tenant_id, step.template_id or "", step.template_version or 0
        )
        if template is None:
            raise PermanentMessageError("no_template", "the planned template was removed")
        values = fill(variables_of(template.content), notification.context)
        try:
            return render(template.content, values, locale=notification.locale)
        except MissingVariablesError as error:
            raise PermanentMessageError("missing_variables", ", ".join(error.names)) from None
        except (MessageTooLongError, TemplateRefusedError) as error:
            raise PermanentMessageError(error.code, str(error)) from None
