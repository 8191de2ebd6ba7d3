// Writes docs/INTERFACE.md: sizes as scripts/sizes.mjs measures them, and what axe found, as
// end2end/accessibility.spec.ts left it in target/. Run by `make report`.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const sizes = execFileSync(process.execPath, ["scripts/sizes.mjs", "--markdown"], {
  encoding: "utf8",
});

const scans = ["light", "dark"].flatMap((theme) =>
  JSON.parse(readFileSync(`target/axe-${theme}.json`, "utf8")).map((scan) => ({
    ...scan,
    look: `${theme}, ${scan.size.width} × ${scan.size.height}`,
    // Ids and secrets in addresses are others in each run.
    state: scan.state.replace(/0{8}-[0-]+/g, "none").replace(/[\w-]{20,}/g, "…"),
  })),
);
const unique = (list) => [...new Set(list)];
/** "2 serious, 1 minor". */
const counted = (words) =>
  unique(words)
    .map((word) => `${words.filter((it) => it === word).length} ${word}`)
    .join(", ") || "none";

const looks = unique(scans.map(({ look }) => look));
const rows = unique(scans.map(({ state }) => state)).map((state) => {
  const ofState = scans.filter((scan) => scan.state === state);
  const passed = looks.map((look) =>
    ofState
      .filter((scan) => scan.look === look)
      .map((scan) => scan.passed)
      .join(" and "),
  );
  const violations = counted(ofState.flatMap((scan) => scan.violations));
  return [state.startsWith("/") ? `\`${state}\`` : state, ...passed, violations];
});
const line = (cells) => `| ${cells.join(" | ")} |`;

writeFileSync(
  "docs/INTERFACE.md",
  `# What the interface weighs, and what was checked

\`make report\` measures and writes this page; nothing in it is typed.

## Size

What the browser loads, compressed with Brotli; pieces of less than 5 kB are left out.
The first load is what the chat needs; \`app/src/pages/lazy.rs\` says which pages need which other piece.
\`make test\` fails when a limit is passed; [PERFORMANCE.md](PERFORMANCE.md) says what is known of the first load.

${sizes}
## Accessibility

\`end2end/accessibility.spec.ts\` goes through every page and state below in Chromium and has axe ${unique(scans.map(({ axe }) => axe)).join(", ")} look at it with all the rules that it applies by default.
The figures are the rules that passed, two where the same address was looked at without an account and with one; where none stands, axe was not asked.
Violations are counted by element, over all looks.

${line(["Page or state", ...looks, "Violations"])}
${line(["---", ...looks.map(() => "---:"), "---"])}
${rows.map(line).join("\n")}

Scans: ${scans.length}.
Violations: ${counted(scans.flatMap((scan) => scan.violations))}.
Scans in which axe left a rule to people, because it could not decide: ${counted(scans.flatMap((scan) => scan.undecided))}.
`,
);
