"""Settings: defaults, environment, files and flags; what is wrong is one line."""

from pathlib import Path

import pytest

from fancast.config import FIELDS, Settings, SettingsError, load, variable


def test_without_anything_the_defaults_hold() -> None:
    settings = load({})
    assert settings == Settings()
    assert settings.url == "sqlite:///fancast-data/fancast.db"
    assert settings.on_sqlite


def test_flags_go_before_the_environment_and_that_before_a_commands_own_defaults() -> None:
    environment = {"FANCAST_PORT": "81", "FANCAST_HOST": "0.0.0.0", "PATH": "/bin"}
    settings = load(environment, defaults={"threads": 3, "host": "::1"}, port=82, data_dir=None)
    assert (settings.port, settings.host, settings.threads) == (82, "0.0.0.0", 3)


def test_an_empty_variable_is_none() -> None:
    assert load({"FANCAST_PORT": ""}).port == Settings().port


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://fancast:secret@db/fancast\n")
    settings = load({"FANCAST_DATABASE_URL_FILE": str(file)})
    assert settings.url == "postgresql://fancast:secret@db/fancast"
    assert not settings.on_sqlite


@pytest.mark.parametrize("name", ["FANCAST_TEST_POSTGRESQL_URL", "FANCASTER", "fancast_port"])
def test_other_peoples_variables_are_left_alone(name: str) -> None:
    assert load({name: "x"}) == Settings()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"FANCAST_PROT": "1"}, "FANCAST_PROT is no setting"),
        ({"FANCAST_PORT": "eighty"}, "FANCAST_PORT cannot be 'eighty'"),
        ({"FANCAST_PORT": "65536"}, "FANCAST_PORT cannot be '65536'"),
        ({"FANCAST_SQLITE_SYNCHRONOUS": "off"}, "FANCAST_SQLITE_SYNCHRONOUS cannot be 'off'"),
        ({"FANCAST_THREADS": "0"}, "FANCAST_THREADS cannot be '0'"),
        ({"FANCAST_LOG_LEVEL": "loud"}, "FANCAST_LOG_LEVEL cannot be 'loud'"),
        ({"FANCAST_DATABASE_URL_FILE": "/nowhere/at/all"}, "FANCAST_DATABASE_URL_FILE cannot be read"),
        ({"FANCAST_PORT_FILE": "x", "FANCAST_PORT": "1"}, "FANCAST_PORT and FANCAST_PORT_FILE are both set"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environment)
    assert str(refused.value).startswith(named)
    assert "\n" not in str(refused.value)


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    from scripts.configuration_page import PAGE, written

    assert PAGE.read_text(encoding="utf-8") == written(), "run: python -m scripts.configuration_page"
    assert all(variable(name) in written() for name in FIELDS)
