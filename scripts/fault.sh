#!/bin/sh
# The long fault run: how many of each, unless the environment says otherwise. CI runs the few that fit.
set -eu
cd "$(dirname "$0")/.."

export FANCAST_TEST_KILLS="${FANCAST_TEST_KILLS:-50}"    # of processes, a database and form
export FANCAST_TEST_SENDS="${FANCAST_TEST_SENDS:-1000}"  # through a network that loses answers
export FANCAST_TEST_STORMS="${FANCAST_TEST_STORMS:-300}" # verbs, fans and time in any order
export FANCAST_TEST_RACES="${FANCAST_TEST_RACES:-300}"   # of two processes, on each claim
export FANCAST_TEST_PACED="${FANCAST_TEST_PACED:-200}"   # accounts that send at once
exec .venv/bin/pytest tests/fault "$@"
