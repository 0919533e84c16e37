#!/usr/bin/env bash
# The checks that change nothing, cheapest first, each named for what it finds.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

step() { # step NAME COMMAND...
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf '  %-9s ok\n' "$name"
    else
        printf '  %-9s FAILED: %s\n%s\n' "$name" "$*" "$output" >&2
        exit 1
    fi
}

step format "$bin/ruff" format --check .
step lint "$bin/ruff" check .
step spelling "$bin/codespell"
step imports "$bin/lint-imports" --no-logo
step types "$bin/mypy"
