// The pages of agents: what an admin makes of them, and what everybody else reads.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { expect, key, logIn, scripts, signUp, test, type World } from "./world";

const phone = { width: 360, height: 740 };
const form = (page: Page) => page.locator("form#sheet");

async function open(page: Page, world: World, path = "/agents"): Promise<void> {
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(world.url + path);
}

async function isFine(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize(phone);
  const main = page.getByRole("main");
  expect(await main.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (size) await page.setViewportSize(size);
}

for (const javaScriptEnabled of [true, false])
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an agent is made, changed, switched off, copied and deleted", async ({
      page,
      world,
      noise,
    }) => {
      noise.allow(status(404));
      await open(page, world);
      await page.getByRole("link", { name: "New agent" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Legal Clarity");
      await page.getByLabel("Role").fill("checks what the law says");
      await page.getByLabel("Goal").fill("Name the rules.\n<b>All</b> of them.");
      await page.getByLabel("Fallback models").fill("compatible/one\ncompatible/two");
      await page.getByLabel("Temperature").fill("0.2");
      await page.getByLabel("May ask another agent").check();
      await page.getByRole("button", { name: "Add agent" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Legal Clarity");
      await expect(page.getByLabel("Goal")).toHaveValue("Name the rules.\n<b>All</b> of them.");
      await expect(page.getByLabel("Temperature")).toHaveValue("0.2");
      await expect(page.getByLabel("May ask another agent")).toBeChecked();
      const address = page.url();

      await page.getByLabel("Role").fill("reads the law");
      await page.getByLabel("Output format").selectOption("Markdown");
      await form(page).getByRole("button", { name: "Save" }).click();
      await expect(form(page).getByRole("status")).toHaveText("Saved");
      await expect(page.getByRole("link", { name: "Version 2" })).toBeVisible();
      await page.getByRole("button", { name: "Switch off" }).click();
      await expect(page.getByText("Off: workflows skip it.")).toBeVisible();
      await expect(page.getByRole("link", { name: "Version 3" })).toBeVisible();
      // Each form knows of the version that the other one made.
      await page.getByLabel("Role").fill("reads the law twice");
      await form(page).getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("link", { name: "Version 4" })).toBeVisible();
      await page.goto(address);
      await expect(page.getByLabel("Role")).toHaveValue("reads the law twice");
      await expect(page.getByLabel("Output format")).toHaveValue("markdown");
      await expect(page.getByLabel("Fallback models")).toHaveValue("compatible/one\ncompatible/two");
      await expect(page.getByText("Off: workflows skip it.")).toBeVisible();

      await page.getByRole("link", { name: "Duplicate" }).click();
      await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Legal Clarity (copy)");
      await page.getByRole("button", { name: "Add agent" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Legal Clarity (copy)");
      await page.getByText("Delete this agent and its versions").click();
      await page.getByRole("button", { name: "Delete agent for good" }).click();
      await expect(page).toHaveURL(`${world.url}/agents`);
      await expect(page.getByRole("main").getByRole("link", { name: /^Legal/ })).toHaveCount(1);
    });

    test("what somebody else changed is not overwritten", async ({ page, browser, world, noise }) => {
      // Without JavaScript every refused form is answered alike.
      noise.allow(status(412), status(422));
      await open(page, world, "/agents/creative");
      const other = await browser.newPage();
      await other.goto(`${world.url}/log-in?next=/agents/creative`);
      await logIn(other);
      await other.getByLabel("Role").fill("was faster");
      await form(other).getByRole("button", { name: "Save" }).click();
      await expect(form(other).getByRole("status")).toHaveText("Saved");
      await other.close();
      for (const _ of ["once", "twice"]) {
        await page.getByLabel("Role").fill("is too late");
        await form(page).getByRole("button", { name: "Save" }).click();
        await expect(form(page).getByRole("alert").first()).toContainText("Somebody has changed");
        await expect(page.getByLabel("Role")).toHaveValue("is too late");
      }
      await form(page).getByRole("link", { name: "read it again" }).click();
      await expect(page.getByLabel("Role")).toHaveValue("was faster");
    });

    test("an agent that works in a workflow is not deleted", async ({ page, world, noise }) => {
      noise.allow(status(409), status(422));
      await open(page, world, "/agents/creative");
      await page.getByText("Delete this agent and its versions").click();
      await page.getByRole("button", { name: "Delete agent for good" }).click();
      await expect(page.getByText("The workflow “Overmind” uses this agent")).toBeVisible();
    });
  });

test("versions are compared, and an earlier one comes back", async ({ page, world }) => {
  await open(page, world, "/agents/analytical");
  await page.getByLabel("Temperature").fill("1");
  await form(page).getByRole("button", { name: "Save" }).click();
  await expect(form(page).getByRole("status")).toHaveText("Saved");
  await page.getByRole("link", { name: "Version 2" }).click();
  const differences = page.getByTestId("differences").getByRole("listitem");
  await expect(differences).toHaveCount(1);
  await expect(differences).toContainText("llm_config.temperature");
  await expect(differences).toContainText("0.2");
  await isFine(page);
  await page.getByLabel("From version").fill("2");
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page.getByText("A version does not differ from itself.")).toBeVisible();
  await page.getByRole("button", { name: "Go back to version 1" }).click();
  await expect(page.getByRole("link", { name: "Version 3" })).toBeVisible();
  await expect(page.getByLabel("Temperature")).toHaveValue("0.2");
});

test("what is exported can be imported", async ({ page, world, noise }) => {
  noise.allow(status(422));
  await open(page, world, "/agents/practical");
  const waits = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export JSON" }).click();
  const stream = await (await waits).createReadStream();
  let json = "";
  for await (const chunk of stream) json += chunk;
  expect(JSON.parse(json)).toMatchObject({ id: "practical", name: "Practical Clarity" });
  await page.goto(`${world.url}/agents/new`);
  await page.getByText("Paste what was exported").click();
  const text = page.getByLabel("JSON", { exact: true });
  await text.fill("{}");
  await page.getByRole("button", { name: "Import agent" }).click();
  await expect(page.getByText(/cannot be imported.*name/)).toBeVisible();
  await isFine(page);
  await text.fill(json);
  await page.getByRole("button", { name: "Import agent" }).click();
  await expect(page).toHaveURL(/\/agents\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Practical Clarity");
});

test("the test bench asks this agent, and beside it as it was", async ({ page, world }) => {
  await open(page, world, "/agents/practical");
  await page.getByLabel("Goal").fill("Count the sheep.");
  await form(page).getByRole("button", { name: "Save" }).click();
  await expect(form(page).getByRole("status")).toHaveText("Saved");
  const bench = page.getByRole("region", { name: "Test bench" });
  await bench.getByLabel("Question").fill("How?");
  const trials = bench.getByTestId("trial");
  // The button works once the browser's part has taken the page over.
  await expect(async () => {
    await bench.getByRole("button", { name: "Try it" }).click();
    await expect(trials).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  await expect(trials.getByRole("listitem")).toHaveCount(4);
  await expect(trials).toContainText(/compatible\/test-model.*tokens.*s/);
  await trials.getByText("Raw reply").click();
  await expect(trials.getByText('"lines":')).toBeVisible();
  await bench.getByLabel("Beside version").fill("1");
  await bench.getByRole("button", { name: "Try it" }).click();
  await expect(trials).toHaveCount(2);
  await expect(trials.last()).toContainText("Version 1");
  await isFine(page);
});

test("what the provider refuses is said in its own words", async ({ page, world, noise }) => {
  noise.allow(status(503));
  await world.start({ ...scripts.degraded, key });
  await signUp(page, world);
  await page.goto(`${world.url}/agents/analytical`);
  const bench = page.getByRole("region", { name: "Test bench" });
  await bench.getByLabel("Question").fill("How?");
  await expect(async () => {
    await bench.getByRole("button", { name: "Try it" }).click();
    const alert = bench.getByRole("alert");
    await expect(alert).toContainText("Incorrect API key provided", { timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole("main")).not.toContainText(key);
});

test("everybody reads agents, and only admins see forms", async ({ page, world }) => {
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(`${world.url}/agents`);
  await isFine(page);
  await page.goto(`${world.url}/agents/practical`);
  await isFine(page);
  await world.addUser(["--name", "Viv", "--role", "viewer"], "viv@example.org");
  await page.context().clearCookies();
  await page.goto(`${world.url}/log-in?next=/agents`);
  await logIn(page, "viv@example.org");
  await expect(page.getByRole("link", { name: "New agent" })).toHaveCount(0);
  await page.getByRole("main").getByRole("link", { name: "Practical Clarity" }).click();
  await expect(page.getByText("Only admins change agents.")).toBeVisible();
  await expect(page.getByText("finds the next step")).toBeVisible();
  await expect(page.getByRole("main").getByRole("textbox")).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await isFine(page);
  await page.goto(`${world.url}/agents/new`);
  await expect(page.getByText("Only admins add agents.")).toBeVisible();
});
