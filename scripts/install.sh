#!/usr/bin/env bash
# Make .venv, install the pinned packages by hash, then Fancast itself from this folder.
# Needs Python 3.11 or newer and nothing else. PYTHON=... chooses which; the stamp makes a repeat quick.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/installed.txt

wanted() { # what an installation depends on
    cat pyproject.toml requirements/*.txt scripts/install.sh scripts/install_sdks.py
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Fancast needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3." >&2
    exit 1
}

if wanted | cmp -s - "$stamp"; then
    exit 0
fi

python=$(find_python)
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || {
        echo "This Python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
pip=(.venv/bin/python -m pip --disable-pip-version-check install --quiet --quiet --no-compile)
echo "Installing the pinned packages"
"${pip[@]}" --require-hashes -r requirements/uv.txt
# uv takes a third of pip's time; pip goes on where only pip's own settings know the way to a mirror.
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps -r requirements/dev.txt ||
    "${pip[@]}" --require-hashes --no-deps -r requirements/dev.txt
"${pip[@]}" --no-deps --no-build-isolation --editable .
.venv/bin/python scripts/install_sdks.py
wanted > "$stamp"
