"""The shipped words, an operator's changes, and sends that are screened."""

from dataclasses import replace

import pytest

from fancast.core import banned_words, mass_messages
from fancast.model.banned_words import BannedWord, RiskLevel
from fancast.model.problems import Problem
from tests.world import NOON, World

LEVELS = list(RiskLevel)


def added(word: str, level: RiskLevel = RiskLevel.RISKY) -> BannedWord:
    return BannedWord(word, level, "test", "")


def names(world: World, query: str = "") -> set[str]:
    with world.read() as tx:
        return {each.word for each in banned_words.listing(tx, query=query)}


def screened(world: World, text: str, level: RiskLevel | None) -> list[str]:
    """The words for which a text is refused; empty for one that passes."""
    with world.read() as tx:
        try:
            banned_words.screen(tx, text, level)
        except Problem as problem:
            return [each.word for each in problem.facts["banned_words"]]  # type: ignore[attr-defined]
    return []


def test_words_of_every_tier_are_shipped_each_by_itself(world: World) -> None:
    with world.read() as tx:
        shipped = banned_words.everything(tx)
    assert len(shipped) > 400
    assert {each.risk_level for each in shipped} == set(RiskLevel)
    assert len({each.word for each in shipped}) == len(shipped)
    for each in shipped:
        assert screened(world, f"so, {each.word}!", RiskLevel.STRICT_BAN) == [each.word]


def test_each_level_looks_for_its_tiers(world: World) -> None:
    text = "underage, drunk, horny"
    assert screened(world, text, RiskLevel.STRICT_BAN) == ["underage", "drunk", "horny"]
    assert screened(world, text, RiskLevel.RISKY) == ["drunk", "horny"]
    assert screened(world, text, RiskLevel.REPLACE_SOFTEN) == ["horny"]
    assert screened(world, text, None) == []


def test_an_added_word_is_looked_for_and_one_taken_off_is_not(world: World) -> None:
    with world.write() as tx:
        banned_words.put(tx, [added("Zaffre  Moon")], now=NOON)
        banned_words.take_off(tx, "DRUNK", now=NOON)
    assert screened(world, "drunk under a zaffre moon", RiskLevel.RISKY) == ["zaffre moon"]
    with world.write() as tx:
        assert banned_words.restore(tx) == 2
    assert screened(world, "drunk under a zaffre moon", RiskLevel.RISKY) == ["drunk"]


def test_a_word_may_move_to_another_tier(world: World) -> None:
    with world.write() as tx:
        banned_words.put(tx, [added("horny", RiskLevel.STRICT_BAN)], now=NOON)
    assert screened(world, "horny", RiskLevel.REPLACE_SOFTEN) == []
    assert screened(world, "horny", RiskLevel.STRICT_BAN) == ["horny"]


def test_a_list_of_ones_own_replaces_everything(world: World) -> None:
    with world.write() as tx:
        banned_words.replace_all(tx, [added("zaffre")], now=NOON)
    assert names(world) == {"zaffre"}


def test_what_is_not_banned_cannot_be_taken_off(world: World) -> None:
    with world.write() as tx, pytest.raises(Problem):
        banned_words.take_off(tx, "zaffre", now=NOON)


def test_a_screened_send_with_a_banned_word_makes_nothing(world: World) -> None:
    world.fan("bo", lists=["vip"])
    draft = replace(world.draft("so drunk", lists=["vip"]), screening=RiskLevel.RISKY)
    before = len(world.events())
    with pytest.raises(Problem), world.write() as tx:
        mass_messages.create(tx, world.account(), draft, now=NOON)
    assert len(world.events()) == before
    sober = replace(draft, content=replace(draft.content, text="so sober"))
    with world.write() as tx:
        assert mass_messages.create(tx, world.account(), sober, now=NOON).id


def test_a_screened_edit_with_a_banned_word_changes_nothing(world: World) -> None:
    draft = world.send("before", save_for_later=True)
    with pytest.raises(Problem):
        world.edit(draft, text="drunk", screening=RiskLevel.RISKY)
    assert world.again(draft) == draft


@pytest.mark.parametrize(
    "rows", [["word,risk_level", "zaffre,worst"], ["word", "zaffre"], ["risk_level", "risky"]]
)
def test_a_bad_line_of_a_file_is_told_by_its_number(rows: list[str]) -> None:
    with pytest.raises(Problem, match="Line 2"):
        list(banned_words.read_rows(rows))


def test_a_word_is_written_as_it_is_read() -> None:
    lines = [",".join(banned_words.COLUMNS), 'zaffre,risky,test,zaffre,"blue; sky","why, not"']
    (word,) = banned_words.read_rows(lines)
    assert word.safe_alternatives == ("blue", "sky")
    assert banned_words.write_row(word) == ("zaffre", "risky", "test", "zaffre", "blue; sky", "why, not")
