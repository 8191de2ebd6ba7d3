// docs/TOUR.md, step by step: what an admin does on the first day, in the order of that page.
import { status } from "./noise";
import { ask, expect, password, question, scripts, signUp, test } from "./world";

const key = "hush-tour-key-wxyz";

test("invite, connect, build, ask, compare, share, read the figures", async ({
  page,
  browser,
  world,
  noise,
}) => {
  test.setTimeout(120_000);
  // Before a provider is connected there is none with a key.
  noise.allow(status(503));
  world.settings = { OVERMIND_PRIVATE_PROVIDERS: "true" };
  await world.start({ ...scripts.repaired, key });
  await signUp(page, world);

  await test.step("invite a colleague", async () => {
    await page.getByRole("link", { name: "Administration" }).click();
    await expect(page).toHaveURL(`${world.url}/admin/members`);
    await page.getByLabel("Role").selectOption("user");
    await page.getByRole("button", { name: "Create link" }).click();
    const link = await page.getByLabel("Invitation link").inputValue();
    const colleague = await browser.newPage();
    await colleague.goto(link);
    await colleague.getByLabel("Name").fill("Grace");
    await colleague.getByLabel("Email").fill("grace@example.org");
    await colleague.getByLabel("Password").fill(password);
    await colleague.getByRole("button", { name: "Create account" }).click();
    await expect(colleague.getByLabel("Ask a question")).toBeVisible();
    await colleague.close();
  });

  await test.step("connect a provider", async () => {
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByLabel("Provider", { exact: true }).selectOption("OpenAI-compatible");
    await page.getByLabel("Key", { exact: true }).fill(key);
    await page.getByLabel("Base URL").fill(world.providerUrl());
    await page.getByLabel("Default model").fill("own-model");
    await page.getByLabel("Name", { exact: true }).fill("lab");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByRole("button", { name: "Test lab" }).click();
    await expect(page.getByRole("status").filter({ hasText: "answered" })).toBeVisible();
  });

  await test.step("build a workflow", async () => {
    await page.getByRole("link", { name: "Workflows" }).click();
    await page.getByRole("link", { name: "New workflow" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Two views");
    await page.getByLabel("Place of Strategic Clarity").fill("1");
    await page.getByLabel("Place of Practical Clarity").fill("2");
    await page.getByRole("button", { name: "Add workflow" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Two views");
  });

  await test.step("ask", async () => {
    await page.getByRole("link", { name: "Ask with this workflow" }).click();
    await expect(page.getByLabel("Workflow").locator("option:checked")).toContainText("Two views");
    await ask(page, question);
    await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
    await page.getByRole("button", { name: "Good answer" }).click();
  });
  const conversation = page.url();

  await test.step("compare", async () => {
    await page.getByRole("link", { name: "Deliberation" }).first().click();
    await expect(page.getByTestId("timeline")).toBeVisible();
    await expect(page.getByTestId("repair").first()).toBeVisible();
  });

  await test.step("share", async () => {
    await page.goto(`${conversation.replace(/[?#].*$/, "")}/share`);
    await page.getByLabel("How much").selectOption("deliberation");
    await page.getByRole("button", { name: "Create link" }).click();
    const link = page.getByLabel("Link", { exact: true });
    await expect(link).toHaveValue(/\/shared\/[\w-]{43}$/);
    const stranger = await browser.newPage();
    await stranger.goto(await link.inputValue());
    await expect(stranger.getByText(question).first()).toBeVisible();
    await stranger.close();
  });

  await test.step("read the analytics", async () => {
    await expect(async () => {
      await page.goto(`${world.url}/analytics?days=7`);
      await expect(page.locator("dl dd").first()).toHaveText("1", { timeout: 1_000 });
    }).toPass();
    await expect(page.locator("overmind-chart svg").first()).toBeAttached();
  });
});
