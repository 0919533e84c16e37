"""The tree of commands, and how a command fails: one line on standard error, and an exit code."""

import signal
import sys
from typing import NoReturn

from cyclopts import App, Parameter

from fancast import __version__

#: A command that ran and found something wrong (bad lines, a difference, no place for its rows); one that could not
#: run; and one whose reader went away, as a shell tells it of other programs.
FOUND_WRONG, COULD_NOT, UNREAD = 1, 2, 141

app = App(
    name="fancast",
    help="The open, self-hosted mass-messaging server for creator and subscription platforms.",
    version=__version__,
    default_parameter=Parameter(negative=()),
    help_epilogue="Settings come from FANCAST_… variables too: docs/configuration.md.",
)
# The help stands here, so that showing it imports no command. Its first line is shown in lists.
app.command(
    "fancast.cli.sandbox:sandbox",
    help="""Serve a seeded world to try things on; prints its keys.

    Started again on the same folder it keeps world, keys and unfinished work. Commits do not wait for the disk
    (FANCAST_SQLITE_SYNCHRONOUS=NORMAL), and the same message may go out twice: nothing guards against it.""",
)
app.command(
    "fancast.cli.demo:demo",
    help="""Watch real mass messages go out in a sandbox.

    One is paced, to be watched; one goes to 100,000 fans. Both go out through the published SDK `onlyfans`,
    unmodified, with only its base URL changed. Then the sandbox serves on until Ctrl-C.""",
)
app.command(
    "fancast.cli.serve:serve",
    help="""Serve the three APIs from this machine's data.

    SIGTERM or Ctrl-C stops it; requests in hand are finished first. An empty SQLite folder is set up; another
    schema is refused: run `fancast database upgrade`.""",
)
app.command("fancast.cli.work:work", help="Do the sending, one of a fleet on PostgreSQL.")
app.command(
    "fancast.cli.ledger:ledger", help="Recompute every counter from sets and rows; exit 1 on a difference."
)

accounts = App(name="accounts", help="Make and list accounts.")
accounts.command("fancast.cli.accounts:create", help="Make an account.")
accounts.command("fancast.cli.accounts:list_", name="list", help="List accounts.")
keys = App(name="keys", help="Make, list and revoke API keys.")
keys.command("fancast.cli.keys:create", help="Make an API key; its secret is shown once.")
keys.command("fancast.cli.keys:list_", name="list", help="List API keys, without their secrets.")
keys.command("fancast.cli.keys:revoke", help="Revoke an API key; it stops working at once.")
imports = App(name="import", help="Import fans and lists from CSV files; safe to repeat.")
imports.command(
    "fancast.cli.imports:fans",
    help="""Import fans and their subscriptions.

    The first line names the columns: fan_id, and any of username, name, avatar_url, time_zone, subscribed_at,
    expires_at, renews, price_cents, blocked, restricted, deleted, unreachable. Times are ISO 8601 (UTC if they
    name no zone), flags true or false. A row makes the fan or updates what it says; an empty cell leaves what is
    known. Each bad line is told with its number and left out; exit 1 if there was one. May run beside a server.""",
)
imports.command(
    "fancast.cli.imports:lists",
    help="""Import the members of user lists.

    The first line names the columns list and fan_id; each row puts one fan on one list. A list goes by id, alias
    or name, and a name that is not there yet makes a new list. Fans must be imported before. Each bad line is told
    with its number and left out; exit 1 if there was one. May run beside a server.""",
)
exports = App(name="export", help="Write rows as CSV.")
exports.command(
    "fancast.cli.exports:recipients_",
    name="recipients",
    help="""Every fan of a mass message, what became of it, and why.

    These are the fans whom lists, ids and dates selected when the send began. Outcome: sent, pending, skipped
    (reason owns_media, blocked or deleted: since then, or the policy for owned media) or cancelled (reason
    cancelled or unsent: stopped before its turn). Who was blocked, deleted or unreachable before, or on a list left
    out, is not among them: the preview of an audience counts these, rule by rule.""",
)
words = App(name="words", help="The words that senders may have their texts screened for.")
words.command("fancast.cli.words:list_", name="list", help="List the banned words in force.")
words.command("fancast.cli.words:add", help="Ban a word or a phrase, or say something else about one.")
words.command("fancast.cli.words:remove", help="Ban a word no more, whether it was shipped or added.")
words.command(
    "fancast.cli.words:export", help="Write the words in force as CSV, to be edited and imported again."
)
words.command(
    "fancast.cli.words:import_",
    name="import",
    help="Ban the words of a CSV file; one bad line, and nothing changes.",
)
words.command("fancast.cli.words:reset", help="Go back to the list as it was shipped.")
database = App(name="database", help="Upgrade or check the database's schema.")
database.command("fancast.cli.database:upgrade", help="Bring the schema to the newest version.")
database.command("fancast.cli.database:check", help="Say whether the schema is the newest; exit 1 if not.")
for group in (accounts, keys, imports, exports, words, database):
    app.command(group)


def main() -> None:
    """Run the command line."""
    # A service manager's stop unwinds like Ctrl-C: what is open is closed, what is temporary removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(UNREAD)
    except Exception as error:
        _fail(error)


def _fail(error: Exception) -> NoReturn:
    from fancast.bootstrap import CannotStart
    from fancast.cli.outputs import CannotWrite
    from fancast.config import SettingsError
    from fancast.model.problems import Problem

    if isinstance(error, CannotStart | SettingsError | Problem | CannotWrite):
        print(f"fancast: {error}", file=sys.stderr)
        sys.exit(FOUND_WRONG if isinstance(error, CannotWrite) else COULD_NOT)
    raise error
