#!/usr/bin/env bash
# Builds the release server (target/release/overmind) and the site (target/site).
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
scripts/setup.sh
. scripts/env.sh
say "Building (the first time about 15 minutes on two cores):"
step "server and browser part" cargo leptos build --release --precompress
say "Built target/release/overmind and target/site."
