// How an answer came about, on a page of its own: the timeline, the replay, what the repair bought,
// where agents disagree, and one of them with another model.
import type { Page } from "@playwright/test";
import { status } from "./noise";
import {
  answer,
  ask,
  expect,
  judgement,
  mend,
  observation,
  on,
  type Script,
  scripts,
  signUp,
  test,
  type World,
} from "./world";

const claim = (text: string, agents: string[], agreement: string) => ({ text, agents, agreement });

/** The first draft falls short and is written in other words. */
const revised: Script = {
  rules: [
    observation,
    on("distillation", {
      json: {
        core_insights: ["Less at a time gets more finished"],
        claims: [
          claim("One list comes first", ["practical", "structural"], "agreed"),
          claim("Meetings cost the most time", ["creative", "analytical"], "disputed"),
          claim("Quiet hours help", ["empathic"], "single"),
        ],
        alignment_check: [{ agent_id: "practical", aligned: true }],
      },
    }),
    judgement(4, mend, 1),
    judgement(5),
    {
      when: { prompt_contains: "Write the answer" },
      then: { text: "## Three steps\n\nStart with **two** private lists.\n\nThis is left out." },
      times: 1,
    },
    answer(),
  ],
};

const region = (page: Page, name: string) => page.getByRole("region", { name });
const slider = (page: Page) => page.getByRole("slider", { name: "Event" });
const position = (page: Page) => page.getByTestId("position");
const inState = (page: Page, state: string) =>
  page.locator(`[data-testid="agent-card"][data-state="${state}"]`);

/** Signed up, with an answer, on the page about its run; how many events there are. */
async function open(page: Page, world: World, script: Script = revised): Promise<number> {
  await world.start(script);
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
  await page.getByRole("link", { name: "Deliberation" }).click();
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}\/runs\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deliberation");
  return Number(await slider(page).getAttribute("max"));
}

for (const [device, viewport] of [
  ["a desktop", { width: 1440, height: 900 }],
  ["a phone", { width: 360, height: 740 }],
] as const)
  test(`a run is replayed with the keyboard, on ${device}`, async ({ page, world }) => {
    await page.setViewportSize(viewport);
    const last = await open(page, world);
    const timeline = page.getByTestId("timeline");
    await expect(page.getByTestId("timing")).toContainText(/critical path, and [\d,]+ ms in which/);
    await expect(timeline.getByRole("heading")).toHaveText([
      "Round 1 The draft scored 8.0.",
      "Round 2 The draft scored 10.0.",
    ]);
    await expect(timeline.getByText("Practical Clarity")).toHaveCount(2);
    await expect(timeline.getByText("Creative Clarity")).toHaveCount(1);
    await expect(page.getByTestId("as-it-was")).toContainText("Passed 10");
    await expect(inState(page, "done")).toHaveCount(6);

    await slider(page).focus();
    await page.keyboard.press("Home");
    await expect(page).toHaveURL(/\?at=1$/);
    await expect(slider(page)).toHaveAttribute("aria-valuetext", /^1 of \d+, .*taken up by 6 agents$/);
    await expect(page.getByTestId("as-it-was")).toContainText("Reading the question");
    await expect(inState(page, "waiting")).toHaveCount(6);
    await expect(page.getByTestId("draft")).toHaveCount(0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect(page).toHaveURL(/\?at=3$/);
    await expect(inState(page, "working")).toHaveCount(1);
    await expect(position(page)).toHaveText(`3 of ${last}`);

    // Where it stands is part of the address.
    await page.reload();
    await expect(position(page)).toHaveText(`3 of ${last}`);
    await expect(inState(page, "working")).toHaveCount(1);
    const next = page.getByRole("link", { name: "Next event" });
    await next.focus();
    await page.keyboard.press("Enter");
    await expect(position(page)).toHaveText(`4 of ${last}`);
    await page.getByText(/^All \d+ events$/).click();
    await page.getByTestId("log").getByRole("link", { name: "The draft scored 8.0" }).click();
    await expect(page.getByTestId("draft")).toContainText("two");
    await expect(page.getByTestId("as-it-was")).toContainText("Judging the draft");
    await expect(async () => {
      await slider(page).press("End");
      await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}$/, { timeout: 500 });
    }).toPass();
    await expect(page.getByTestId("draft")).toContainText("shared list");
  });

test("it plays by itself, and not where nothing should move", async ({ page, world }) => {
  const last = await open(page, world);
  await page.getByRole("button", { name: "Play" }).click();
  await expect(position(page)).toHaveText(`2 of ${last}`);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page).toHaveURL(/\?at=\d+$/);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect(page.getByRole("button", { name: "Play" })).toBeHidden();
});

test("what the repair bought, and where agents disagree", async ({ page, world }) => {
  await open(page, world);
  const repair = page.getByTestId("repair");
  await expect(repair).toHaveCount(1);
  await expect(repair).toContainText("Its draft was kept");
  await expect(repair).toContainText("8.0 to 10.0");
  await expect(repair).toContainText("4 fixed");
  await expect(repair).toContainText("Practical Clarity: Name a first step");
  const revision = page.getByTestId("revision");
  await expect(revision.locator("ins").first()).toContainText("one");
  await expect(revision.locator("del").filter({ hasText: "This is left out." })).toBeVisible();
  const claims = page.getByTestId("claims");
  await expect(claims.getByRole("heading")).toHaveText(["Agreed 1", "Disputed 1", "Only one said it 1"]);
  await expect(claims.getByText("Empathic Clarity")).toBeVisible();
  // Prompts are for those who asked for them.
  await expect(region(page, "Prompts and versions")).toContainText("switched on in the settings");
});

test("an agent is asked again with another model, and the run stays as it is", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(status(422));
  const last = await open(page, world);
  const again = region(page, "One agent with another model");
  await again.getByLabel("Agent").selectOption("practical");
  await again.getByLabel("Model").fill("another");
  await again.getByRole("button", { name: "Ask it" }).click();
  await expect(again.getByRole("alert").filter({ hasText: "is not a model name" })).toBeVisible();
  await again.getByLabel("Model").fill("compatible/another");
  await again.getByRole("button", { name: "Ask it" }).click();
  await expect(again.getByTestId("trial")).toContainText("With compatible/another");
  await expect(again.getByTestId("trial").getByRole("listitem")).toHaveCount(4);
  await expect(again.getByTestId("before")).toContainText("compatible/test-model");
  await again.getByText("Raw reply").click();
  await expect(again.getByText('"lines":')).toBeVisible();
  await page.reload();
  await expect(position(page)).toHaveText(`${last} of ${last}`);
});

test("a run under way can be looked at", async ({ page, world }) => {
  await world.start(scripts.stalling("distillation"));
  await signUp(page, world);
  await ask(page);
  await expect(inState(page, "done")).toHaveCount(6);
  await page.getByRole("link", { name: "Deliberation" }).click();
  await expect(page.getByText("This run is not over.")).toBeVisible();
  await expect(page.getByTestId("as-it-was")).toContainText("Weighing what they said");
  await expect(page.getByTestId("timeline").getByText("not finished")).toHaveCount(1);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("links and a form lead through the run", async ({ page, world }) => {
    const last = await open(page, world);
    await expect(position(page)).toHaveText(`${last} of ${last}`);
    await page.getByRole("link", { name: "Previous event" }).click();
    await expect(position(page)).toHaveText(`${last - 1} of ${last}`);
    await slider(page).fill("1");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/\?at=1$/);
    await expect(inState(page, "waiting")).toHaveCount(6);
    await page.getByText(/^All \d+ events$/).click();
    await page.getByTestId("log").getByRole("link", { name: "Draft 1 was written" }).click();
    await expect(page.getByTestId("draft")).toContainText("Not judged by then.");
    await expect(page.getByRole("button", { name: "Play" })).toBeHidden();
  });
});
