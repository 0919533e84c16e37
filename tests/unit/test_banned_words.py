"""What counts as a banned word, whatever it is dressed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.model import banned_words as model
from fancast.model.banned_words import TIERS, BannedWord, RiskLevel, Screen
from fancast.model.problems import Problem


def word(text: str, level: RiskLevel = RiskLevel.RISKY) -> BannedWord:
    return model.check(BannedWord(text, level, "test", text))


WORDS = Screen([word("drunk"), word("meet up"), word("crack cocaine"), word("cocaine"), word("daddy's girl")])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I am DRUNK.", ["drunk"]),
        ("Drünk, d\u200brunk \uff44\uff52\uff55\uff4e\uff4b", ["drunk"]),
        ("_drunk_", ["drunk"]),
        ("meet   -  up\nnow", ["meet up"]),
        ("Meet-Up or meet_up", ["meet up"]),
        ("some crack cocaine", ["crack cocaine"]),
        ("cocaine, then crack cocaine", ["cocaine", "crack cocaine"]),
        ("daddy\u2019s girl", ["daddy's girl"]),
        ("drunkard meetup meet me up", []),
        ("", []),
    ],
)
def test_words_are_met_whole_in_any_dress(text: str, found: list[str]):
    assert [each.word for each in WORDS.find(text)] == found


def test_the_strictest_level_looks_for_every_tier_and_the_mildest_for_its_own():
    assert TIERS[RiskLevel.STRICT_BAN] == set(RiskLevel)
    assert TIERS[RiskLevel.RISKY] == {RiskLevel.RISKY, RiskLevel.REPLACE_SOFTEN}
    assert TIERS[RiskLevel.REPLACE_SOFTEN] == {RiskLevel.REPLACE_SOFTEN}


@given(before=st.text(), after=st.text())
def test_a_word_is_found_between_any_other_words(before: str, after: str):
    assert "drunk" in [each.word for each in WORDS.find(f"{before} drunk {after}")]


@given(st.text())
def test_no_text_breaks_the_screen_and_folding_twice_changes_nothing(text: str):
    WORDS.find(text)
    Screen([]).find(text)
    assert model.folded(model.folded(text)) == model.folded(text)


@pytest.mark.parametrize("text", ["", "  ", "-_-", "x" * 101])
def test_a_word_needs_letters_and_has_a_length(text: str):
    with pytest.raises(Problem):
        word(text)
