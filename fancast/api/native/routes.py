"""Every route of the native face."""

from collections.abc import Sequence

from fancast.api.faces import Handler, Route
from fancast.api.native import (
    accounts,
    audiences,
    fan_media,
    fans,
    ledger,
    mass_messages,
    messages,
    purchases,
    recipients,
    subscriptions,
)
from fancast.api.native.values import page_query
from fancast.api.query import QueryParam
from fancast.core.recipients import Outcome
from fancast.model.mass_messages import State

_ACCOUNT = QueryParam("account", str, "acct_… or conn_…; needed by keys that reach more than one account.")
_MASS_MESSAGE = "/v1/mass-messages/{mass_message_id}"


def _action(name: str, handler: Handler, summary: str) -> Route:
    return Route(
        "POST", f"{_MASS_MESSAGE}/{name}", handler, "messages:write", summary,
        writes=mass_messages.ToldMassMessage, query=(_ACCOUNT,), tags=("Mass messages",),
    )  # fmt: skip


_AUDIENCES: Sequence[Route] = (
    Route(
        "POST", "/v1/audiences/preview", audiences.preview, "messages:read",
        "Count an audience, rule by rule; nothing is stored", reads=audiences.SentPreview,
        writes=audiences.ToldPreview, query=(_ACCOUNT,), writes_data=False,
    ),
)  # fmt: skip

_MASS_MESSAGES: Sequence[Route] = (
    Route(
        "POST", "/v1/mass-messages", mass_messages.create, "messages:write",
        "Send a mass message now or at an hour, or save a draft", reads=mass_messages.SentMassMessage,
        writes=mass_messages.ToldMassMessage, query=(_ACCOUNT,), status=201,
    ),
    Route(
        "GET", "/v1/mass-messages", mass_messages.page, "messages:read", "List mass messages, newest first",
        writes=mass_messages.ToldMassMessages,
        query=(QueryParam("state", State, "Only these states; several by commas."), *page_query(), _ACCOUNT),
    ),
    Route(
        "GET", _MASS_MESSAGE, mass_messages.get, "messages:read", "Get a mass message with its progress",
        writes=mass_messages.ToldMassMessage, query=(_ACCOUNT,),
    ),
    Route(
        "PATCH", _MASS_MESSAGE, mass_messages.edit, "messages:write", "Change a mass message until it starts",
        reads=mass_messages.SentMassMessageChange, writes=mass_messages.ToldMassMessage, query=(_ACCOUNT,),
    ),
    _action("publish", mass_messages.publish, "Send a draft or scheduled mass message now"),
    _action("pause", mass_messages.pause, "Stop a mass message before its next step"),
    _action("resume", mass_messages.resume, "Go on with a paused mass message"),
    _action("cancel", mass_messages.cancel, "Send no more of a mass message; what was delivered stays"),
    _action("unsend", mass_messages.unsend, "Take a mass message back from all but its buyers"),
    Route(
        "GET", f"{_MASS_MESSAGE}/recipients", recipients.page, "messages:read",
        "List a mass message's recipients with their outcomes", writes=recipients.ToldRecipients,
        query=(QueryParam("outcome", Outcome, "Only this outcome."),
               *page_query(highest=recipients.HIGHEST_LIMIT), _ACCOUNT),
        tags=("Mass messages",),
    ),
)  # fmt: skip

_ACCOUNTS: Sequence[Route] = (
    Route(
        "GET", "/v1/accounts", accounts.page, None, "List the accounts of the key", writes=accounts.ToldAccounts,
        query=page_query(),
    ),
    Route(
        "GET", "/v1/accounts/{account_id}", accounts.get, "profile:read", "Get an account with its settings",
        writes=accounts.ToldAccount,
    ),
    Route(
        "PATCH", "/v1/accounts/{account_id}", accounts.change, "profile:write", "Change an account's settings",
        reads=accounts.SentSettings, writes=accounts.ToldAccount,
    ),
    Route(
        "GET", "/v1/ledger", ledger.check, None, "Recompute every counter of the key's accounts",
        writes=ledger.ToldLedger, query=(_ACCOUNT,), tags=("Ledger",),
    ),
)  # fmt: skip

_FANS: Sequence[Route] = (
    Route(
        "GET", "/v1/fans", fans.page, "subscribers:read", "List fans in order of arrival", writes=fans.ToldFans,
        query=(QueryParam("query", str, "Part of a name or username."), *page_query(), _ACCOUNT),
    ),
    Route(
        "GET", "/v1/fans/{fan_id}", fans.get, "subscribers:read", "Get a fan", writes=fans.ToldFan,
        query=(_ACCOUNT,),
    ),
    Route(
        "PUT", "/v1/fans/{fan_id}", fans.put, "subscribers:write", "Create or update a fan", reads=fans.SentFan,
        writes=fans.ToldFan, also=((201, fans.ToldFan),), query=(_ACCOUNT,),
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/subscriptions", subscriptions.change, "subscribers:write",
        "Start, renew, cancel or end a fan's subscription", reads=subscriptions.SentSubscription,
        writes=subscriptions.ToldSubscription, query=(_ACCOUNT,), tags=("Fans",),
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/purchases", purchases.buy, "subscribers:write",
        "Unlock a priced message for a fan who paid for it", reads=purchases.SentPurchase,
        writes=purchases.ToldPurchase, query=(_ACCOUNT,), status=201, tags=("Fans",),
        description="One transaction, and nothing is sold twice. Refused as 409 with the code already_bought, "
        "already_owned (all of its media), message_unsent, not_for_sale, or payment_reference_used (for something "
        "else).",
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/tips", purchases.tip, "subscribers:write", "Take a fan's tip",
        reads=purchases.SentTip, writes=purchases.ToldTip, query=(_ACCOUNT,), status=201, tags=("Fans",),
        description="It stands in the chat as a message of the fan. With message_id it is for a message that the fan "
        "may see, and each media item of that counts it. Refused as 409 payment_reference_used when the reference "
        "stands for another payment, own_message when the message is the fan's own.",
    ),
    Route(
        "GET", "/v1/fans/{fan_id}/messages", messages.page, "messages:read",
        "Read a fan's chat as the fan may see it, newest first", writes=messages.ToldMessages,
        query=(*page_query(), _ACCOUNT), tags=("Fans",),
    ),
    Route(
        "GET", "/v1/fans/{fan_id}/media/{media_id}", fan_media.get, "messages:read",
        "Get a file as the fan may have it; 403 `locked` until it is owned", query=(*fan_media.QUERY, _ACCOUNT),
    ),
    Route(
        "GET", "/v1/fans/{fan_id}/media/{media_id}/link", fan_media.link, "messages:read",
        "Get a signed, short-lived URL of the same", writes=fan_media.ToldLink,
        query=(*fan_media.QUERY, _ACCOUNT),
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/messages", messages.receive, "messages:write", "Take a message that a fan wrote",
        reads=messages.SentMessage, writes=messages.ToldMessage, query=(_ACCOUNT,), status=201, tags=("Fans",),
        sample={"text": "Thank you!"},
    ),
    *(
        Route(
            method, "/v1/fans/{fan_id}/messages/{message_id}/like", handler, "messages:write", summary,
            writes=messages.ToldLike, query=(_ACCOUNT,), tags=("Fans",),
            description="Told again it changes nothing. Refused as 409 own_message when the fan wrote it.",
        )
        for method, handler, summary in (
            ("POST", messages.like, "Note that a fan likes a message"),
            ("DELETE", messages.unlike, "Note that a fan likes a message no more"),
        )
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/reads", messages.read_through, "messages:write",
        "Note up to which message a fan has read", reads=messages.SentReads, writes=messages.ToldReads,
        query=(_ACCOUNT,), tags=("Fans",),
    ),
    Route(
        "POST", "/v1/fans/{fan_id}/typing", messages.types, "messages:write", "Show a fan as typing",
        writes=messages.ToldTyping, query=(_ACCOUNT,), tags=("Fans",),
    ),
    Route(
        "GET", "/v1/fans/{fan_id}/typing", messages.typists, "messages:read",
        "Whether creator and fan are typing to each other", writes=messages.ToldTypists, query=(_ACCOUNT,),
        tags=("Fans",),
    ),
)  # fmt: skip

ROUTES: Sequence[Route] = (*_AUDIENCES, *_MASS_MESSAGES, *_ACCOUNTS, *_FANS)
#: Routes that are about the key, or name their account in the path.
ACCOUNTLESS = frozenset(route.path for route in _ACCOUNTS)
