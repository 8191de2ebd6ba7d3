// The pages of workflows: what who may ask makes of them, and what everybody else reads.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { expect, logIn, question, scripts, signUp, test } from "./world";

const phone = { width: 360, height: 740 };
const form = (page: Page) => page.locator("form#sheet");
const place = (page: Page, agent: string) => page.getByLabel(`Place of ${agent} Clarity`);

async function isFine(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize(phone);
  const main = page.getByRole("main");
  expect(await main.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0);
  if (size) await page.setViewportSize(size);
}

for (const javaScriptEnabled of [true, false])
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a workflow is made, changed, asked with and deleted", async ({ page, world, noise }) => {
      noise.allow(status(422), status(404));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/workflows`);
      await page.getByRole("link", { name: "New workflow" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Two views");
      await page.getByLabel("Description").fill("A plan and a second look.");
      await page.getByRole("button", { name: "Add workflow" }).click();
      await expect(page.getByText("a workflow has 1 to 20 agents")).toBeVisible();
      await place(page, "Strategic").fill("1");
      await place(page, "Analytical").fill("2");
      await page.getByLabel("They work").selectOption("sequential");
      await page.getByLabel("Woven together").selectOption("combined");
      await page.getByLabel("Judge models").fill("compatible/judge");
      await page.getByLabel("Quality threshold").fill("8.5");
      await page.getByLabel("Cost at most, in US dollars").fill("0.25");
      await page.getByRole("button", { name: "Add workflow" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Two views");
      await expect(page.getByText("About 4 calls in the first round")).toBeVisible();
      await expect(place(page, "Strategic")).toHaveValue("1");
      await expect(page.getByLabel("Cost at most, in US dollars")).toHaveValue("0.25");
      await expect(page.getByLabel("Judge models")).toHaveValue("compatible/judge");

      await page.getByLabel("Rounds at most").fill("1");
      await place(page, "Practical").fill("3");
      await form(page).getByRole("button", { name: "Save" }).click();
      await expect(form(page).getByRole("status")).toHaveText("Saved");
      await expect(page.getByText("About 5 calls. 2 of 3 agents have to answer.")).toBeVisible();
      const address = page.url();

      await page.getByRole("link", { name: "Ask with this workflow" }).click();
      await expect(page.getByLabel("Workflow").locator("option:checked")).toContainText("Two views");
      await page.getByLabel("Ask a question").fill(question);
      await page.getByRole("button", { name: "Send" }).click();
      await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}/);
      await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
      await page.getByTestId("outcome").click();
      await expect(page.getByTestId("agent-card")).toHaveCount(3);

      await page.goto(address);
      await page.getByText("Delete this workflow and its versions").click();
      await page.getByRole("button", { name: "Delete workflow for good" }).click();
      await expect(page).toHaveURL(`${world.url}/workflows`);
      await expect(page.getByRole("main").getByRole("link", { name: "Two views" })).toHaveCount(0);
    });
  });

test("agents are ordered with the keyboard alone", async ({ page, world }) => {
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(`${world.url}/workflows/balanced`);
  const first = page.getByRole("group", { name: "Who takes part" }).getByRole("listitem").first();
  await expect(first).toContainText("Structural Clarity");
  const up = page.getByRole("button", { name: "Move Practical Clarity up" });
  await up.focus();
  // The button works once the browser's part has taken the page over.
  await expect(async () => {
    await page.keyboard.press("Enter");
    await expect(place(page, "Practical")).toHaveValue("2", { timeout: 500 });
  }).toPass();
  await expect(up, "the focus stays").toBeFocused();
  await page.keyboard.press("Enter");
  await expect(place(page, "Practical")).toHaveValue("1");
  await expect(first).toContainText("Practical Clarity");
  // Who sits it out comes in at the end.
  await page.getByRole("button", { name: "Move Creative Clarity up" }).click();
  await expect(place(page, "Creative")).toHaveValue("4");
  await isFine(page);
  await form(page).getByRole("button", { name: "Save" }).click();
  await expect(form(page).getByRole("status")).toHaveText("Saved");
  await page.reload();
  await expect(first).toContainText("Practical Clarity");
  await expect(place(page, "Creative")).toHaveValue("4");

  await page.getByRole("link", { name: "Version 2" }).click();
  await expect(page.getByTestId("differences")).toContainText("agent_ids");
  await page.getByRole("button", { name: "Go back to version 1" }).click();
  await expect(page.getByRole("link", { name: "Version 3" })).toBeVisible();
  await expect(place(page, "Creative")).toHaveValue("");
});

test("a workflow is its creator's: others read what is public", async ({ page, world, noise }) => {
  noise.allow(status(404));
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(`${world.url}/workflows`);
  await isFine(page);
  await page.goto(`${world.url}/workflows/new`);
  await isFine(page);
  await page.getByLabel("Name", { exact: true }).fill("Mine");
  await place(page, "Practical").fill("1");
  await page.getByRole("button", { name: "Add workflow" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Mine");
  const mine = page.url();

  await world.addUser(["--name", "Uma", "--role", "user"], "uma@example.org");
  await page.context().clearCookies();
  await page.goto(`${world.url}/log-in?next=/workflows/overmind`);
  await logIn(page, "uma@example.org");
  await expect(page.getByText("Only its creator and admins change a workflow.")).toBeVisible();
  await expect(page.getByText("Creative Clarity")).toBeVisible();
  await expect(page.getByRole("main").getByRole("textbox")).toHaveCount(0);
  await isFine(page);
  expect((await page.goto(mine))?.status()).toBe(404);
  // A copy is one's own.
  await page.goto(`${world.url}/workflows/overmind`);
  await page.getByRole("link", { name: "Duplicate" }).click();
  await expect(page.getByLabel("Public")).toHaveCount(0);
  await page.getByRole("button", { name: "Add workflow" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overmind (copy)");
  await form(page).getByRole("button", { name: "Save" }).click();
  await expect(form(page).getByRole("status")).toHaveText("Saved");
});
