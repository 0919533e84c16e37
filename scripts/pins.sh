#!/usr/bin/env bash
# Compile pyproject.toml into pins with hashes, for every platform. Arguments go to uv: --upgrade, -P NAME.
# No header, no annotations, no index address: the files must read the same wherever they are made.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # compile FILE OPTIONS...
    local file=$1
    shift
    .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$file" "$@"
}

compile requirements/runtime.txt "$@"
compile requirements/dev.txt --extra dev --constraint requirements/runtime.txt "$@"
