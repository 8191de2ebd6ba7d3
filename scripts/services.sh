#!/usr/bin/env bash
# A throwaway PostgreSQL and Redis for tests: a temporary folder, free ports, nothing kept.
#   eval "$(scripts/services.sh start)"   starts them, sets TEST_POSTGRES_URL and TEST_REDIS_URL
#   scripts/services.sh stop              stops and removes them
#   scripts/services.sh run CMD...        runs CMD with some of its own, stopped in any case
#   scripts/services.sh halt NAME         stops one at once, as if its machine had failed
#   scripts/services.sh resume NAME       starts it again where it was, with what it had stored
# DURABLE=on makes PostgreSQL wait for the disk, as it does where its data matters.
# NAME is postgres or redis. OVERMIND_SERVICES=FILE is a set of services apart from the others.
set -euo pipefail
. "$(dirname "$0")/env.sh"
durable="${DURABLE:-off}"
state="${OVERMIND_SERVICES:-${TMPDIR:-/tmp}/overmind-services-$(id -u)}"

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

# The state file holds the folder, the ports and where PostgreSQL's binaries are.
read_state() { [ -f "$state" ] && read -r folder port redis_port binaries <"$state"; }
write_state() { echo "$folder $port $redis_port $binaries" >"$state"; }

accepts() { as_postgres "$binaries/pg_isready" -q -h 127.0.0.1 -p "$port" -U overmind; }
redis_accepts() { redis-cli -p "$redis_port" ping >/dev/null 2>&1; }

# Detached from our output, so that whoever reads it does not wait for the server's end.
launch_postgres() {
  as_postgres "$binaries/pg_ctl" -D "$folder/data" -l "$folder/postgres.log" -w -t 60 \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200 -c fsync=$durable -c full_page_writes=$durable" \
    start >"$folder/pg_ctl.log" 2>&1 </dev/null && accepts
}

launch_redis() {
  redis-server --port "$redis_port" --bind 127.0.0.1 --save "" --appendonly no --dir "$folder" \
    --pidfile "$folder/redis.pid" --logfile "$folder/redis.log" --daemonize yes >/dev/null 2>&1
  for _ in $(seq 100); do
    redis_accepts && return
    sleep 0.05
  done
  return 1
}

halt_redis() { redis-cli -p "$redis_port" shutdown nosave >/dev/null 2>&1 || true; }
halt_postgres() {
  as_postgres "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
}

# launch_until NAME: on one free port after the other.
launch_until() {
  for _ in 1 2 3 4 5; do
    if [ "$1" = redis ]; then redis_port="$(free_port)"; else port="$(free_port)"; fi
    write_state
    if "launch_$1"; then return; fi
  done
  cat "$folder"/*.log >&2 || true
  stop_all
  say "$1 did not start." >&2
  return 1
}

start_all() {
  if read_state && accepts && redis_accepts; then return; fi
  stop_all
  binaries="$(find_binaries)"
  if ! command -v redis-server >/dev/null; then
    say "Redis is not installed: run scripts/setup.sh test" >&2
    return 1
  fi
  folder="$(mktemp -d "${TMPDIR:-/tmp}/overmind-services.XXXXXX")"
  port=0 redis_port=0
  [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
  cd "$folder"
  as_postgres "$binaries/initdb" -D "$folder/data" -A trust -U overmind -E UTF8 --no-locale --no-sync \
    >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; return 1; }
  launch_until postgres
  launch_until redis
}

stop_all() {
  if read_state && [ -d "$folder/data" ]; then
    cd /
    halt_postgres
    halt_redis
    rm -rf "$folder"
  fi
  rm -f "$state"
}

url() { echo "postgres://overmind@127.0.0.1:$port/postgres"; }
redis_url() { echo "redis://127.0.0.1:$redis_port"; }

case "${1:-} ${2:-}" in
"start ")
  start_all
  echo "export TEST_POSTGRES_URL=$(url)"
  echo "export TEST_REDIS_URL=$(redis_url)"
  ;;
"stop ")
  stop_all
  ;;
"halt postgres" | "halt redis")
  read_state
  "halt_$2"
  ;;
"resume postgres" | "resume redis")
  read_state
  "launch_$2"
  ;;
"run "?*)
  shift
  here="$PWD"
  state="$(mktemp "$state.XXXXXX")"
  trap stop_all EXIT
  start_all
  cd "$here"
  TEST_POSTGRES_URL="$(url)" TEST_REDIS_URL="$(redis_url)" "$@"
  ;;
*)
  say "usage: scripts/services.sh start | stop | run CMD... | halt NAME | resume NAME" >&2
  exit 2
  ;;
esac
