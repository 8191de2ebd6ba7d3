#!/usr/bin/env bash
# Runs the bench against the release build, with a PostgreSQL of its own.
#   scripts/bench.sh measure [what ...]   the figures beside their targets, also in target/bench.json
#   scripts/bench.sh soak [--runs N]      wear
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"

step "bench" cargo build --release --quiet --package bench
# Ten thousand sockets are ten thousand open files, on both sides.
ulimit -n "$(ulimit -Hn)"
DURABLE=on exec scripts/services.sh run target/release/bench "$@"
