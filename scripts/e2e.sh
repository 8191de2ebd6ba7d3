#!/usr/bin/env bash
# Runs the browser tests against a server that is already built; builds nothing.
#   scripts/e2e.sh [path of overmind] [arguments of playwright ...]
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"

bin=""
if [ $# -gt 0 ] && [ -x "$1" ] && [ ! -d "$1" ]; then
  bin="$(realpath "$1")"
  shift
else
  for candidate in target/release/overmind target/debug/overmind; do
    if [ -x "$candidate" ]; then
      bin="$root/$candidate"
      break
    fi
  done
fi
if [ -z "$bin" ]; then
  say "There is no server to test: run make build first, or name one: scripts/e2e.sh path/to/overmind"
  exit 1
fi

# The provider that the tests talk to.
[ -x target/debug/provider-mock ] || step "provider mock" cargo build --quiet -p provider-mock

say "Browser tests against ${bin#"$root"/}"
cd end2end
OVERMIND_BIN="$bin" exec playwright test "$@"
