// What the pictures in docs/screenshots show: a provider that says something worth reading, and
// how a page is looked at.
import path from "node:path";
import type { Locator, Page } from "@playwright/test";
import type { Script } from "./world";

const folder = path.resolve(__dirname, "../docs/screenshots");

const thoughts: Record<string, string[]> = {
  "Creative Clarity": [
    "Turn status meetings into a written daily note.",
    "Let each team drop one rule of its choice.",
    "Try one day a week without meetings.",
    "Show finished work every second Friday.",
  ],
  "Structural Clarity": [
    "One shared list, ordered by value, replaces five.",
    "Each task has one owner and one next step.",
    "Work in progress is limited to two tasks a person.",
    "Decisions are written where the work is.",
  ],
  "Analytical Clarity": [
    "Measure the time from start to finish, not hours worked.",
    "Waiting takes most of it: look there first.",
    "Compare four weeks before with four weeks after.",
    "Stop what changes nothing.",
  ],
  "Empathic Clarity": [
    "Ask people what slows them down before deciding.",
    "Protect two quiet hours each morning.",
    "Praise what is finished, not who stays late.",
    "Change one habit at a time.",
  ],
  "Strategic Clarity": [
    "Choose three goals for the quarter and say no to the rest.",
    "Tie each task to one of them.",
    "Look at the list together once a month.",
    "Give up what no longer matters.",
  ],
  "Practical Clarity": [
    "Start on Monday with one shared list.",
    "Cancel the status meeting this week.",
    "Block two quiet hours in every calendar.",
    "Look back after four weeks.",
  ],
};

const answer = `## Start on Monday

Put all open work on **one shared list**, ordered by value, with one owner for each task. Nobody works on more than two at a time.

## In the first month

| Week | Change | Sign that it works |
|---|---|---|
| 1 | One list, one owner for each task | Nobody asks who does what |
| 2 | A written note replaces the status meeting | Two hours a week come back |
| 3 | Two quiet hours each morning | Fewer tasks are left half done |
| 4 | Look back together | The time from start to finish falls |

## How you know

Measure the time from start to finish, and compare four weeks before with four weeks after. If it did not fall, give the change up.`;

/** As it was before it was sent back. */
const firstDraft = answer
  .replace("## Start on Monday", "## One list")
  .replace("Nobody works on more than two at a time.", "Order it anew every week.")
  .replace("and compare four weeks before with four weeks after. ", "");

const items = [
  ["c1", "Nothing in it is wrong", "no claim goes beyond what was said"],
  ["c2", "Names a first step for Monday", "it begins with one shared list"],
  ["c3", "Says how success is measured", "the time from start to finish"],
  ["c4", "Fits a team of any size", "nothing depends on the size"],
];

const judged = (points: Record<string, number>, reasons: Record<string, string> = {}) => ({
  json: {
    items: items.map(([id, , reason]) => ({
      item_id: id,
      evidence: [1],
      reason: reasons[id] ?? reason,
      points: points[id] ?? 5,
    })),
    directives: Object.keys(points).map((item_id) => ({
      agent_id: "practical",
      item_id,
      sentences: [1],
      required_change: "Name what to do on Monday",
    })),
  },
});

export function script(state: State): Script {
  const slow = { first: { fixed_ms: 20_000 } };
  return {
    rules: [
      ...(state === "degraded"
        ? [
            {
              when: { schema: "contribution", prompt_contains: "You are Analytical Clarity" },
              then: { status: { status: 401, message: "Incorrect API key provided." } },
            },
          ]
        : []),
      ...Object.entries(thoughts).map(([name, lines], number) => ({
        when: { schema: "contribution", prompt_contains: `You are ${name}` },
        then: {
          json: { lines, detail: null },
          pace: state === "running" && number > 2 ? slow : { first: { fixed_ms: 200 * number } },
        },
      })),
      {
        when: { schema: "observation" },
        then: {
          json: {
            user_intent: "A team that finishes more of what matters",
            key_requirements: ["Concrete steps", "A way to measure"],
            context_summary: "",
            checklist: items.map(([id, text]) => ({ id, text, weight: 1, accuracy: id === "c1" })),
          },
        },
      },
      ...(state === "cancelled" ? [{ when: { schema: "distillation" }, then: { never: {} } }] : []),
      {
        when: { schema: "distillation" },
        then: {
          json: {
            core_insights: ["Less at a time gets more finished", "What is measured is changed"],
            claims: [
              {
                text: "One shared list comes first",
                agents: ["structural", "practical", "strategic"],
                agreement: "agreed",
              },
              {
                text: "Meetings are what costs the most time",
                agents: ["creative", "analytical"],
                agreement: "disputed",
              },
            ],
            alignment_check: [{ agent_id: "practical", aligned: true }],
          },
        },
      },
      ...(state === "repaired"
        ? [
            {
              when: { schema: "judgement" },
              then: judged({ c2: 1 }, { c2: "the answer names no first step" }),
              times: 1,
            },
          ]
        : []),
      { when: { schema: "judgement" }, then: judged({}) },
      ...(state === "repaired"
        ? [{ when: { prompt_contains: "Write the answer" }, then: { text: firstDraft }, times: 1 }]
        : []),
      { when: { prompt_contains: "Write the answer" }, then: { text: answer } },
      { when: { prompt_contains: "<earlier-draft>" }, then: { text: answer } },
    ],
  };
}

export const states = ["running", "repaired", "degraded", "cancelled", "finished"] as const;
type State = (typeof states)[number];

const looks = [
  ["desktop-light", "light", 1440, 900],
  ["desktop-dark", "dark", 1440, 900],
  ["phone-light", "light", 390, 844],
  ["phone-dark", "dark", 390, 844],
] as const;

/** `middle`: what the picture is about, where it is not at the top. */
export async function look(page: Page, name: string, middle?: Locator) {
  // What the mouse rests on would look chosen.
  await page.mouse.move(0, 0);
  for (const [kind, colorScheme, width, height] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.evaluate(() => document.fonts.ready);
    await page.locator("#main").evaluate((it) => it.scrollTo(0, 0));
    await middle?.evaluate((it) => it.scrollIntoView({ block: "center" }));
    await page.screenshot({ path: path.join(folder, `${name}-${kind}.png`), animations: "disabled" });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

