#!/usr/bin/env bash
# Runs what the README's chapter "Integrate" shows, as it stands there: only the address and the
# place of the program are those of this server. Each piece has to print the answer.
set -euo pipefail
readme="$(dirname "$0")/../README.md"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# Each piece into a file of its own, named by its place and its language.
python3 - "$readme" "$folder" <<'PY'
import os
import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text()
chapter = re.search(r"^## Integrate\n(.*?)^## ", text, re.M | re.S).group(1)
for number, (language, piece) in enumerate(re.findall(r"^```(\w+)\n(.*?)^```", chapter, re.M | re.S)):
    piece = piece.replace("http://127.0.0.1:3000", os.environ["OVERMIND_URL"])
    piece = piece.replace("target/release/overmind", os.environ["OVERMIND_BIN"])
    Path(sys.argv[2], f"{number}.{language}").write_text(piece)
PY

found=""
for piece in "$folder"/*.*; do
  language="${piece##*.}"
  input=/dev/null
  case "$language" in
    sh) run=(bash -euo pipefail "$piece") ;;
    python) run=(python "$piece") ;;
    # From its input, so that packages are looked for here.
    js)
      run=(node --input-type=module -)
      input="$piece"
      ;;
    *)
      echo "The README has a piece in $language: say how it is run, in clients/readme.sh"
      exit 1
      ;;
  esac
  if ! timeout 60 "${run[@]}" <"$input" >"$folder/said" 2>"$folder/told" \
    || ! grep -q 'Start today with one shared list' "$folder/said"; then
    echo "This piece of the README does not print the answer:"
    cat "$piece" "$folder/said" "$folder/told"
    exit 1
  fi
  found="$found $language"
  echo "  ok  $language: $(wc -l <"$piece") lines print the answer"
done
if [ "$found" != " sh python js sh" ]; then
  echo "The chapter Integrate has other pieces than it had:$found"
  exit 1
fi
