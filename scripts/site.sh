#!/usr/bin/env bash
# Builds the browser part into target/site, optimized and compressed, with the tools that
# cargo-leptos would call. cargo-leptos itself takes more than ten minutes to compile; only
# `make dev`, which watches and reloads, needs it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
site=target/site
pkg="$site/pkg"
front=target/front
out="$front/wasm32-unknown-unknown/wasm-release/frontend.wasm"
split="$front/split"
bound="$front/bound"

# The splitter needs to know which address belongs to what.
cargo rustc --package frontend --lib --target wasm32-unknown-unknown --profile wasm-release \
  --target-dir "$front" -- -Clink-args=--emit-relocs
rm -rf "$split" "$bound" "$site"
mkdir -p "$split" "$bound" "$pkg"
wasm-split-cli --target web --out-name overmind "$out" "$split"
wasm-bindgen "$split/overmind.wasm" --target web --keep-lld-exports --no-demangle \
  --out-name overmind --out-dir "$bound" --no-typescript
rm "$split/overmind.wasm"

cp -R public/. "$site/"
# The names that the pages load.
mv "$bound/overmind_bg.wasm" "$split/overmind.wasm"
optimize() {
  wasm-opt -Oz --enable-bulk-memory --enable-nontrapping-float-to-int \
    "$split/$1" -o "$pkg/$1"
}
# Beside the large one, the small ones.
optimize overmind.wasm &
large=$!
for wasm in "$split"/*.wasm; do
  name="$(basename "$wasm")"
  [ "$name" = overmind.wasm ] || optimize "$name"
done
wait "$large"
for script in "$bound/overmind.js" "$split"/*.js; do
  terser --module --compress --mangle -- "$script" >"$pkg/$(basename "$script")"
done
scripts/charts.sh
tailwindcss --input style/tailwind.css --output "$pkg/overmind.css" --minify
node scripts/compress.mjs "$site"
