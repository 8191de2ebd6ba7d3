#!/usr/bin/env bash
# Builds the browser part into target/site, optimized and compressed, with the tools that
# cargo-leptos would call. cargo-leptos itself takes more than ten minutes to compile; only
# `make dev`, which watches and reloads, needs it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
site=target/site
pkg="$site/pkg"
bound=target/front/bound

cargo build --package frontend --lib --target wasm32-unknown-unknown --profile wasm-release \
  --target-dir target/front
wasm-bindgen target/front/wasm32-unknown-unknown/wasm-release/frontend.wasm \
  --target web --out-name overmind --out-dir "$bound" --no-typescript

rm -rf "$site"
mkdir -p "$pkg"
cp -R public/. "$site/"
# The names that the pages load.
wasm-opt -Oz --enable-bulk-memory --enable-nontrapping-float-to-int \
  "$bound/overmind_bg.wasm" -o "$pkg/overmind.wasm"
terser --module --compress --mangle -- "$bound/overmind.js" >"$pkg/overmind.js"
tailwindcss --input style/tailwind.css --output "$pkg/overmind.css" --minify
node scripts/compress.mjs "$site"
