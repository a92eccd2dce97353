"""What Slack tells us of an app: direct messages, pressed buttons, the end of an installation.

Protocol: docs.slack.dev, "Events API", "Verifying requests from Slack", "block_actions" and
"Formatting message text". Events come as JSON, presses as a form with JSON in `payload`, slash
commands as a form; the last are answered and ignored.

The app is subscribed to message.im, app_uninstalled and tokens_revoked. A mention of the app comes
as an event of its own beside the message, so mentions are ignored.

A message is known by its time stamp within its channel, so its id is `<channel>:<ts>`, as the
sender's is: an event that comes again brings the same id. Answers go to the person's id, for which
Slack opens the direct message by itself.

Secrets: `slack` maps an app's name to its `signing_secret`. While a secret is rotated its successor
stands under another name; an `app_id` beside it says which app it is, without one the name does.

Settings of an account: `team_id`, by which it is found; `app_id`, the only app that may speak for
it (without one, any app of the secret may).
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from urllib.parse import parse_qs

from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    as_object,
    elements,
    moment,
    part,
    required,
    required_id,
    text_of,
)
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Media,
    Update,
)
from recado.ports.clock import Clock
from recado.ports.webhooks import (
    Webhook,
    WebhookAccounts,
    WebhookAnswer,
    WebhookRequest,
    WebhookSecrets,
)

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "x-slack-signature"
TIME_HEADER = "x-slack-request-timestamp"

MAX_AGE_SECONDS = 300
"""A request that is older, or as far ahead, may be one that somebody recorded."""

ANSWER = WebhookAnswer(status=200)

FORM = "application/x-www-form-urlencoded"

MESSAGE_SUBTYPES = (None, "file_share", "thread_broadcast")
"""Messages of people; the other subtypes are of programs, or about messages."""

ENDS = ("app_uninstalled", "tokens_revoked")

_SIGNATURE = re.compile(r"v0=([0-9a-f]{64})")
_ID = re.compile(r"[A-Z0-9]{1,50}")
_TIME_STAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
_MARKUP = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


class SlackWebhookReader:
    """Reads Slack's requests for all apps and workspaces; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`. Events that we do not need are ignored."""
        signers = self._signers(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
            form = parse_qs(request.body.decode(errors="replace"))
            if "payload" not in form:
                return Webhook(answer=ANSWER)
            told = _object(form["payload"][0])
        else:
            told = _object(request.body)
        match told.get("type"):
            case "url_verification":
                return Webhook(answer=_challenge(told))
            case "event_callback":
                return self._event(told, signers)
            case "block_actions":
                return self._presses(told, signers)
        return Webhook(answer=ANSWER)

    def _signers(self, request: WebhookRequest) -> frozenset[str]:
        """The ids of the apps whose secret the request is signed with."""
        header = _SIGNATURE.fullmatch(request.headers.get(SIGNATURE_HEADER, ""))
        sent_at = request.headers.get(TIME_HEADER, "")
        if header is None or not re.fullmatch(r"[0-9]{1,12}", sent_at):
            raise WebhookRefusedError("the signature or its time is missing or malformed")
        if abs(self._clock.now().timestamp() - int(sent_at)) > MAX_AGE_SECONDS:
            raise WebhookRefusedError("the signature is too old")
        signed = b"v0:" + sent_at.encode() + b":" + request.body
        apps = frozenset(
            app.get("app_id") or name
            for name, app in self._secrets.of("slack").items()
            # Anybody can sign with an empty secret.
            if (secret := app.get("signing_secret"))
            and hmac.compare_digest(
                hmac.new(secret.encode(), signed, "sha256").hexdigest(), header[1]
            )
        )
        if not apps:
            raise WebhookRefusedError("the signature is wrong")
        return apps

    def _account(self, teams: list[object], signers: frozenset[str]) -> ChannelAccount | None:
        """The account of the first workspace that has one, and that the app may speak for."""
        for team in dict.fromkeys(filter(None, map(text_of, teams))):
            account = self._accounts.by_external_id(Provider.SLACK, team)
            if account and account.settings.get("app_id") in (None, *signers):
                return account
        logger.warning(
            "webhook for an unknown account",
            extra={"provider": Provider.SLACK.value, "apps": sorted(signers)},
        )
        return None

    def _event(self, told: Json, signers: frozenset[str]) -> Webhook:
        # A shared channel's event names the other workspace first; the app's own is here.
        installed = elements(told, "authorizations")
        own = [each.get("team_id") for each in installed if isinstance(each, dict)]
        account = self._account([*own, told.get("team_id")], signers)
        if account is None:
            return Webhook(answer=ANSWER)
        event = part(told, "event")
        try:
            update = self._update(account, event, told.get("event_time"))
        except UnreadableError:
            return Webhook(answer=ANSWER, unreadable=(_kept(account, event),))
        return Webhook(answer=ANSWER, updates=(update,) if update else ())

    def _update(self, account: ChannelAccount, event: Json, event_time: object) -> Update | None:
        kind = required(event, "type")
        if kind == "message" and event.get("channel_type") == "im":
            return self._message(account, event)
        # Of the tokens, a person's own are none of ours.
        if kind in ENDS and (kind != "tokens_revoked" or part(event, "tokens").get("bot")):
            return self._end(account, kind, event_time)
        return None

    def _end(self, account: ChannelAccount, kind: str, event_time: object) -> AccountUpdate:
        now = self._clock.now()
        return AccountUpdate(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            subject="app",
            event=kind,
            at=moment(event_time, otherwise=now),
            received_at=now,
        )

    def _message(self, account: ChannelAccount, event: Json) -> InboundMessage | None:
        if event.get("subtype") not in MESSAGE_SUBTYPES or event.get("bot_id"):
            return None
        channel, time_stamp = _known_id(event.get("channel")), _time_stamp(event.get("ts"))
        thread = _time_stamp(event.get("thread_ts") or time_stamp)
        files = [as_object(file) for file in elements(event, "files")]
        media = tuple(_media(file) for file in files if file.get("mode") != "tombstone")
        text = _plain_text(event.get("text"))
        now = self._clock.now()
        return InboundMessage(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=f"{channel}:{time_stamp}",
            sender=_identities(event.get("user")),
            at=moment(float(time_stamp), otherwise=now),
            received_at=now,
            type=_type(text, media),
            text=text,
            refers_to=f"{channel}:{thread}" if thread != time_stamp else None,
            media=media,
        )

    def _presses(self, told: Json, signers: frozenset[str]) -> Webhook:
        user = part(told, "user")
        account = self._account([part(told, "team").get("id"), user.get("team_id")], signers)
        if account is None:
            return Webhook(answer=ANSWER)
        updates: list[Update] = []
        unreadable: list[str] = []
        for action in elements(told, "actions"):
            try:
                update = self._press(account, told, as_object(action))
            except UnreadableError:
                unreadable.append(_kept(account, {"type": "block_actions", "action": action}))
            else:
                updates += [update] if update else []
        return Webhook(answer=ANSWER, updates=tuple(updates), unreadable=tuple(unreadable))

    def _press(self, account: ChannelAccount, told: Json, action: Json) -> InboundMessage | None:
        """A press on a button of a message; links have no value, and their press says nothing."""
        payload = text_of(action.get("value"))
        container = part(told, "container")
        if action.get("type") != "button" or payload is None or "message_ts" not in container:
            return None
        user = part(told, "user")
        channel = _known_id(container.get("channel_id") or part(told, "channel").get("id"))
        pressed = f"{channel}:{_time_stamp(container['message_ts'])}"
        pressed_at = _time_stamp(action.get("action_ts"))
        now = self._clock.now()
        return InboundMessage(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=f"{pressed}:{required_id(action, 'action_id')}:{pressed_at}",
            sender=_identities(user.get("id")),
            sender_name=text_of(user.get("name")) or text_of(user.get("username")),
            at=moment(float(pressed_at), otherwise=now),
            received_at=now,
            type=InboundType.BUTTON,
            text=_plain_text(part(action, "text").get("text")),
            payload=payload,
            refers_to=pressed,
        )


def _object(text: bytes | str) -> Json:
    try:
        told = json.loads(text)
    # Deep nesting ends in a RecursionError, anything else in a ValueError.
    except (ValueError, RecursionError):
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise MalformedWebhookError("nothing that has a type")
    return told


def _challenge(told: Json) -> WebhookAnswer:
    """Prove to Slack that the address is ours, when an app is set up to call it."""
    challenge = text_of(told.get("challenge"))
    if challenge is None:
        raise MalformedWebhookError("no challenge")
    return WebhookAnswer(status=200, body=challenge)


def _kept(account: ChannelAccount, event: Json) -> str:
    """A part that cannot be read, without the tokens and addresses beside it."""
    return json.dumps({"account_id": account.account_id, "event": event})


def _known_id(value: object) -> str:
    """An id of Slack's: of a person, of a channel."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnreadableError
    return value


def _time_stamp(value: object) -> str:
    """Seconds with six decimals as a text, which names a message and is never counted with."""
    if not isinstance(value, str) or not _TIME_STAMP.fullmatch(value):
        raise UnreadableError
    return value


def _identities(user: object) -> tuple[Identity, ...]:
    return (Identity(kind=IdentityKind.SLACK_USER, value=_known_id(user)),)


def _type(text: str, media: tuple[Media, ...]) -> InboundType:
    if media:
        return InboundType.MEDIA
    return InboundType.TEXT if text else InboundType.UNSUPPORTED


def _media(file: Json) -> Media:
    """A file; one of a shared channel may come without its address, and is not fetched then."""
    return Media(
        mime_type=text_of(file.get("mimetype")) or "application/octet-stream",
        media_id=text_of(file.get("id")),
        url=text_of(file.get("url_private_download")) or text_of(file.get("url_private")),
        file_name=text_of(file.get("name")),
    )


def _plain_text(value: object) -> str:
    """What the person sees: links by their label, mentions by their name, no escapes."""
    text = _MARKUP.sub(_shown, text_of(value) or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if label:
        return label
    return f"@{target[1:]}" if target.startswith("!") else target
