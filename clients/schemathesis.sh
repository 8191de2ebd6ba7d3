#!/usr/bin/env bash
# Schemathesis sends what the OpenAPI document allows, and what it forbids, to every operation, and
# holds each answer against the document. Needs an admin's token and a raised OVERMIND_RATE_LIMIT.
set -euo pipefail

# Operations left out:
# - log_out ends the log-in that the token belongs to.
# - change_organization would set the limit on requests that it is tested under.
left_out=(--exclude-operation-id log_out --exclude-operation-id change_organization)

# Checks left out:
# - positive_data_acceptance: the document says how a value looks, not every rule that it must keep
#   (a title is more than blanks), so what fits it may still be answered with 422.
# - ensure_resource_availability: a repeated Idempotency-Key is answered as the first time, also when
#   what was made then has been deleted since.
unchecked=positive_data_acceptance,ensure_resource_availability

# Schemathesis keeps what it found in the folder it runs in.
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Writes what it is told: the document, and a run, because no operation lists them.
python3 - <<'PY'
import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

url = os.environ["OVERMIND_URL"] + "/v1"
headers = {"Authorization": "Bearer " + os.environ["OVERMIND_TOKEN"], "Content-Type": "application/json"}


def call(path, body=None):
    return json.load(urlopen(Request(url + path, body and json.dumps(body).encode(), headers)))


conversation = call("/conversations", {"title": "Team productivity"})["id"]
question = {"content": "How do I improve team productivity?", "workflow_id": "quick"}
run = call(f"/conversations/{conversation}/messages?wait=true", question)["run"]["id"]
Path("schemathesis.toml").write_text(f"""
[[operations]]
include-path-regex = "^/runs/"
parameters = {{ "path.id" = "{run}" }}
""")

document = call("/openapi.json")
for operations in document["paths"].values():
    for operation in operations.values():
        for response in operation["responses"].values():
            # In OpenAPI 3.1 it is that of the whole text; Schemathesis holds it against each event.
            response.get("content", {}).get("text/event-stream", {}).pop("schema", None)
Path("openapi.json").write_text(json.dumps(document))
PY

# The same requests every time; the bound on the time is for a server that hangs.
if ! timeout 300 schemathesis run openapi.json --url "$OVERMIND_URL/v1" \
  --header "Authorization: Bearer $OVERMIND_TOKEN" "${left_out[@]}" \
  --checks all --exclude-checks "$unchecked" \
  --max-examples 15 --generation-deterministic \
  --request-timeout 30 --warnings off --no-color >report 2>&1; then
  cat report
  exit 1
fi
grep -E 'Selected:|generated' report | sed 's/^ */      /'
echo "  ok  no server error, no undocumented status, no answer against its schema"

# Had an operation ended the log-in, the rest would have passed as documented 401s.
python3 - <<'PY'
import os
from urllib.request import Request, urlopen

headers = {"Authorization": "Bearer " + os.environ["OVERMIND_TOKEN"]}
assert urlopen(Request(os.environ["OVERMIND_URL"] + "/v1/me", headers=headers)).status == 200
PY
echo "  ok  the token was good to the end"
