// Admins connect a provider, test it, ask with it and remove it: with JavaScript and without.
import { status } from "./noise";
import { ask, expect, scripts, signUp, test } from "./world";

const right = "hush-right-key-wxyz";
const wrong = "hush-wrong-key-abcd";

for (const javaScriptEnabled of [true, false])
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test.beforeEach(async ({ page, world, noise }) => {
      // What is refused here is refused on purpose.
      noise.allow(status(404), status(422), status(503));
      world.settings = { OVERMIND_PRIVATE_PROVIDERS: "true" };
      // The server's own connection has no key, so that only one with the right key works.
      await world.start({ ...scripts.passing, key: right });
      await signUp(page, world);
    });

    test("a provider is connected, tested, asked and removed", async ({ page, world }) => {
      await page.goto(`${world.url}/settings`);
      await page.getByRole("link", { name: "Administration" }).click();
      const menu = page.getByRole("navigation", { name: "Administration pages" });
      await menu.getByRole("link", { name: "Providers" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Providers" })).toBeVisible();
      const environment = page.getByRole("list", { name: "Connections from the environment" });
      await expect(environment.getByText("Read-only")).toBeVisible();

      const connect = async (key: string) => {
        await page.getByLabel("Provider", { exact: true }).selectOption("OpenAI-compatible");
        await page.getByLabel("Key", { exact: true }).fill(key);
        await page.getByLabel("Base URL").fill(world.providerUrl());
        await page.getByLabel("Default model").fill("own-model");
        await page.getByLabel("Name", { exact: true }).fill("lab");
        await page.getByRole("button", { name: "Connect" }).click();
        await expect(page).toHaveURL(/\/admin\/providers\?done=connected(#connected)?$/);
      };
      const own = page.getByRole("list", { name: "Your organization's connections" });

      await connect(wrong);
      await expect(own).toContainText("…abcd");
      await expect(page.locator("body")).not.toContainText(wrong);
      await page.getByRole("button", { name: "Test lab" }).click();
      // In the provider's own words.
      await expect(page.getByRole("alert").filter({ hasText: "Incorrect API key" })).toBeVisible();
      await page.getByRole("button", { name: "Remove lab" }).click();
      await expect(page.getByRole("status").filter({ hasText: "Removed" })).toBeVisible();
      await expect(own).toHaveCount(0);

      await connect(right);
      await page.getByRole("button", { name: "Test lab" }).click();
      await expect(page.getByRole("status").filter({ hasText: "answered" })).toBeVisible();
      await own.getByText("1 model", { exact: true }).click();
      await expect(own.getByText("mock", { exact: true })).toBeVisible();

      if (javaScriptEnabled) {
        await page.goto(world.url);
        await ask(page);
        await expect(page.getByText("Passed", { exact: false }).first()).toBeVisible();
        expect((await world.answered())["observation"]).toBe(1);
        await page.goto(`${world.url}/admin/providers`);
      }
      await page.getByRole("button", { name: "Remove lab" }).click();
      await expect(own).toHaveCount(0);
    });

    test("a connection is changed, and its key stays", async ({ page, world }) => {
      await page.goto(`${world.url}/admin/providers`);
      await page.getByLabel("Provider", { exact: true }).selectOption("OpenAI-compatible");
      await page.getByLabel("Key", { exact: true }).fill(right);
      await page.getByLabel("Base URL").fill(world.providerUrl());
      await page.getByLabel("Default model").fill("own-model");
      await page.getByLabel("Name", { exact: true }).fill("lab");
      await page.getByRole("button", { name: "Connect" }).click();
      await page.getByRole("link", { name: "Change lab" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("lab");
      await expect(page.getByText("the key that ends in wxyz")).toBeVisible();

      await page.getByLabel("Name", { exact: true }).fill("garage");
      await page.getByLabel("Prices").fill("own-model 0.6");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("alert").filter({ hasText: "a million tokens" })).toBeVisible();
      await expect(page.getByLabel("Name", { exact: true })).toHaveValue("garage");
      await page.getByLabel("Prices").fill("own-model 0.60 2.4");
      await page.getByLabel("Requests per minute").fill("600");
      await page.getByLabel("Calls at the same time").fill("8");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page).toHaveURL(/\/admin\/providers\?done=changed$/);
      await expect(page.getByRole("status").filter({ hasText: "Changed" })).toBeVisible();
      await page.getByRole("link", { name: "Change garage" }).click();
      await expect(page.getByLabel("Prices")).toHaveValue("own-model 0.6 2.4");
      await expect(page.getByLabel("Calls at the same time")).toHaveValue("8");
      await expect(page.getByText("the key that ends in wxyz")).toBeVisible();

      await page.getByRole("link", { name: "Back to all" }).click();
      await page.getByRole("button", { name: "Test garage" }).click();
      await expect(page.getByRole("status").filter({ hasText: "answered" })).toBeVisible();
      await page.goto(`${world.url}/admin/providers/00000000-0000-0000-0000-000000000000`);
      await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("garage");
    });

    test("what cannot be connected says why, and a key is typed again", async ({ page, world }) => {
      await page.goto(`${world.url}/admin/providers`);
      await page.getByLabel("Provider", { exact: true }).selectOption("OpenAI-compatible");
      await page.getByLabel("Key", { exact: true }).fill(wrong);
      await page.getByLabel("Base URL").fill("llm.example.org");
      await page.getByRole("button", { name: "Connect" }).click();
      await expect(page.getByRole("alert").filter({ hasText: "http://" })).toBeVisible();
      await expect(page.getByLabel("Base URL")).toHaveValue("llm.example.org");
      if (!javaScriptEnabled)
        await expect(page.getByLabel("Key", { exact: true })).toHaveValue("");
    });
  });

test("private addresses are refused in words", async ({ page, world, noise }) => {
  noise.allow(status(422));
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(`${world.url}/admin/providers`);
  await page.getByLabel("Provider", { exact: true }).selectOption("Ollama");
  await page.getByLabel("Base URL").fill("http://169.254.169.254");
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "private or reserved" })).toBeVisible();
});
