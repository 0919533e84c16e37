"""`fancast words`: an operator edits the banned words, by word and by file."""

from pathlib import Path

import pytest

from fancast.model.problems import Problem
from tests.cli.test_commands import Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(tmp_path / "data", capsys)
    shell("accounts", "create", "Ada", "ada")
    return shell


def listed(shell: Shell, search: str) -> list[str]:
    return [line.split("  ")[0] for line in shell("words", "list", "--search", search).splitlines()[1:]]


def test_a_word_is_added_listed_and_taken_off(shell: Shell) -> None:
    told = shell("words", "add", "Zaffre Moon", "risky", "--category", "colours", "--instead", "blue")
    assert told == "zaffre moon is risky\n"
    assert listed(shell, "zaffre") == ["zaffre moon"]
    assert shell("words", "remove", "zaffre moon") == "zaffre moon is banned no more\n"
    assert listed(shell, "zaffre") == []


def test_a_shipped_word_is_taken_off_and_comes_back_with_a_reset(shell: Shell) -> None:
    shell("words", "remove", "drunk")
    assert listed(shell, "drunk") == ["drunken", "wasted"]
    assert shell("words", "reset") == "1 changes are gone\n"
    assert listed(shell, "drunk") == ["drunk", "drunken", "wasted"]


def test_what_was_exported_is_imported_without_a_change(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    before = shell("words", "export")
    file.write_text(before)
    shell("words", "import", str(file), "--replace")
    assert shell("words", "export") == before


def test_a_file_of_ones_own_replaces_everything(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text("word,risk_level\nzaffre,strict_ban\n")
    assert shell("words", "import", str(file), "--replace") == "1 words\n"
    assert listed(shell, "") == ["zaffre"]


def test_one_bad_line_and_nothing_changes(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text("word,risk_level\nzaffre,strict_ban\nsmalt,very\n")
    with pytest.raises(Problem, match="Line 3"):
        shell("words", "import", str(file))
    assert listed(shell, "zaffre") == []
