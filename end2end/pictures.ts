// Takes the pictures in docs/screenshots: not a test, run by `make pictures`.
import { look, script, states } from "./staged";
import { ask, expect, question, signUp, test } from "./world";

for (const state of states)
  test(state, async ({ page, world }) => {
    await world.start(script(state));
    await signUp(page, world);
    await ask(page, question);
    if (state === "running") {
      const cards = page.getByTestId("agent-card");
      await expect(cards.and(page.locator('[data-state="done"]'))).toHaveCount(3);
      return look(page, state);
    }
    if (state === "cancelled") {
      await expect(page.getByTestId("run-status")).toContainText("Weighing");
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await expect(page.getByTestId("outcome")).toContainText("Cancelled");
      return look(page, state);
    }
    await expect(page.getByTestId("final-answer")).toContainText("How you know");
    if (state !== "finished") await page.getByTestId("outcome").click();
    const repair = page.getByText(/fell short on/);
    if (state === "repaired") await expect(repair).toBeVisible();
    await look(page, state, state === "repaired" ? repair : undefined);
    if (state === "repaired") {
      await page.getByRole("link", { name: "Deliberation" }).click();
      await expect(page.getByTestId("timeline")).toBeVisible();
      await look(page, "deliberation");
      await look(page, "deliberation-repairs", page.getByTestId("repair"));
    }
    if (state !== "finished") return;
    await page.getByRole("link", { name: "Contributions" }).first().click();
    await expect(page.getByRole("heading", { name: "Inspector" })).toBeVisible();
    await look(page, "inspector");
  });

test("home", async ({ page, world }) => {
  await world.start(script("finished"));
  await page.goto(world.url);
  await look(page, "home");
});

test("analytics", async ({ page, world }) => {
  test.setTimeout(180_000);
  const rules = [...script("repaired").rules, ...script("finished").rules];
  await world.start({ rules });
  await signUp(page, world);
  for (const text of [question, "Which meeting should go first?", "How do we see that it works?"]) {
    await page.goto(world.url);
    await ask(page, text);
    await expect(page.getByTestId("final-answer")).toContainText("How you know");
    await page.getByRole("button", { name: "Good answer" }).click();
  }
  await expect(async () => {
    await page.goto(`${world.url}/analytics?days=7`);
    await expect(page.locator("dl dd").first()).toHaveText("3", { timeout: 1_000 });
    await expect(page.locator("overmind-chart svg").first()).toBeAttached({ timeout: 1_000 });
  }).toPass();
  await look(page, "analytics");
});
