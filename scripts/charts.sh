#!/usr/bin/env bash
# Builds what draws charts, and only that much of ECharts, into target/site/pkg/charts.js, with the
# licences of what is in it. Part of scripts/site.sh; beside `make dev` it is called by hand.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
pkg=target/site/pkg

mkdir -p "$pkg"
esbuild app/charts/main.js --bundle --minify --format=esm --target=chrome123,firefox120,safari17.5 \
  --define:process.env.NODE_ENV='"production"' --legal-comments=none --log-level=warning \
  --banner:js='/* With Apache ECharts: see charts.LICENSE.txt */' --outfile="$pkg/charts.js"
for package in echarts zrender tslib; do
  printf '%s %s\n\n' "$package" "$(node -p "require('./node_modules/$package/package.json').version")"
  cat "node_modules/$package"/{LICENSE,LICENSE.txt,NOTICE} 2>/dev/null || true
  printf '\n\n'
done >"$pkg/charts.LICENSE.txt"
