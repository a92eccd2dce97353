"""The accounts that exist at the simulated providers, read from a JSON file."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class AccountsError(Exception):
    """The accounts file cannot be used; the text says why in one sentence."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MetaTemplate(_Section):
    """A WhatsApp template: `body` with {{1}}, {{2}}… is what the page shows, if it is known."""

    name: str
    language: str
    category: str = "UTILITY"
    status: str = "APPROVED"
    header_parameters: int = 0
    body_parameters: int = 0
    body: str | None = None


class MetaAccount(_Section):
    """A WhatsApp Business account with one number.

    `app_secret` signs what Meta sends to `webhook_url`, and `verify_token` is what it shows there
    first.
    """

    phone_number_id: str
    business_account_id: str
    access_token: str
    app_secret: str
    verify_token: str = ""
    webhook_url: str | None = None
    display_phone_number: str = "+1 555 010 0100"
    verified_name: str = "Recado"
    templates: tuple[MetaTemplate, ...] = ()


class TwilioContent(_Section):
    """A Content template: the keys that ContentVariables must have, and its text if known."""

    sid: str
    variables: tuple[str, ...] = ()
    name: str | None = None
    body: str | None = None


class TwilioAccount(_Section):
    """A Twilio account with one SMS number and one WhatsApp sender (`whatsapp:+…`)."""

    account_sid: str
    auth_token: str
    sms_from: str
    whatsapp_from: str
    webhook_url: str | None = None
    """Where incoming messages go, exactly as the account's console has it: it is signed."""
    contents: tuple[TwilioContent, ...] = ()


class EvolutionAccount(_Section):
    """An Evolution API server with one connected instance."""

    instance: str
    api_key: str
    version: str = "2.3.7"
    not_on_whatsapp: tuple[str, ...] = ()
    """Numbers in E.164 that have no WhatsApp."""
    webhook_url: str | None = None
    webhook_secret: str = ""
    """The value of the header that the webhook was set up with."""


class SesAccount(_Section):
    """An Amazon SES account: addresses or whole domains from which mail may be sent.

    `topic_arn` is the topic of Amazon SNS to which it publishes what becomes of a mail.
    """

    verified_senders: tuple[str, ...]
    access_key_id: str | None = None
    topic_arn: str | None = None


class SmtpAccount(_Section):
    """A login at the mail server."""

    username: str
    password: str


class WebPushAccount(_Section):
    """The VAPID public key (base64url, uncompressed point) that subscriptions are bound to."""

    vapid_public_key: str


class TelegramAccount(_Section):
    """A bot; `secret_token` is what Telegram shows to `webhook_url` with each update."""

    bot_token: str
    secret_token: str
    account: str
    webhook_url: str | None = None


class SlackAccount(_Section):
    """An app that is installed in one workspace."""

    bot_token: str
    signing_secret: str
    team_id: str
    app_id: str
    webhook_url: str | None = None


class MessengerAccount(_Section):
    """A Facebook page that writes through Messenger."""

    page_id: str
    access_token: str
    app_secret: str
    webhook_url: str | None = None


class InstagramAccount(_Section):
    """A professional Instagram account that writes direct messages."""

    instagram_id: str
    access_token: str
    app_secret: str
    webhook_url: str | None = None


class Accounts(_Section):
    """Every provider's account; a provider without one is not served."""

    meta: MetaAccount | None = None
    twilio: TwilioAccount | None = None
    evolution: EvolutionAccount | None = None
    ses: SesAccount | None = None
    smtp: SmtpAccount | None = None
    web_push: WebPushAccount | None = None
    telegram: TelegramAccount | None = None
    slack: SlackAccount | None = None
    messenger: MessengerAccount | None = None
    instagram: InstagramAccount | None = None

    @classmethod
    def load(cls, path: Path) -> "Accounts":
        """Read the file; raises AccountsError when it is missing, no JSON or lacks a field."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise AccountsError(
                f"Cannot read the accounts file {path}: {error.strerror}"
            ) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole file"
            raise AccountsError(f"Accounts file {path}: {where}: {first['msg']}") from error

    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown, not even in the log of requests."""
        return tuple(
            secret
            for account, names in (
                (self.meta, ("access_token", "app_secret", "verify_token")),
                (self.twilio, ("auth_token",)),
                (self.evolution, ("api_key", "webhook_secret")),
                (self.smtp, ("password",)),
                (self.telegram, ("bot_token", "secret_token")),
                (self.slack, ("bot_token", "signing_secret")),
                (self.messenger, ("access_token", "app_secret")),
                (self.instagram, ("access_token", "app_secret")),
            )
            for name in names
            if (secret := getattr(account, name, None))
        )
