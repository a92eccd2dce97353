"""How Meta signs: all its products' webhooks alike."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from local.simulator.messages import Provider
from local.simulator.webhooks.calls import JSON_TYPE, WebhookCall


def signed_call(
    provider: Provider,
    kind: str,
    url: str,
    app_secret: str,
    envelope: Mapping[str, object],
) -> WebhookCall:
    """A request with this envelope. Only 200 ends it; anything else is tried again."""
    # Meta writes what is not ASCII as escapes, and signs just that.
    body = json.dumps(envelope, ensure_ascii=True, separators=(",", ":")).encode()
    signature = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookCall(
        provider=provider,
        kind="receipts" if kind == "receipts" else "inbound",
        url=url,
        body=body,
        headers={"Content-Type": JSON_TYPE, "X-Hub-Signature-256": f"sha256={signature}"},
        wants_retry=lambda status: status != 200,
    )
