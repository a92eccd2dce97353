"""What the error codes of Meta's Cloud API mean, at once or in a later status.

In a module of its own, because webhooks need the codes and not the HTTP client. Codes:
developers.facebook.com/docs/whatsapp/cloud-api, page "Error codes".
"""

from __future__ import annotations

from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    no_recipient,
    recipient_refused,
    try_later,
    window_closed,
)

ERRORS: ErrorTable = {
    # Passing.
    "1": try_later("the API failed for an unknown reason"),
    "2": try_later("the API is down or overloaded"),
    "130429": try_later("the number's limit of messages per second is reached"),
    "131000": try_later("Meta failed for an unknown reason"),
    "131016": try_later("a service of Meta is overloaded"),
    "131053": try_later("the media could not be fetched", account_fault=False),
    # The number's throughput is being raised, which takes about a minute.
    "131057": try_later("the account is in maintenance", after=60),
    "133004": try_later("Meta's server is temporarily unavailable"),
    # One message per 6 seconds to the same recipient; the rest of the account is well.
    "131056": try_later("too many messages to this recipient", after=6, account_fault=False),
    # Limits of the app or the business account by the hour.
    "4": try_later("the app's limit of calls is reached", after=300),
    "613": try_later("the limit of calls is reached", after=300),
    "80007": try_later("the business account's limit of calls is reached", after=300),
    "132069": try_later("the flow is throttled", after=3600),
    "133016": try_later("the number was registered too often", after=3600),
    # The message.
    "33": message_refused("an object that the request names does not exist"),
    "100": message_refused("a parameter is not valid"),
    "131008": message_refused("a required parameter is missing"),
    "131009": message_refused("a parameter's value is not valid"),
    "131021": message_refused("sender and recipient are the same number"),
    "131051": message_refused("the type of message is not supported"),
    "131052": message_refused("the media could not be downloaded"),
    "131063": message_refused("the message is not allowed for this account"),
    "132000": message_refused("the template has another number of parameters"),
    "132001": message_refused("no approved template of that name and language"),
    "132005": message_refused("the template's text is too long when filled in"),
    "132007": message_refused("the template violates a policy"),
    "132008": message_refused("a template parameter has the wrong format"),
    "132012": message_refused("a template parameter does not match its declaration"),
    "132015": message_refused("the template is paused for low quality"),
    "132016": message_refused("the template is disabled for low quality"),
    "132068": message_refused("the flow is blocked"),
    "135000": message_refused("Meta does not understand the request"),
    # Not before 24 hours have passed, which is later than another channel.
    "130472": message_refused("the recipient is in an experiment of Meta's"),
    "131049": message_refused("Meta chose not to deliver, to keep people engaged"),
    "131064": message_refused("Meta limits such messages to this recipient for now"),
    # The recipient. Meta does not say whether the number is unknown, blocked us or has too old an
    # app; it does say that sending again does not help and counts against our number's quality.
    "131026": no_recipient("the number cannot be reached on WhatsApp"),
    "130497": recipient_refused("the account may not write to this country"),
    "131030": recipient_refused("the number is not in the test account's list"),
    "131047": window_closed("the recipient has not written in the last 24 hours"),
    # The person refused marketing, not messages about an order of theirs.
    "131050": recipient_refused("the recipient refused marketing messages"),
    "131062": recipient_refused("the message needs a phone number, not a user id"),
    "137000": recipient_refused("the recipient's identity has changed"),
    # The account.
    "0": account_refused("the access token was refused"),
    "3": account_refused("the app lacks a capability"),
    "10": account_refused("the app lacks a permission"),
    **{str(code): account_refused("the app lacks a permission") for code in range(200, 300)},
    "190": account_refused("the access token has expired or was revoked"),
    "368": account_refused("the account is blocked for a violation of policy"),
    "131005": account_refused("access was denied"),
    "131031": account_refused("the account is locked"),
    "131037": account_refused("the number's display name is not approved"),
    "131042": account_refused("the account's payment method must be mended"),
    "131044": account_refused("the account has no payment method"),
    "131045": account_refused("the number is not registered with its certificate"),
    "131048": account_refused("the number is limited because people reported it"),
    "133010": account_refused("the number is not registered"),
}
