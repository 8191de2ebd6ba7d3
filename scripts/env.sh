# Sourced by every script: where the tools live, which Rust toolchain builds, and how to talk.
# Changes the environment only; installs nothing.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cache="${OVERMIND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/overmind}"
export OVERMIND_CACHE="$cache"
export PATH="$cache/tools/bin:$root/node_modules/.bin:$PATH"

# One toolchain builds both the server and the browser part. rustup's own is used when it has the
# wasm target; otherwise Debian's, which setup.sh links under the name `debian`.
if [ -f "$cache/toolchain-debian" ]; then
  if command -v rustup >/dev/null 2>&1; then
    export RUSTUP_TOOLCHAIN=debian
  else
    export PATH="/usr/bin:$PATH"
  fi
  # Debian's rustc has no rust-lld of its own.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
fi

say() { printf '%s\n' "$*"; }

# step "what" command...: runs it quietly, says how long it took, shows its end when it fails.
step() {
  local what="$1" log started status=0
  shift
  log="$(mktemp)"
  started=$SECONDS
  printf '  %-52s ' "$what"
  RUST_BACKTRACE=0 "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    printf '%4d s\n' "$((SECONDS - started))"
  else
    printf 'failed after %d s\n' "$((SECONDS - started))"
    tail -n "${STEP_TAIL:-40}" "$log"
  fi
  rm -f "$log"
  return "$status"
}
