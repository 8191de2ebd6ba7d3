#!/usr/bin/env bash
# Builds the release server (target/release/overmind) and the site (target/site).
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
scripts/setup.sh
. scripts/env.sh
# The browser part is optimized anew each time, which takes half a minute.
built=target/built
sources=(Cargo.toml Cargo.lock package-lock.json app crates frontend migrations public scripts server style)
if [ -x target/release/overmind ] && [ -f "$built" ] &&
  [ -z "$(find "${sources[@]}" -newer "$built" -print -quit)" ]; then
  say "target/release/overmind and target/site are up to date."
  exit 0
fi
mkdir -p target
touch "$built.begun"
# At the same time: each has stretches in which it uses one core only.
build_both() {
  cargo build --release --package server --bin overmind &
  local server=$!
  scripts/site.sh || {
    kill "$server"
    return 1
  }
  wait "$server"
}
say "Building (the first time about half an hour on two cores):"
step "server and browser part" build_both
mv "$built.begun" "$built"
say "Built target/release/overmind and target/site."
