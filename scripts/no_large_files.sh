#!/usr/bin/env bash
# pre-commit gives the staged files; none may be larger than 500 kB.
large=$(find "$@" -maxdepth 0 -type f -size +500k)
[ -z "$large" ] && exit 0
printf 'Larger than 500 kB, so not for git:\n%s\n' "$large" >&2
exit 1
