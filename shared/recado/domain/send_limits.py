"""How fast channel accounts send, and whose turn it is when more wait than may go.

Whoever finds no token left joins a line: a turn is a moment, given out at the account's own pace,
at which the message comes back and finds its token. Turns only say when to come; what may go is
decided by the bucket alone, so that late messages never add up to more than the limit. Newcomers
go behind the line, unless the bucket is full: then nobody in the line takes its tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from recado.domain.channels import ChannelAccount, Provider, SendLimits
from recado.domain.rate_limits import MICROSECONDS, RateLimit

LONGEST_LINE = timedelta(minutes=15)
"""Turns are given out so far ahead: a queue holds a message back for no longer. Who finds the line
that long comes back after a while without a turn."""

LATEST_TURN = timedelta(minutes=2)
"""Who comes later than by this has lost its turn: a queue under load is late by less. After an
outage, or a night, those in the line would else all be in the same place."""

_META_PAIR = RateLimit(most=1, seconds=6)

LIMITS_OF: Mapping[Provider, SendLimits] = {
    # Cloud API, Throughput: 80 messages a second and number, in both directions (20 beside the
    # app, 1,000 after an upgrade). Pair rate limits: 1 in 6 s to one person. Up to 45 may go at
    # once, but then none until all are paid back, which no bucket with a burst keeps to.
    Provider.WHATSAPP_CLOUD: SendLimits(account=RateLimit(most=80), recipient=_META_PAIR),
    # Twilio, WhatsApp best practices and FAQs: 80 a second and sender; behind it is Meta's limit
    # of pairs.
    Provider.TWILIO_WHATSAPP: SendLimits(account=RateLimit(most=80), recipient=_META_PAIR),
    # Twilio, Rate limits for SMS: 10 a second and number to countries other than the USA and
    # Canada (there 1; toll-free 3, short codes 100). Twilio queues what is more, out of our sight.
    Provider.TWILIO_SMS: SendLimits(account=RateLimit(most=10)),
    # A phone behind a bridge, without a documented limit. WhatsApp blocks numbers that write as no
    # person would; bridges that send in bulk wait a second between messages by default.
    Provider.EVOLUTION: SendLimits(
        account=RateLimit(most=1, burst=5), recipient=RateLimit(most=1, seconds=6, burst=3)
    ),
    # Telegram, Bots FAQ, "My bot is hitting limits": 30 a second, 1 a second in one chat, where
    # short bursts are let through.
    Provider.TELEGRAM: SendLimits(account=RateLimit(most=30), recipient=RateLimit(most=1, burst=3)),
    # Messenger Platform, Rate limiting: Send API, 300 a second and page or account for text, 10 for
    # audio and video; a page of more than 40 a second loses its inbox (High-volume messaging).
    Provider.MESSENGER: SendLimits(account=RateLimit(most=40)),
    # The same page: 300 a second; an account of more than 72,000 messages, taken for those of an
    # hour, can send no more for a while.
    Provider.INSTAGRAM: SendLimits(account=RateLimit(most=20)),
    # Slack, Rate limits: chat.postMessage, 1 a second and channel, short bursts allowed; "several
    # hundred a minute" in a workspace.
    Provider.SLACK: SendLimits(
        account=RateLimit(most=300, seconds=60, burst=10), recipient=RateLimit(most=1, burst=3)
    ),
    # Amazon SES, Service quotas: 1 a second in the sandbox; outside of it AWS grants each account
    # its own, from 14 on. Over it SES answers "Maximum sending rate exceeded".
    Provider.SES: SendLimits(account=RateLimit(most=14)),
    # Whatever the relay's operator says; this is our guess at what any of them takes.
    Provider.SMTP: SendLimits(account=RateLimit(most=10)),
    # Push services limit subscriptions, not senders, and say by 429 when to come back.
    Provider.WEB_PUSH: SendLimits(),
}
"""What each provider takes where an account does not say otherwise; docs/limits.md has the
sources."""


def limits_of(account: ChannelAccount) -> SendLimits:
    """How fast an account sends: its own limits, and where it has none its provider's."""
    default = LIMITS_OF[account.provider]
    return SendLimits(
        account=account.limits.account or default.account,
        recipient=account.limits.recipient or default.recipient,
    )


@dataclass(frozen=True)
class Bucket:
    """An account's tokens and its line, as moments in microseconds since 1970.

    Parameters
    ----------
    full_at
        When the bucket is full again.
    line_ends
        Up to when turns are given out.
    """

    full_at: int = 0
    line_ends: int = 0


@dataclass(frozen=True)
class Share:
    """What of a bucket some messages get: first those whose turn it is, then newcomers.

    Parameters
    ----------
    granted
        The first so many may go.
    missed
        So many had their turn and found no token: they come as soon as there are some.
    lined
        So many newcomers get a turn; those after them found the line too long.
    starts
        When the first of these turns is.
    """

    granted: int
    missed: int
    lined: int
    starts: int


@dataclass(frozen=True)
class Turns:
    """How many messages may go, and in how many seconds those after them are to come back.

    Those for whom there is no wait have no turn.
    """

    granted: int
    waits: tuple[float, ...] = ()


def share(limit: RateLimit, bucket: Bucket, *, turns: int, newcomers: int, now: int) -> Share:
    """Share a bucket out among messages whose turn it is and newcomers."""
    line_moves = bucket.line_ends > now and bucket.full_at > now
    wanted = turns if line_moves else turns + newcomers
    granted = min(wanted, limit.available(bucket.full_at, now))
    missed = max(0, turns - granted)
    waiting = turns + newcomers - granted - missed
    full_at = max(bucket.full_at, now) + limit.cost(granted)
    starts = max(now, bucket.line_ends, limit.token_at(missed + 1, full_at))
    ahead = now + round(LONGEST_LINE.total_seconds()) * MICROSECONDS - starts
    lined = min(waiting, max(0, ahead // limit.cost(1) + 1))
    return Share(granted=granted, missed=missed, lined=lined, starts=starts)


def turns_of(limit: RateLimit, taken: Share, after: Bucket, *, now: int) -> Turns:
    """What a share means, once the bucket stands as it does after it."""
    full_at = max(after.full_at, now)
    missed = [limit.token_at(number, full_at) for number in range(1, taken.missed + 1)]
    first = after.line_ends - limit.cost(taken.lined)
    lined = [first + limit.cost(number) for number in range(taken.lined)]
    waits = tuple(max(0, moment - now) / MICROSECONDS for moment in (*missed, *lined))
    return Turns(granted=taken.granted, waits=waits)
