"""Options that several commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fancast.config import Settings, SettingsError, load


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Where:
    """Which data a command works on."""

    data_dir: Annotated[Path | None, Parameter(help="Folder of the data; by default FANCAST_DATA_DIR.")] = (
        None
    )
    database_url: Annotated[str | None, Parameter(help="The database; by default FANCAST_DATABASE_URL.")] = (
        None
    )

    def settings(self, *, existing: bool = False) -> Settings:
        """The settings with these options; with `existing`, only for data that is there already.

        Raises SettingsError.
        """
        settings = load(data_dir=self.data_dir, database_url=self.database_url)
        if existing and settings.file is not None and not settings.file.exists():
            raise SettingsError(f"There is no database at {settings.file}.")
        return settings


#: What the environment says.
HERE = Where()
