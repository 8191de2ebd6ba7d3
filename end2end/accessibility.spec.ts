// Every page in every state: an axe scan, light and dark, and no scrolling sideways on a phone;
// and the main road with the keyboard alone. `make report` also has it keep what axe found.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { status } from "./noise";
import {
  answer,
  ask,
  expect,
  judgement,
  mend,
  observation,
  password,
  question,
  type Script,
  scripts,
  signUp,
  test,
} from "./world";

/** The first question loses an agent, others fall short, and one is never answered. */
const asked = { degraded: "Who is missing?", repaired: "What is mended?", waiting: "Who waits?" };
const script: Script = {
  rules: [
    {
      when: { schema: "contribution", prompt_contains: "You are Analytical Clarity" },
      then: { status: { status: 401, message: "Incorrect API key provided." } },
      times: 1,
    },
    { when: { schema: "distillation", prompt_contains: asked.waiting }, then: { never: {} } },
    observation,
    { ...judgement(4, mend, 1), when: { schema: "judgement", prompt_contains: asked.repaired } },
    judgement(5),
    answer(),
  ],
};

const phone = { width: 360, height: 740 };
const desktop = { width: 1440, height: 900 };

/** What scrolls sideways, the page itself included. Code, formulas and tables may, each in its
 * frame, and text boxes do when a word is long. */
const sideways = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("*")]
      .filter((it) => it.checkVisibility() && !it.matches(".answer *, textarea, input"))
      .filter((it) => {
        const { overflowX } = getComputedStyle(it);
        const cuts = it.matches("html, body, aside, dialog");
        return (cuts || /auto|scroll/.test(overflowX)) && it.scrollWidth > it.clientWidth;
      })
      .map((it) => `${it.tagName} ${it.id}: ${it.scrollWidth} in ${it.clientWidth}`),
  );

/** What axe said of a page in one state and size: what docs/INTERFACE.md is written from. */
type Scan = {
  state: string;
  size: { width: number; height: number } | null;
  axe: string;
  passed: number;
  undecided: string[];
  /** The impact of each element that breaks a rule. */
  violations: (string | null | undefined)[];
};

async function faults(page: Page, state: string, scans: Scan[]): Promise<string[]> {
  const { testEngine, passes, incomplete, violations } = await new AxeBuilder({ page }).analyze();
  scans.push({
    state,
    size: page.viewportSize(),
    axe: testEngine.version,
    passed: passes.length,
    undecided: incomplete.map(({ id }) => id),
    violations: violations.flatMap(({ impact, nodes }) => nodes.map(() => impact)),
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  );
}

const tabs = ["Contributions", "Disagreements", "Checklist"];

for (const colorScheme of ["light", "dark"] as const)
  test(`axe finds nothing on any page in any state, ${colorScheme}, and phones need not scroll sideways`, async ({
    page,
    browser,
    world,
    noise,
  }) => {
    test.setTimeout(480_000);
    // The pages that are not there.
    noise.allow(status(404));
    const scans: Scan[] = [];
    const look = (state: string, on = page) =>
      test.step(state, async () => {
        expect.soft(await faults(on, state, scans), state).toEqual([]);
        await on.setViewportSize(phone);
        expect.soft(await sideways(on), `${state}, on a phone`).toEqual([]);
        // Colours are the same on a phone, so once is enough.
        if (colorScheme === "light")
          expect.soft(await faults(on, state, scans), `${state}, on a phone`).toEqual([]);
        await on.setViewportSize(desktop);
      });
    const visit = async (address: string, code = 200, on = page) => {
      const response = await on.goto(world.url + address);
      expect(response?.status()).toBe(code);
      await look(address, on);
    };
    const heading = page.getByRole("main").getByRole("heading", { level: 1 });
    const header = page.getByRole("main").locator("header");

    await world.start(script);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await visit("/sign-up");
    await visit("/log-in");
    await visit("/invitation/none", 404);
    await visit("/nothing-here", 404);

    await signUp(page, world);
    await look("a new conversation");
    await visit("/nothing-here", 404);
    await visit("/c/00000000-0000-0000-0000-000000000000", 404);

    await visit("/analytics");
    await visit("/settings");
    await page.getByText("Delete my account and everything in it").click();
    await page.getByLabel("Show debug info").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Saved")).toBeVisible();
    await look("settings, all of it open");

    await visit("/admin/members");
    await page.getByRole("button", { name: "Create link" }).click();
    const link = await page.getByLabel("Invitation link").inputValue();
    await look("members, with a link");
    await page.getByRole("list", { name: "Members" }).getByRole("link").click();
    await expect(heading).toHaveText("Ada");
    await look("a member");
    await visit("/admin/members/00000000-0000-0000-0000-000000000000", 404);
    await visit("/admin/organization");
    await visit("/admin/providers");
    await visit("/admin/providers/00000000-0000-0000-0000-000000000000", 404);
    await visit("/admin/prompts");
    await visit("/admin/audit");
    await visit("/admin/audit?group=keys&from=2020-01-01&to=2020-01-02");

    const another = await browser.newContext({ colorScheme, viewport: desktop });
    await visit(new URL(link).pathname, 200, await another.newPage());
    await another.close();

    await page.goto(world.url);
    await ask(page, asked.degraded);
    await expect(page.getByTestId("outcome")).toContainText("Degraded");
    await page.getByTestId("outcome").click();
    await expect(page.locator('[data-testid="agent-card"][data-state="failed"]')).toBeVisible();
    await look("degraded, its card open");

    await page.goto(world.url);
    await ask(page, asked.repaired);
    await expect(page.getByTestId("final-answer")).toBeVisible();
    await look("finished");
    await page.getByTestId("outcome").click();
    await expect(page.getByText(/fell short/)).toBeVisible();
    await look("repaired, its card open");
    const answered = page.url();
    // Figures follow the answers after a moment.
    await expect(async () => {
      await page.goto(`${world.url}/analytics`);
      await expect(page.locator("overmind-chart svg").first()).toBeAttached({ timeout: 1_000 });
    }).toPass();
    await look("analytics");
    await page.goto(answered);

    for (const tab of tabs) {
      await page.getByRole("main").getByRole("link", { name: tab }).first().click();
      const inspector = page.getByRole("complementary", { name: "Inspector" });
      await expect(inspector.getByRole("link", { name: tab })).toHaveAttribute(
        "aria-current",
        "page",
      );
      await look(`inspector, ${tab}`);
      await page.getByRole("link", { name: "Close the inspector" }).click();
      await expect(inspector).toHaveCount(0);
    }

    const conversation = page.url();
    await page.getByRole("link", { name: "Deliberation" }).click();
    await expect(heading).toHaveText("Deliberation");
    const prompts = page.getByRole("region", { name: "Prompts and versions" });
    await prompts.locator("summary").first().click();
    await expect(prompts.getByText("System prompt").first()).toBeVisible();
    await look("a deliberation at its end");
    await visit(`${new URL(page.url()).pathname}?at=3`);
    await visit("/c/00000000-0000-0000-0000-000000000000/runs/00000000-0000-0000-0000-000000000000", 404);
    await page.goto(conversation);

    await header.getByLabel("Conversation options").click();
    await expect(header.getByRole("button", { name: "Delete" })).toBeVisible();
    await look("conversation menu");
    await header.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await look("delete dialog");
    await page.getByRole("button", { name: "Keep it" }).click();
    await header.getByRole("button", { name: "Rename" }).click();
    // As long as titles get, and nowhere to break.
    await header.getByRole("textbox", { name: "Title" }).fill("W".repeat(200));
    await look("title being edited");
    await header.getByRole("button", { name: "Save" }).click();
    await expect(heading).toHaveText("W".repeat(200));
    await look("a long title");

    await page.getByRole("button", { name: /^Options for WW/ }).click();
    await expect(page.getByRole("navigation").getByLabel("Title")).toBeVisible();
    await look("options in the list");
    await page.getByRole("button", { name: /^Options for WW/ }).click();
    await expect(page.getByRole("navigation").getByLabel("Title")).toHaveCount(0);
    await page.setViewportSize(phone);
    await page.getByRole("button", { name: "Conversations" }).click();
    const sheet = page.getByRole("complementary", { name: "Sidebar" });
    await expect(sheet).toBeVisible();
    expect.soft(await sideways(page), "sidebar on a phone").toEqual([]);
    expect.soft(await faults(page, "sidebar on a phone", scans), "sidebar on a phone").toEqual([]);
    await page.keyboard.press("Escape");
    await page.setViewportSize(desktop);

    await page.goto(world.url);
    await ask(page, `${asked.waiting} ${"W".repeat(300)}`);
    await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(6);
    await expect(page.getByTestId("run-status")).toContainText("Weighing");
    await look("running");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByTestId("outcome")).toContainText("Cancelled");
    await look("cancelled");
    if (process.env.OVERMIND_REPORT) {
      const file = path.resolve(__dirname, `../target/axe-${colorScheme}.json`);
      writeFileSync(file, JSON.stringify(scans));
    }
  });

/** Presses Tab until it has the focus, as somebody does who has no mouse. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const has = () => target.evaluate((it) => it === document.activeElement);
  for (let presses = 0; presses < 60 && !(await has()); presses += 1)
    await page.keyboard.press("Tab");
  await expect(target).toBeFocused();
  // Whoever has no mouse sees where they are.
  const seen = await target.evaluate((it) => {
    const frame = it.closest("textarea") ? it.closest("form")?.parentElement : it;
    const { outlineStyle, borderTopColor } = getComputedStyle(frame ?? it);
    const idle = getComputedStyle(document.body).getPropertyValue("border-top-color");
    return outlineStyle !== "none" || borderTopColor !== idle;
  });
  expect(seen, "the focus can be seen").toBe(true);
}

test("signing up, asking and reading take no mouse", async ({ page, world }) => {
  await world.start(scripts.repaired);
  await page.goto(`${world.url}/sign-up`);
  const keys = page.keyboard;
  for (const [label, text] of [
    ["Name", "Ada"],
    ["Email", "ada@example.org"],
    ["Password", password],
  ]) {
    await tabTo(page, page.getByLabel(label));
    await keys.type(text);
  }
  await tabTo(page, page.getByRole("button", { name: "Create account" }));
  await keys.press("Enter");

  const composer = page.getByLabel("Ask a question");
  await expect(composer).toBeVisible();
  await tabTo(page, composer);
  await keys.type("First line");
  await keys.press("Shift+Enter");
  await keys.type(question);
  await expect(composer).toHaveValue(`First line\n${question}`);
  await keys.press("Enter");
  await expect(page.getByTestId("final-answer")).toBeVisible();

  // The line above the answer opens and closes.
  const summary = page.locator("summary").filter({ has: page.getByTestId("outcome") });
  await tabTo(page, summary);
  await keys.press("Enter");
  await expect(page.getByTestId("agent-card").first()).toBeVisible();
  await keys.press("Enter");
  await expect(page.getByTestId("agent-card").first()).toBeHidden();

  const inspector = page.getByRole("complementary", { name: "Inspector" });
  const below = page.getByRole("main").getByRole("link", { name: "Contributions" }).first();
  const close = page.getByRole("link", { name: "Close the inspector" });
  for (const way of ["Escape", "Enter"]) {
    await tabTo(page, below);
    await keys.press("Enter");
    await expect(inspector.getByRole("heading", { name: "Inspector" })).toBeFocused();
    await tabTo(page, inspector.getByRole("link", { name: "Checklist" }));
    await keys.press("Enter");
    await expect(inspector.getByText("of 10").first()).toBeVisible();
    await tabTo(page, inspector.getByRole("link", { name: "Contributions" }));
    await keys.press("Enter");
    await expect(inspector.getByText("Practical Clarity")).toBeVisible();
    if (way === "Enter") {
      await page.keyboard.press("Shift+Tab");
      await expect(close).toBeFocused();
    }
    await keys.press(way);
    await expect(inspector).toHaveCount(0);
    await expect(below, "the focus comes back").toBeFocused();
  }
});
