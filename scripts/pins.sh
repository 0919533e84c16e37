#!/usr/bin/env bash
# Compile pyproject.toml into pins with hashes, for every platform. Arguments go to uv: --upgrade, -P NAME.
# No header, no annotations, no index address: the files must read the same wherever they are made.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # compile SOURCE FILE OPTIONS...
    local source=$1 file=$2
    shift 2
    .venv/bin/uv pip compile "$source" --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$file" "$@"
}

# All of it first: what runs must agree with what tests it.
compile pyproject.toml requirements/dev.txt --extra dev "$@"
compile pyproject.toml requirements/runtime.txt --constraint requirements/dev.txt "$@"
# What scripts/install.sh installs first, to install the rest quickly.
echo uv | compile - requirements/uv.txt --constraint requirements/dev.txt
