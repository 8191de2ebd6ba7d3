#!/usr/bin/env bash
# A throwaway PostgreSQL for tests: a temporary folder, a free port, nothing kept.
#   eval "$(scripts/services.sh start)"   starts it and sets TEST_POSTGRES_URL
#   scripts/services.sh stop              stops and removes it
#   scripts/services.sh run CMD...        runs CMD with one of its own, stopped in any case
set -euo pipefail
. "$(dirname "$0")/env.sh"
state="${TMPDIR:-/tmp}/overmind-services-$(id -u)"

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# The newest installed version.
find_binaries() {
  local found
  found="$(find /usr/lib/postgresql /usr/local/pgsql /opt/homebrew/opt -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 || true)"
  [ -n "$found" ] || found="$(command -v initdb || true)"
  if [ -z "$found" ]; then
    say "PostgreSQL is not installed: run scripts/setup.sh test" >&2
    return 1
  fi
  dirname "$found"
}

# One that nobody listens on; another process may still take it first, so start tries again.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 30000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# The state file holds the folder, the port and where the binaries are.
read_state() { [ -f "$state" ] && read -r folder port binaries <"$state"; }

accepts() { as_postgres "$binaries/pg_isready" -q -h 127.0.0.1 -p "$port" -U overmind; }

start_postgres() {
  if read_state && accepts; then return; fi
  stop_postgres
  binaries="$(find_binaries)"
  folder="$(mktemp -d "${TMPDIR:-/tmp}/overmind-postgres.XXXXXX")"
  [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
  cd "$folder"
  as_postgres "$binaries/initdb" -D "$folder/data" -A trust -U overmind -E UTF8 --no-locale --no-sync \
    >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; return 1; }
  for _ in 1 2 3 4 5; do
    port="$(free_port)"
    echo "$folder $port $binaries" >"$state"
    # Detached from our output, so that whoever reads it does not wait for the server's end.
    if as_postgres "$binaries/pg_ctl" -D "$folder/data" -l "$folder/postgres.log" -w -t 60 \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
      start >"$folder/pg_ctl.log" 2>&1 </dev/null && accepts; then
      return
    fi
  done
  cat "$folder/pg_ctl.log" "$folder/postgres.log" >&2 || true
  stop_postgres
  say "PostgreSQL did not start." >&2
  return 1
}

stop_postgres() {
  if read_state && [ -d "$folder/data" ]; then
    cd /
    as_postgres "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
  fi
  rm -f "$state"
}

url() { echo "postgres://overmind@127.0.0.1:$port/postgres"; }

case "${1:-}" in
start)
  start_postgres
  echo "export TEST_POSTGRES_URL=$(url)"
  ;;
stop)
  stop_postgres
  ;;
run)
  shift
  here="$PWD"
  state="$(mktemp "$state.XXXXXX")"
  trap stop_postgres EXIT
  start_postgres
  cd "$here"
  TEST_POSTGRES_URL="$(url)" "$@"
  ;;
*)
  say "usage: scripts/services.sh start | stop | run CMD..." >&2
  exit 2
  ;;
esac
