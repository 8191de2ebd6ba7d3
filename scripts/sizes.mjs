// What the browser loads, compressed, beside its limits: `node scripts/sizes.mjs target/site`, with
// `--markdown` to the byte, as a table for docs. Fails when something has grown beyond its limit.
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { markdown: { type: "boolean" } },
  allowPositionals: true,
});
const pkg = path.join(positionals[0] ?? "target/site", "pkg");
const bytes = (names) =>
  names.reduce((sum, name) => sum + statSync(path.join(pkg, name)).size, 0);
const kB = (names) => bytes(names) / 1000;
const compressed = readdirSync(pkg).filter((name) => name.endsWith(".br"));

const first = ["overmind.wasm.br", "overmind.js.br", "overmind.css.br"];
const rows = [["first load of a page", first, 570, "aim: 300"]];
for (const name of compressed.filter((name) => !first.includes(name)).sort()) {
  const readable = name.replace(/^split_|_\d{9,}|\.(wasm|js)|\.br$/g, "");
  if (kB([name]) >= 5) rows.push([readable, [name], name === "charts.js.br" ? 200 : 120, ""]);
}

let grown = false;
if (values.markdown) console.log("| What | Bytes | At most |\n|---|---:|---|");
for (const [what, names, limit, note] of rows) {
  const size = kB(names);
  const verdict = size > limit ? "too large" : "";
  grown ||= size > limit;
  const remarks = [note, verdict].filter(Boolean).join(", ");
  console.log(
    values.markdown
      ? `| ${what} | ${bytes(names).toLocaleString("en")} | ${[`${limit} kB`, remarks].filter(Boolean).join(", ")} |`
      : `${what.padEnd(24)} ${size.toFixed(0).padStart(5)} kB   at most ${String(limit).padStart(3)}   ${remarks}`,
  );
}
process.exit(grown ? 1 : 0);
