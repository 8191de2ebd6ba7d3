#!/usr/bin/env bash
# Sets up and builds what is missing, then starts the server.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
scripts/build.sh
cat <<'TEXT'

Ask in the terminal, from this folder:

  target/release/overmind ask "How do I improve team productivity?"

`target/release/overmind models` says which models are connected. Ctrl-C stops the server.

TEXT
exec target/release/overmind serve
