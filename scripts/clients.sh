#!/usr/bin/env bash
# Runs the official clients in clients/ against a server that is already built; builds nothing.
#   scripts/clients.sh [path of overmind]
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"

bin=""
for candidate in "${1:-target/release/overmind}" "${1:-target/debug/overmind}"; do
  if [ -x "$candidate" ]; then
    bin="$(realpath "$candidate")"
    break
  fi
done
if [ -z "$bin" ]; then
  say "There is no server to test: run make build first, or name one: scripts/clients.sh path/to/overmind"
  exit 1
fi
if [ ! -x "$cache/clients-venv/bin/schemathesis" ] || [ ! -d node_modules/socket.io-client ]; then
  say "The clients are not installed: run scripts/setup.sh test"
  exit 1
fi
export PATH="$cache/clients-venv/bin:$PATH"

# The provider that the server talks to.
mock="${PROVIDER_MOCK_BIN:-$root/target/debug/provider-mock}"
[ -x "$mock" ] || step "provider mock" cargo build --quiet -p provider-mock

folder="$(mktemp -d "${TMPDIR:-/tmp}/overmind-clients.XXXXXX")"
mkdir -p "$folder/site/pkg"
# The clients open no page, but the server wants to know where the pages are.
touch "$folder/site/pkg/overmind.js" "$folder/site/pkg/overmind.wasm"

processes=()
stop() {
  local process
  for process in "${processes[@]}"; do
    kill "$process" 2>/dev/null && wait "$process" || true
  done
  rm -rf "$folder"
}
trap stop EXIT

# start NAME command...: in the background, with nothing of our environment; sets `address` to the
# one that it prints.
start() {
  local name="$1" deadline=$((SECONDS + 60)) process
  shift
  : >"$folder/$name.log"
  (cd "$folder" && exec env -i HOME="$folder" "$@" >>"$folder/$name.log" 2>&1 </dev/null) &
  process=$!
  processes=("$process" "${processes[@]}")
  until address="$(grep -om 1 'http://127\.0\.0\.1:[1-9][0-9]*' "$folder/$name.log")"; do
    if ! kill -0 "$process" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      say "$name did not start:"
      cat "$folder/$name.log"
      exit 1
    fi
    sleep 0.05
  done
}

# The first draft of the workflow overmind falls short and is repaired; one question is never
# answered.
observation='{
      "user_intent": "A more productive team",
      "key_requirements": ["Concrete steps"],
      "context_summary": "",
      "checklist": [
        { "id": "c1", "text": "Nothing in it is wrong", "weight": 1, "accuracy": true },
        { "id": "c2", "text": "It names a first step", "weight": 1, "accuracy": false },
        { "id": "c3", "text": "It says why", "weight": 1, "accuracy": false },
        { "id": "c4", "text": "It can begin today", "weight": 1, "accuracy": false }
      ]
    }'
answer='## Three steps\n\nStart today with one shared list of what is under way.\n\nMeet in writing first: thirty minutes a week are enough.\n\nLook after a month whether less is left undone, because what is seen gets finished.'
cat >"$folder/script.json" <<JSON
{
  "pace": { "first": { "fixed_ms": 50 } },
  "rules": [
    { "when": { "prompt_contains": "What takes forever?" }, "then": { "never": {} } },
    { "when": { "schema": "observation" }, "then": { "json": $observation } },
    { "when": { "schema": "combined" }, "then": { "json": {
      "observation": $observation,
      "core_insights": ["What is seen gets finished"],
      "claims": [], "alignment_check": [],
      "draft": "$answer"
    } } },
    { "when": { "schema": "judgement", "prompt_contains": "Meet less." }, "then": { "json": {
      "items": [
        { "item_id": "c1", "evidence": [1], "reason": "nothing is", "points": 5 },
        { "item_id": "c2", "evidence": [1], "reason": "it does not", "points": 1 },
        { "item_id": "c3", "evidence": [1], "reason": "it does", "points": 5 },
        { "item_id": "c4", "evidence": [1], "reason": "it can", "points": 5 }
      ],
      "directives": [
        { "agent_id": "practical", "item_id": "c2", "sentences": [1], "required_change": "Name a first step" }
      ]
    } } },
    { "when": { "schema": "judgement" }, "then": { "json": {
      "items": [
        { "item_id": "c1", "evidence": [1], "reason": "nothing is", "points": 5 },
        { "item_id": "c2", "evidence": [1], "reason": "it does", "points": 5 },
        { "item_id": "c3", "evidence": [1], "reason": "it does", "points": 5 },
        { "item_id": "c4", "evidence": [1], "reason": "it can", "points": 5 }
      ],
      "directives": []
    } } },
    { "when": { "prompt_contains": "<earlier-draft>" }, "then": { "text": "$answer" } },
    { "when": { "prompt_contains": "Write the answer" }, "then": { "text": "Meet less. It gives everybody time." } }
  ]
}
JSON

start provider "$mock" --script "$folder/script.json"
start server OVERMIND_ADDR=127.0.0.1:0 OVERMIND_DATA_DIR="$folder" LEPTOS_SITE_ROOT="$folder/site" \
  OVERMIND_OPENAI_COMPATIBLE_URL="$address" OVERMIND_DEFAULT_MODEL=compatible/test-model \
  OVERMIND_RATE_LIMIT=1000000 "$bin" serve
export OVERMIND_URL="$address" OVERMIND_BIN="$bin"
# The server is this machine, whatever the way to others.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# The first account, and an API key of it.
credentials="$(
  python - <<'PY'
import json
import os
from urllib.request import Request, urlopen


def post(path, body, **headers):
    headers["Content-Type"] = "application/json"
    url = os.environ["OVERMIND_URL"] + "/v1" + path
    return json.load(urlopen(Request(url, json.dumps(body).encode(), headers)))


account = {"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"}
token = post("/auth/register", account)["access_token"]
key = post("/api-keys", {"name": "Clients", "scope": "write"}, Authorization=f"Bearer {token}")["key"]
print(token, key)
PY
)"
read -r OVERMIND_TOKEN OVERMIND_API_KEY <<<"$credentials"
export OVERMIND_TOKEN OVERMIND_API_KEY
# An admin who may be logged out, and whose organization may be changed.
OVERMIND_DATA_DIR="$folder" "$bin" user add --name Eve --email eve@example.net \
  --new-organization Elsewhere <<<"correct horse battery" >"$folder/user.log"

passed=0
# client NAME command...: counts the lines that begin with `ok`.
client() {
  local name="$1" started=$SECONDS count
  shift
  printf '\n-- %s\n' "$name"
  if ! "$@" 2>&1 | tee "$folder/client.log"; then
    printf '\nFailed: %s. The last that the server said:\n' "$name"
    tail -n 20 "$folder/server.log"
    exit 1
  fi
  count="$(grep -c '^  ok ' "$folder/client.log" || true)"
  if [ "$count" -eq 0 ]; then
    printf '\nFailed: %s showed nothing.\n' "$name"
    exit 1
  fi
  printf '   passed: %d, in %d s\n' "$count" "$((SECONDS - started))"
  passed=$((passed + count))
}

say "Official clients against ${bin#"$root"/}"
client "Socket.IO, as in the specification" node clients/socketio.mjs
client "rights that end while a socket is open" node clients/rights.mjs
client "reconnecting at every event" node clients/reconnect.mjs
client "OpenAI's client for Python" python clients/openai_client.py
client "OpenAI's client for JavaScript" node clients/openai_client.mjs
client "MCP" python clients/mcp_client.py
client "the README's chapter Integrate" clients/readme.sh
client "Schemathesis" clients/schemathesis.sh

printf '\nclients: %d passed\n' "$passed"
