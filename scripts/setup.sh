#!/usr/bin/env bash
# Sets up what is missing to build and test Overmind: system packages, a Rust toolchain with the
# wasm target, wasm-bindgen, npm packages, the built-in model. Safe to run twice.
#   scripts/setup.sh          what `make run` needs
#   scripts/setup.sh test     also what `make test` needs
#   scripts/setup.sh dev      also what `make dev` needs
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
purpose="${1:-run}"
started=$SECONDS

cargo_leptos_version=0.3.11
wasm_split_version=0.2.4
rust_needed=1.96

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# version_at_least 1.96.0 1.96
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

packages_updated=
apt_install() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "Please install these with your package manager, then run this again: ${missing[*]}"
    return 1
  fi
  if [ -z "$packages_updated" ]; then
    step "apt-get update" as_root apt-get update
    packages_updated=1
  fi
  step "apt-get install ${missing[*]}" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

rustc_version() { rustc --version 2>/dev/null | cut -d ' ' -f 2; }

has_wasm_target() {
  # Through links: one whose cache folder was deleted does not count.
  [ -n "$(find -L "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" -type f -name 'libstd-*.rlib' 2>/dev/null)" ]
}

toolchain_ready() { version_at_least "$(rustc_version || echo 0)" "$rust_needed" && has_wasm_target; }

# Builds the wasm standard library from Debian's sources in the cache folder, and links it to where
# rustc looks for it.
build_wasm_std() {
  local dir lib
  dir="$cache/wasm-std/$(/usr/bin/rustc --version | cut -d ' ' -f 2)"
  lib="$(/usr/bin/rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib"
  mkdir -p "$dir/src"
  dir="$(realpath "$dir")"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$dir/Cargo.toml"
  : >"$dir/src/lib.rs"
  (
    cd "$dir"
    # An outer target folder or toolchain would put the result elsewhere.
    unset CARGO_TARGET_DIR RUSTFLAGS
    RUSTUP_TOOLCHAIN='' RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
      /usr/bin/cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort
  )
  rm -f "$dir"/target/wasm32-unknown-unknown/release/deps/libempty-*
  as_root mkdir -p "$lib"
  as_root ln -sf "$dir"/target/wasm32-unknown-unknown/release/deps/*.rlib "$lib/"
}

use_debian_toolchain() {
  apt_install rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-19
  if ! RUSTUP_TOOLCHAIN='' PATH="/usr/bin:$PATH" has_wasm_target; then
    step "wasm standard library from Debian's Rust sources" build_wasm_std
  fi
  if command -v rustup >/dev/null 2>&1; then
    step "rustup toolchain link debian" rustup toolchain link debian /usr
  fi
  touch "$cache/toolchain-debian"
  . scripts/env.sh
}

set_up_toolchain() {
  toolchain_ready && return 0
  if [ ! -f "$cache/toolchain-debian" ] && command -v rustup >/dev/null 2>&1 &&
    version_at_least "$(rustc_version || echo 0)" "$rust_needed"; then
    step "rustup target add wasm32-unknown-unknown" \
      timeout 300 rustup target add wasm32-unknown-unknown || say "  rustup cannot fetch it here: using Debian's Rust"
  fi
  toolchain_ready || use_debian_toolchain
  toolchain_ready || { say "No Rust $rust_needed or newer with the wasm target: install one with rustup, then run this again."; return 1; }
}

# cargo-leptos waits for compilers most of the time, so it is built unoptimized, with the settings
# its build scripts and macros have too: what both need is then built once. Only what compresses
# the site is optimized. Its own release profile takes three times as long.
install_cargo_leptos() {
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
    cargo install --root "$cache/tools" cargo-leptos --locked --version "$cargo_leptos_version" \
    --config 'profile.release.package.brotli.opt-level=2'
}

# Rewrites the whole browser part in every build: what does that is optimized.
install_wasm_bindgen() {
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
    cargo install --root "$cache/tools" wasm-bindgen-cli --force --version "$1" \
    --config 'profile.release.package.walrus.opt-level=2' \
    --config 'profile.release.package.wasm-bindgen-cli-support.opt-level=2' \
    --config 'profile.release.package.wasmparser.opt-level=2'
}

# Cuts the browser part into what the first page needs and what others fetch when they are opened.
install_wasm_split() {
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
    cargo install --root "$cache/tools" wasm_split_cli_support --locked --force \
    --version "$wasm_split_version" --features build-binary \
    --config 'profile.release.package.wasm_split_cli_support.opt-level=2' \
    --config 'profile.release.package.wasmparser.opt-level=2'
  printf '%s\n' "$wasm_split_version" >"$cache/tools/wasm-split-version"
}

set_up_cargo_tools() {
  local bindgen
  bindgen="$(grep -A 1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')"
  [ "$purpose" != dev ] ||
    [ "$(cargo-leptos --version 2>/dev/null | awk '{print $2}')" = "$cargo_leptos_version" ] ||
    step "cargo install cargo-leptos (about 10 minutes)" install_cargo_leptos
  # Must be the very version that the crate was compiled with.
  [ "$(wasm-bindgen --version 2>/dev/null | awk '{print $2}')" = "$bindgen" ] ||
    step "cargo install wasm-bindgen-cli (2 to 4 minutes)" install_wasm_bindgen "$bindgen"
  [ "$(cat "$cache/tools/wasm-split-version" 2>/dev/null)" = "$wasm_split_version" ] ||
    step "cargo install wasm_split_cli_support (a minute)" install_wasm_split
}

set_up_npm() {
  if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    # Not `npm ci`: it insists on the packages of every other platform being in the lock file, and
    # not every registry mirror carries them. The versions are those of the lock file either way.
    step "npm install" env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-save --no-audit --no-fund
  fi
}

install_clients() {
  python3 -m venv "$cache/clients-venv"
  "$cache/clients-venv/bin/pip" install --quiet --disable-pip-version-check -r clients/requirements.txt
  # Last, so that an interrupted installation is done again.
  cp clients/requirements.txt "$cache/clients-venv/requirements.txt"
}

set_up_clients() {
  apt_install python3-venv
  cmp -s clients/requirements.txt "$cache/clients-venv/requirements.txt" ||
    step "Python packages of the clients" install_clients
}

say "Setting up what is missing:"
mkdir -p "$cache/tools"
apt_install ca-certificates gcc g++ cmake clang libclang-dev pkg-config
set_up_toolchain
set_up_cargo_tools
set_up_npm
[ "$purpose" != test ] || apt_install chromium fonts-liberation postgresql redis-server
[ "$purpose" != test ] || set_up_clients
scripts/fetch-model.sh
say "Set-up ready after $((SECONDS - started)) s (Rust $(rustc_version), cache folder $cache)."
