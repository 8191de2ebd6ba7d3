// What a person does in the browser for the programs that act in their name.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, scripts, signUp, test } from "./world";

test("an API key is made, shown once, used and revoked", async ({ page, request, world }) => {
  await world.start(scripts.repaired);
  await signUp(page, world);
  await page.goto(`${world.url}/settings#api-keys`);
  await page.getByLabel("Key name").fill("Nightly report");
  await page.getByLabel("May").selectOption("read");
  await page.getByLabel("Days until it ends").fill("30");
  await page.getByRole("button", { name: "Make key" }).click();
  const key = await page.getByLabel("API key", { exact: true }).inputValue();
  expect(key).toMatch(/^ovm_/);
  const row = page.getByRole("listitem").filter({ hasText: "Nightly report" });
  await expect(row).toContainText(`ovm_…${key.slice(-4)}, reads`);
  await expect(row).toContainText("until");
  const axe = await new AxeBuilder({ page }).include("#api-keys").analyze();
  expect(axe.violations).toEqual([]);

  const me = () =>
    request.get(`${world.url}/v1/me`, { headers: { Authorization: `Bearer ${key}` } });
  expect((await me()).status()).toBe(200);
  await page.reload();
  await expect(page.getByLabel("API key", { exact: true })).toHaveCount(0);
  await expect(row).toContainText("last used");
  await row.getByRole("button", { name: "Revoke the key Nightly report" }).click();
  await expect(row).toHaveCount(0);
  expect((await me()).status()).toBe(401);
});

test("/docs shows the interface and loads nothing from elsewhere", async ({ page, world }) => {
  await world.start(scripts.repaired);
  await page.goto(`${world.url}/docs`);
  // Sixty operations take their time on a busy machine.
  await expect(page.locator("#operations-messages-ask")).toBeVisible({ timeout: 20_000 });
  await page.locator("#operations-auth-log_in").click();
  await expect(page.getByText("Request body").first()).toBeVisible();
});
