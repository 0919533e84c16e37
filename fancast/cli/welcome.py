"""What a person reads who starts a sandbox: where it is, its keys, and calls to try."""

from typing import Any

_TEXT = """\
Fancast sandbox  {base_url}      documentation: {base_url}/docs
{fans:,} fans · {kept}

{keys}

{calls}

Ctrl-C stops it."""

_KEYS = """\
  OFAuth        apikey: {ofauth[api_key]}
                x-connection-id: {ofauth[connection_id]}
  OnlyFansAPI   Authorization: Bearer {onlyfansapi[api_key]}
                account: {onlyfansapi[account]}
  native        Authorization: Bearer {native[api_key]}"""

_CALLS = """\
Send to all current subscribers, in either dialect:

  curl {base_url}/v2/access/mass-messages -H 'apikey: {ofauth[api_key]}' \\
       -H 'x-connection-id: {ofauth[connection_id]}' -H 'content-type: application/json' \\
       -d '{{"text": "Hello **there**", "userLists": [1]}}'

  curl {base_url}/api/{onlyfansapi[account]}/mass-messaging -H 'authorization: Bearer {onlyfansapi[api_key]}' \\
       -H 'content-type: application/json' -d '{{"text": "Hello there", "userLists": ["fans"]}}'

See how it went, and that every counter is true:

  curl '{base_url}/v1/mass-messages?account={onlyfansapi[account]}' -H 'authorization: Bearer {native[api_key]}'
  curl {base_url}/v1/ledger -H 'authorization: Bearer {native[api_key]}'"""


def welcome(said: dict[str, Any], fans: int, *, kept: bool) -> str:
    """The text, for the announcement `said`."""
    where = f"kept in {said['data_dir']}" if kept else "thrown away when it stops (--data-dir keeps it)"
    return _TEXT.format(**said, fans=fans, kept=where, keys=keys(said), calls=calls(said))


def keys(said: dict[str, Any]) -> str:
    """The keys, and how each API wants its own."""
    return _KEYS.format(**said)


def calls(said: dict[str, Any]) -> str:
    """Lines to copy into a shell."""
    return _CALLS.format(**said)
