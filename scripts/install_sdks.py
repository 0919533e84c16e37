"""Lay the published OFAuth SDKs, three versions of one package, beside each other for tests/clients.

    python scripts/install_sdks.py

Three versions cannot share one environment, so each is installed unmodified, by pinned hash, into a
folder of its own: <environment>/sdks/<version>. A test script sees one of them through PYTHONPATH.
A folder that already holds what its pins say is left alone, so a repeat takes milliseconds.
"""

import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
SDKS = Path(sys.prefix) / "sdks"
PREFIX = "sdk-ofauth-"


def main() -> None:
    for pins in sorted(REQUIREMENTS.glob(f"{PREFIX}*.txt")):
        folder = SDKS / pins.stem.removeprefix(PREFIX)
        if not _is_current(folder, pins):
            _install(folder, pins)


def _is_current(folder: Path, pins: Path) -> bool:
    stamp = folder / "pins.txt"
    return stamp.exists() and stamp.read_text() == pins.read_text()


def _install(folder: Path, pins: Path) -> None:
    """Install into an empty folder; the stamp comes last, so a broken install is done again."""
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(folder)]
    subprocess.run([*pip, *options, "--requirement", str(pins)], check=True)
    shutil.copyfile(pins, folder / "pins.txt")


if __name__ == "__main__":
    main()
