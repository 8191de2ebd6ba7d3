#!/usr/bin/env bash
# Formatting and clippy, once for the server and once for the browser.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
step "cargo fmt --check" cargo fmt --all --check
step "clippy, server" cargo clippy --quiet --all-targets -- -D warnings
step "clippy, browser" cargo clippy --quiet -p frontend --target wasm32-unknown-unknown -- -D warnings
