"""`fancast words`: the words that senders may have their texts screened for. One list for the whole server."""

import csv
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fancast.bootstrap import clock_of, ready_database
from fancast.cli.options import HERE, Where
from fancast.cli.outputs import standard_output
from fancast.cli.tables import show
from fancast.core import banned_words
from fancast.model.banned_words import BannedWord, RiskLevel
from fancast.model.problems import invalid


def list_(
    *,
    search: Annotated[str, Parameter(help="Part of a word.")] = "",
    risk_level: Annotated[RiskLevel | None, Parameter(help="Only this tier.")] = None,
    where: Where = HERE,
) -> None:
    """List the banned words in force."""
    with ready_database(where.settings(existing=True)) as store, store.read() as tx:
        found = banned_words.listing(tx, risk_level=risk_level, query=search)
    rows = [(each.word, each.risk_level, each.category, ", ".join(each.safe_alternatives)) for each in found]
    show(("word", "risk_level", "category", "instead"), rows)


def add(
    word: str,
    risk_level: RiskLevel,
    *,
    category: Annotated[str, Parameter(help="What it is about.")] = "other",
    base: Annotated[str, Parameter(help="The word that it is a form of; by default itself.")] = "",
    instead: Annotated[list[str] | None, Parameter(help="What to write; repeat for more.")] = None,
    notes: str | None = None,
    where: Where = HERE,
) -> None:
    """Ban a word or a phrase, or say something else about one.

    Parameters
    ----------
    word
        The word; case and accents make no difference.
    risk_level
        Its tier.
    notes
        Why, for people who meet it.
    """
    settings = where.settings()
    asked = BannedWord(word, risk_level, category, base, tuple(instead or ()), notes)
    with ready_database(settings) as store, store.write() as tx:
        (made,) = banned_words.put(tx, [asked], now=clock_of(settings)())
    print(f"{made.word} is {made.risk_level}")


def remove(word: str, *, where: Where = HERE) -> None:
    """Ban a word no more, whether it was shipped or added.

    Parameters
    ----------
    word
        The word, as `fancast words list` shows it.
    """
    settings = where.settings(existing=True)
    with ready_database(settings) as store, store.write() as tx:
        gone = banned_words.take_off(tx, word, now=clock_of(settings)())
    print(f"{gone.word} is banned no more")


def export(*, where: Where = HERE) -> None:
    """Write the words in force as CSV, to be edited and imported again."""
    with ready_database(where.settings(existing=True)) as store, store.read() as tx:
        found = banned_words.everything(tx)
    with standard_output() as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(banned_words.COLUMNS)
        for each in found:
            writer.writerow(banned_words.write_row(each))


def import_(
    file: Path,
    *,
    replace: Annotated[bool, Parameter(help="Ban nothing but these.")] = False,
    where: Where = HERE,
) -> None:
    """Ban the words of a CSV file; one bad line, and nothing changes.

    Parameters
    ----------
    file
        A header of word, risk_level, category, base, safe_alternatives (parted by semicolons) and notes; the first
        two must be there.
    """
    settings = where.settings()
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise invalid("file", f"{file} cannot be read: {error}.") from error
    words = list(banned_words.read_rows(lines))
    put = banned_words.replace_all if replace else banned_words.put
    with ready_database(settings) as store, store.write() as tx:
        made = put(tx, words, now=clock_of(settings)())
    print(f"{len(made)} words")


def reset(*, where: Where = HERE) -> None:
    """Go back to the list as it was shipped."""
    with ready_database(where.settings(existing=True)) as store, store.write() as tx:
        gone = banned_words.restore(tx)
    print(f"{gone} changes are gone")
