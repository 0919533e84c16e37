"""The commands of an operator, run as they are typed."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fancast.bootstrap import CannotStart, ready_database
from fancast.cli.app import app
from fancast.config import SettingsError, load
from fancast.core import accounts as core_accounts
from fancast.core import api_keys, ledger
from fancast.core import fans as core_fans
from fancast.core import user_lists as core_lists
from fancast.kit.clock import system_clock
from fancast.model.problems import Problem
from fancast.store.database import Store


class Shell:
    """Runs command lines on one data folder; remembers what the last one printed and its exit code."""

    def __init__(self, folder: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._captured = captured
        self.code = 0
        self.errors = ""

    def __call__(self, *words: str) -> str:
        self._captured.readouterr()
        try:
            app([*words, "--data-dir", str(self.folder)], result_action="return_value")
            self.code = 0
        except SystemExit as end:
            self.code = int(end.code or 0)
        printed = self._captured.readouterr()
        self.errors = printed.err
        return printed.out

    def store(self) -> Store:
        return Store(f"sqlite:///{self.folder / 'fancast.db'}")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "data", capsys)


@pytest.fixture
def account(shell: Shell) -> str:
    return shell("accounts", "create", "Ada", "ada").split()[0]


def test_an_account_is_made_and_listed_with_both_ids(shell: Shell) -> None:
    made = shell("accounts", "create", "Ada", "ada", "--acct-id", "acct_1", "--connection-id", "conn_1")
    assert made == "acct_1 conn_1\n"
    head, row = shell("accounts", "list").splitlines()
    assert head.split()[:2] == ["account", "connection"]
    assert row.split()[:4] == ["acct_1", "conn_1", "Ada", "ada"]


def test_a_keys_secret_is_shown_once_and_works_until_it_is_revoked(shell: Shell, account: str) -> None:
    secret = shell("keys", "create", "shop", "--account", account, "--scope", "read").strip()
    listed = shell("keys", "list")
    assert secret not in listed
    assert secret[:14] in listed
    key_id = listed.splitlines()[1].split()[0]
    store = shell.store()
    with store.read() as tx:
        key = api_keys.authenticate(tx, secret)
        assert ([scope.value for scope in key.scopes], len(key.accounts or ())) == (["read"], 1)
    assert shell("keys", "revoke", key_id) == f"{key_id} is revoked\n"
    with store.read() as tx, pytest.raises(Problem):
        api_keys.authenticate(tx, secret)
    store.close()


@pytest.mark.parametrize(
    "words",
    [("keys", "create", "x", "--account", "acct_none"), ("keys", "revoke", "key_none"),
     ("keys", "create", "x", "--permission", "all:things"), ("ledger", "--account", "acct_none")],
)  # fmt: skip
@pytest.mark.usefixtures("account")
def test_what_is_not_there_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    with pytest.raises(Problem):
        shell(*words)


@pytest.mark.parametrize(
    "words", [("ledger",), ("keys", "list"), ("database", "check"), ("import", "fans", "x.csv")]
)
def test_a_folder_without_a_database_is_not_made_one_by_looking(shell: Shell, words: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="There is no database"):
        shell(*words)
    assert not shell.folder.exists()


@pytest.mark.usefixtures("account")
def test_the_schema_is_checked_and_an_older_one_is_refused(shell: Shell) -> None:
    assert "is the newest" in shell("database", "check")
    store = shell.store()
    with store.write() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    store.close()
    shell("database", "check")
    assert (shell.code, "fancast database upgrade" in shell.errors) == (1, True)
    with pytest.raises(CannotStart, match="fancast database upgrade"):
        shell("accounts", "list")


def test_an_upgrade_of_an_empty_folder_makes_the_newest_schema(shell: Shell) -> None:
    assert shell("database", "upgrade").startswith("schema none → ")
    before = shell("database", "check")
    shell("database", "upgrade")
    assert shell("database", "check") == before


def test_the_ledger_tells_a_difference_by_its_exit_code(shell: Shell, account: str, tmp_path: Path) -> None:
    _fans(shell, tmp_path, "fan_id,blocked", "1,yes", "2,no")
    assert "difference 0" in shell("ledger")
    assert shell.code == 0
    store = shell.store()
    with store.write() as tx:
        tx.connection.exec_driver_sql("UPDATE fans SET blocked = 1")
    store.close()
    assert "difference 1" in shell("ledger", "--account", account)
    assert (shell.code, "BLOCKED" in shell.errors) == (1, True)


# ---- imports


def _fans(shell: Shell, folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    file = folder / "fans.csv"
    file.write_bytes("\n".join(lines).encode(encoding) + b"\n")
    return shell("import", "fans", str(file))


@pytest.mark.usefixtures("account")
def test_bad_lines_are_told_by_number_and_the_good_ones_are_kept(shell: Shell, tmp_path: Path) -> None:
    out = _fans(
        shell, tmp_path, "fan_id,username,expires_at", "1,one,", "x,two,", '3,"thr', 'ee",', "4,four", "",
        "5,five,2030-01-01", "6,sïx,", encoding="latin-1",
    )  # fmt: skip
    assert out == "6 rows: 1 fans created, 0 updated, 0 as they were, 5 bad lines\n"
    assert shell.code == 1
    told = dict(line.split(": ", 1) for line in sorted(shell.errors.splitlines()))
    assert list(told) == ["line 3", "line 5", "line 6", "line 8", "line 9"]
    assert told["line 6"] == "The line has 2 cells, the header 3."
    assert told["line 9"] == "The line is not UTF-8."


def test_a_file_twice_changes_nothing(shell: Shell, account: str, tmp_path: Path) -> None:
    lines = ["fan_id,username,subscribed_at,expires_at,renews"]
    lines += [f"{number},u{number},2026-01-01,2099-01-01,true" for number in range(1, 12_001)]
    assert (
        _fans(shell, tmp_path, *lines)
        == "12000 rows: 12000 fans created, 0 updated, 0 as they were, 0 bad lines\n"
    )
    assert (
        _fans(shell, tmp_path, *lines)
        == "12000 rows: 0 fans created, 0 updated, 12000 as they were, 0 bad lines\n"
    )
    with ready_database(load({}, data_dir=shell.folder)) as store, store.read() as tx:
        owner = core_accounts.named(tx, account)
        assert owner is not None
        assert core_fans.count(tx, owner) == 12_000
        assert ledger.check(tx, owner).difference == 0


@pytest.mark.usefixtures("account")
def test_a_pipe_is_read_as_a_file_is(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    rows = "".join(f"{number}\n" for number in range(1, 6_001))
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(pipe.write_text, f"fan_id\n{rows}")
        assert shell("import", "fans", str(pipe)).startswith("6000 rows: 6000 fans created, ")
        written.result()


def test_members_go_on_lists_that_are_made_as_they_are_named(
    shell: Shell, account: str, tmp_path: Path
) -> None:
    _fans(shell, tmp_path, "fan_id", "1", "2", "3")
    file = tmp_path / "lists.csv"
    file.write_text("fan_id,list\n1,Gold\n2,Gold\n3,Silver\n9,Gold\n1,77\n1,fans\n")
    assert shell("import", "lists", str(file)) == "6 rows: 3 put on lists, 0 there already, 3 bad lines\n"
    assert sorted(line.split(":")[0] for line in shell.errors.splitlines()) == ["line 5", "line 6", "line 7"]
    assert shell("import", "lists", str(file)) == "6 rows: 0 put on lists, 3 there already, 3 bad lines\n"
    with ready_database(load({}, data_dir=shell.folder)) as store, store.read() as tx:
        owner = core_accounts.named(tx, account)
        assert owner is not None
        found = core_lists.page(tx, owner, limit=50, now=system_clock()())
        assert {each.name: each.fans_count for each in found if each.custom} == {"Gold": 2, "Silver": 1}


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("username", "no column fan_id"), ("fan_id,shoe_size", "shoe_size"), ("fan_id,fan_id", "once each"),
        ("", "no column"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("account")
def test_a_file_with_the_wrong_columns_is_refused_whole(
    shell: Shell, tmp_path: Path, head: str, reason: str
) -> None:
    with pytest.raises(CannotStart, match=reason):
        _fans(shell, tmp_path, head, "1,1")


def test_among_several_accounts_the_import_asks_which(shell: Shell, account: str, tmp_path: Path) -> None:
    shell("accounts", "create", "Eve", "eve")
    with pytest.raises(CannotStart, match="--account"):
        _fans(shell, tmp_path, "fan_id", "1")
    file = tmp_path / "fans.csv"
    assert "1 fans created" in shell("import", "fans", str(file), "--account", account)
