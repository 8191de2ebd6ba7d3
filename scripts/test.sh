#!/usr/bin/env bash
# Every check and test, with the time each suite took beside its budget in seconds
# (from a clean checkout on two cores; together 75 minutes).
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
results="$(mktemp)"
log="$(mktemp)"
trap 'rm -f "$results" "$log"' EXIT

# suite NAME BUDGET command...: shows the output as it comes, records the time.
suite() {
  local name="$1" budget="$2" started=$SECONDS
  shift 2
  printf '\n== %s (budget %d s)\n' "$name" "$budget"
  if ! "$@" 2>&1 | tee -a "$log"; then
    printf '\nFailed: %s, after %d s\n' "$name" "$((SECONDS - started))"
    exit 1
  fi
  printf '%-24s %6d s   budget %5d s\n' "$name" "$((SECONDS - started))" "$budget" >>"$results"
}

browser_build() { scripts/site.sh && node scripts/sizes.mjs target/site; }
browser_tests() { LEPTOS_SITE_ROOT="$root/target/site" scripts/e2e.sh target/debug/overmind; }

suite "set-up" 480 scripts/setup.sh test
. scripts/env.sh
suite "tests" 1300 scripts/services.sh run cargo test --quiet
suite "clients" 240 scripts/clients.sh target/debug/overmind
suite "lint" 850 scripts/lint.sh
suite "browser build" 500 browser_build
suite "browser tests" 1100 browser_tests

printf '\nTime per suite:\n'
cat "$results"
rust="$(grep -oE '^test result: ok\. [0-9]+ passed' "$log" | grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }')"
browser="$(grep -oE '^ +[0-9]+ passed' "$log" | grep -oE '[0-9]+' | tail -n 1)"
clients="$(sed -n 's/^clients: \([0-9]*\) passed$/\1/p' "$log")"
printf '\n%d passed, 0 failed\n' "$((rust + browser + clients))"
