"""The accounts at the simulated providers: made up once a checkout, known to both sides.

The simulator learns what exists at each provider, the product gets the same as channel accounts.
"""

import base64
import json
import re
import secrets
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, Field

from local.aws import REGION
from local.places import API_URL, ENVIRONMENT, HOST, ROOT, SIMULATOR_URL, SMTP_PORT, STATE

TENANT = "talleres-andinos"
SIMULATOR_FILE = STATE / "accounts.json"
PRODUCT_FILE = STATE / "channel-accounts.json"

_CREDENTIALS_FILE = STATE / "credentials.json"
_SEED_TEMPLATES = ROOT / "seed" / "workshop" / "templates"
_MAIL_FROM = "avisos@talleres-andinos.example"
_SMS_FROM = "+15550100200"
_WHATSAPP_FROM = "+15550100300"
_EVOLUTION_INSTANCE = "talleres"
_EVOLUTION_ACCOUNT = "evolution"
_TWILIO_WEBHOOK = f"{API_URL}/webhook/twilio"
_SES_EVENTS_TOPIC = f"arn:aws:sns:{REGION}:000000000000:recado-{ENVIRONMENT}-ses-events"
_SMTP_USER = "talleres-andinos"
_TELEGRAM_ACCOUNT = "telegram"


_UNLIMITED = {"account": {"most": 10_000}, "recipient": {"most": 10_000}}
"""The simulator keeps no rate by itself, and whoever tries things out writes to one person."""


class ChannelAccount(BaseModel):
    """A channel account as `recado accounts put` takes it, with its credentials."""

    tenant_id: str = TENANT
    account_id: str
    provider: str
    priority: int
    settings: dict[str, str]
    limits: dict[str, dict[str, int]] = Field(default_factory=lambda: dict(_UNLIMITED))
    credentials: dict[str, str] | None = None


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Credentials(BaseModel):
    """What a tenant would have been given by its providers."""

    meta_phone_number_id: str = Field(default_factory=lambda: _digits(15))
    meta_business_account_id: str = Field(default_factory=lambda: _digits(15))
    meta_access_token: str = Field(default_factory=lambda: f"EAA{secrets.token_urlsafe(96)}")
    meta_app_id: str = Field(default_factory=lambda: _digits(15))
    meta_app_secret: str = Field(default_factory=lambda: secrets.token_hex(16))
    meta_verify_token: str = Field(default_factory=lambda: secrets.token_urlsafe(24))
    messenger_page_id: str = Field(default_factory=lambda: _digits(15))
    messenger_access_token: str = Field(default_factory=lambda: f"EAA{secrets.token_urlsafe(96)}")
    instagram_id: str = Field(default_factory=lambda: f"1784140{_digits(10)}")
    instagram_access_token: str = Field(default_factory=lambda: f"IGA{secrets.token_urlsafe(96)}")
    twilio_account_sid: str = Field(default_factory=lambda: f"AC{secrets.token_hex(16)}")
    twilio_auth_token: str = Field(default_factory=lambda: secrets.token_hex(16))
    telegram_bot_token: str = Field(
        default_factory=lambda: f"{_digits(10)}:AA{secrets.token_urlsafe(24)}"
    )
    telegram_secret_token: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    slack_bot_token: str = Field(default_factory=lambda: f"xoxb-{secrets.token_hex(24)}")
    slack_signing_secret: str = Field(default_factory=lambda: secrets.token_hex(16))
    slack_team_id: str = Field(default_factory=lambda: f"T{secrets.token_hex(5).upper()}")
    slack_app_id: str = Field(default_factory=lambda: f"A{secrets.token_hex(5).upper()}")
    evolution_api_key: str = Field(default_factory=lambda: secrets.token_hex(16).upper())
    evolution_webhook_secret: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    smtp_password: str = Field(default_factory=lambda: secrets.token_urlsafe(24))
    vapid_private_key: str = Field(default_factory=lambda: _base64url(secrets.token_bytes(32)))

    @property
    def vapid_public_key(self) -> str:
        """The public half, as an uncompressed point in base64url."""
        scalar = base64.urlsafe_b64decode(self.vapid_private_key + "=")
        key = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return _base64url(point)


def credentials() -> Credentials:
    """The checkout's credentials; made up the first time."""
    known = _CREDENTIALS_FILE.read_bytes() if _CREDENTIALS_FILE.exists() else b"{}"
    # Written again each time: a checkout from before may lack one that was added since.
    filled = Credentials.model_validate_json(known)
    _write_private(_CREDENTIALS_FILE, filled.model_dump_json(indent=2))
    return filled


def meta_account(known: Credentials, templates: list[dict[str, Any]]) -> dict[str, Any]:
    """What the simulated WhatsApp of Meta knows of the checkout's account."""
    return {
        "phone_number_id": known.meta_phone_number_id,
        "business_account_id": known.meta_business_account_id,
        "access_token": known.meta_access_token,
        "app_secret": known.meta_app_secret,
        "verify_token": known.meta_verify_token,
        "webhook_url": f"{API_URL}/webhook/whatsapp",
        "templates": templates,
    }


def write_simulator_file(known: Credentials) -> None:
    """Tell the simulator which accounts, senders and approved templates exist."""
    accounts = {
        "meta": meta_account(known, _approved_templates()),
        "messenger": {
            "page_id": known.messenger_page_id,
            "access_token": known.messenger_access_token,
            "app_secret": known.meta_app_secret,
            "webhook_url": f"{API_URL}/webhook/meta",
        },
        "instagram": {
            "instagram_id": known.instagram_id,
            "access_token": known.instagram_access_token,
            "app_secret": known.meta_app_secret,
            "webhook_url": f"{API_URL}/webhook/meta",
        },
        "twilio": {
            "account_sid": known.twilio_account_sid,
            "auth_token": known.twilio_auth_token,
            "sms_from": _SMS_FROM,
            "whatsapp_from": f"whatsapp:{_WHATSAPP_FROM}",
            "webhook_url": _TWILIO_WEBHOOK,
        },
        "evolution": {
            "instance": _EVOLUTION_INSTANCE,
            "api_key": known.evolution_api_key,
            "webhook_url": f"{API_URL}/webhook/evolution/{_EVOLUTION_ACCOUNT}",
            "webhook_secret": known.evolution_webhook_secret,
        },
        "ses": {"verified_senders": [_MAIL_FROM], "topic_arn": _SES_EVENTS_TOPIC},
        "smtp": {"username": _SMTP_USER, "password": known.smtp_password},
        "web_push": {"vapid_public_key": known.vapid_public_key},
        "telegram": {
            "bot_token": known.telegram_bot_token,
            "secret_token": known.telegram_secret_token,
            "account": _TELEGRAM_ACCOUNT,
            "webhook_url": f"{API_URL}/webhook/telegram/{_TELEGRAM_ACCOUNT}",
        },
        "slack": {
            "bot_token": known.slack_bot_token,
            "signing_secret": known.slack_signing_secret,
            "team_id": known.slack_team_id,
            "app_id": known.slack_app_id,
            "webhook_url": f"{API_URL}/webhook/slack",
        },
    }
    _write_private(SIMULATOR_FILE, json.dumps(accounts, ensure_ascii=False, indent=2))


def write_product_file(known: Credentials) -> None:
    """The same accounts for the product, as `recado accounts put` reads them."""
    rows = [account.model_dump(exclude_none=True) for account in _channel_accounts(known)]
    _write_private(PRODUCT_FILE, json.dumps(rows, ensure_ascii=False, indent=2))


def webhook_variables(known: Credentials) -> dict[str, str]:
    """What a script needs to send webhooks as the providers of this laptop would."""
    return {
        "META_APP_SECRET": known.meta_app_secret,
        "META_VERIFY_TOKEN": known.meta_verify_token,
        "META_PHONE_NUMBER_ID": known.meta_phone_number_id,
        "META_WABA_ID": known.meta_business_account_id,
        "TWILIO_AUTH_TOKEN": known.twilio_auth_token,
        "TWILIO_WEBHOOK_URL": _TWILIO_WEBHOOK,
        "TWILIO_FROM": _SMS_FROM,
        "EVOLUTION_WEBHOOK_SECRET": known.evolution_webhook_secret,
        "EVOLUTION_ACCOUNT": _EVOLUTION_ACCOUNT,
        "TELEGRAM_SECRET_TOKEN": known.telegram_secret_token,
        "TELEGRAM_ACCOUNT": _TELEGRAM_ACCOUNT,
        "SLACK_SIGNING_SECRET": known.slack_signing_secret,
    }


def _channel_accounts(known: Credentials) -> list[ChannelAccount]:
    """One account at each provider; within a channel the lower priority comes first."""
    return [
        ChannelAccount(
            account_id="whatsapp-cloud",
            provider="whatsapp_cloud",
            priority=1,
            settings={
                "base_url": f"{SIMULATOR_URL}/graph/v25.0",
                "phone_number_id": known.meta_phone_number_id,
                "business_account_id": known.meta_business_account_id,
                "app_id": known.meta_app_id,
                "display_phone_number": "+15550100100",
            },
            credentials={
                "access_token": known.meta_access_token,
                "app_secret": known.meta_app_secret,
                "verify_token": known.meta_verify_token,
            },
        ),
        ChannelAccount(
            account_id="messenger",
            provider="messenger",
            priority=1,
            settings={
                "base_url": f"{SIMULATOR_URL}/graph/v25.0",
                "page_id": known.messenger_page_id,
                "app_id": known.meta_app_id,
            },
            credentials={"access_token": known.messenger_access_token},
        ),
        ChannelAccount(
            account_id="instagram",
            provider="instagram",
            priority=1,
            settings={
                "base_url": f"{SIMULATOR_URL}/graph/v25.0",
                "instagram_id": known.instagram_id,
                "app_id": known.meta_app_id,
            },
            credentials={"access_token": known.instagram_access_token},
        ),
        ChannelAccount(
            account_id=_EVOLUTION_ACCOUNT,
            provider="evolution",
            priority=2,
            settings={"base_url": f"{SIMULATOR_URL}/evolution", "instance": _EVOLUTION_INSTANCE},
            credentials={
                "api_key": known.evolution_api_key,
                "webhook_secret": known.evolution_webhook_secret,
            },
        ),
        _twilio(known, "twilio-whatsapp", "twilio_whatsapp", 3, _WHATSAPP_FROM),
        _twilio(known, "twilio-sms", "twilio_sms", 1, _SMS_FROM),
        ChannelAccount(
            account_id="smtp",
            provider="smtp",
            priority=1,
            settings={
                "host": HOST,
                "port": str(SMTP_PORT),
                "security": "none",
                "from_address": _MAIL_FROM,
                "from_name": "Talleres Andinos",
            },
            credentials={"username": _SMTP_USER, "password": known.smtp_password},
        ),
        ChannelAccount(
            account_id="ses",
            provider="ses",
            priority=2,
            settings={
                "endpoint_url": f"{SIMULATOR_URL}/ses",
                "from_address": _MAIL_FROM,
                "from_name": "Talleres Andinos",
            },
        ),
        ChannelAccount(
            account_id="web-push",
            provider="web_push",
            priority=1,
            settings={"subject": f"mailto:{_MAIL_FROM}", "allowed_origins": SIMULATOR_URL},
            credentials={
                "vapid_private_key": known.vapid_private_key,
                "vapid_public_key": known.vapid_public_key,
            },
        ),
        ChannelAccount(
            account_id=_TELEGRAM_ACCOUNT,
            provider="telegram",
            priority=1,
            settings={"base_url": f"{SIMULATOR_URL}/telegram"},
            credentials={
                "bot_token": known.telegram_bot_token,
                "secret_token": known.telegram_secret_token,
            },
        ),
        ChannelAccount(
            account_id="slack",
            provider="slack",
            priority=1,
            settings={
                "base_url": f"{SIMULATOR_URL}/slack/api",
                "team_id": known.slack_team_id,
                "app_id": known.slack_app_id,
            },
            credentials={
                "bot_token": known.slack_bot_token,
                "signing_secret": known.slack_signing_secret,
            },
        ),
    ]


def _twilio(
    known: Credentials, account_id: str, provider: str, priority: int, sender: str
) -> ChannelAccount:
    return ChannelAccount(
        account_id=account_id,
        provider=provider,
        priority=priority,
        settings={
            "base_url": f"{SIMULATOR_URL}/twilio",
            "account_sid": known.twilio_account_sid,
            "from": sender,
            "status_callback_url": f"{_TWILIO_WEBHOOK}/status",
        },
        credentials={"auth_token": known.twilio_auth_token},
    )


_FIRST_CONTACT = {
    "name": "contacto_inicial",
    "language": "es",
    "body_parameters": 3,
    "body": "Hola {{1}}, soy {{2}}. Tengo una propuesta para usted: {{3}}. ¿Le interesa?",
}
"""For messages that a client sends by itself, as docs/communications.md shows them."""


def _approved_templates() -> list[dict[str, Any]]:
    """The seed's WhatsApp templates as Meta would have approved them, and one of its own."""
    return [
        _FIRST_CONTACT,
        *_templates_of_the_seed(),
    ]


def _templates_of_the_seed() -> list[dict[str, Any]]:
    return [
        {
            "name": approved["name"],
            "language": approved["language"],
            "body_parameters": len(approved["parameters"]),
            "body": _numbered(content["text"], approved["parameters"]),
        }
        for path in sorted(_SEED_TEMPLATES.glob("*.yaml"))
        for content in _contents(yaml.safe_load(path.read_text(encoding="utf-8")))
        if (approved := content.get("approved_template"))
    ]


def _contents(node: Any) -> list[dict[str, Any]]:
    """Every template's content in a seed file, however deep it lies."""
    if isinstance(node, dict) and "approved_template" in node:
        return [node]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [content for child in children for content in _contents(child)]


def _numbered(text: str, parameters: list[str]) -> str | None:
    """A text with {{1}}, {{2}} … for its variables; None when it is more than that."""
    for number, name in enumerate(parameters, start=1):
        text = text.replace("{{" + name + "}}", "{{" + str(number) + "}}")
    return None if re.search(r"\{%|\{\{\D", text) else text


def _write_private(path: Path, text: str) -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
