// The start page in a real browser: it hydrates, works for everyone, and asks no other server.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { expect, openHydrated, test } from "./server";

const agents = ["Creative", "Structural", "Analytical", "Empathic", "Strategic", "Practical"];

test("choosing a workflow shows who takes part and changes the command", async ({ page }) => {
  await openHydrated(page);
  const card = (name: string) =>
    page.getByRole("listitem").filter({ hasText: `${name} Clarity` });
  const command = page.locator("#terminal code").first();
  await expect(page.getByText("Takes part")).toHaveCount(6);
  await expect(command).toHaveText('overmind ask "How do I improve team productivity?"');

  // With the keyboard, as a radio group does: the arrow moves and chooses.
  await page.getByRole("radio", { name: "Overmind" }).focus();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("radio", { name: "Balanced" })).toBeChecked();
  await expect(page.getByText("Takes part")).toHaveCount(3);
  for (const name of ["Structural", "Analytical", "Practical"])
    await expect(card(name)).toContainText("Takes part");
  await expect(card("Creative")).toContainText("Sits this one out");
  await expect(command).toContainText("--workflow balanced");

  // With the pointer, on the card rather than on the hidden input.
  await page.getByText("One agent, one round").click();
  await expect(page.getByRole("status")).toHaveText("Quick asks one of the 6 agents.");
  await expect(page.getByText("Takes part")).toHaveCount(1);
});

test("the command can be copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openHydrated(page);
  await page.getByRole("button", { name: "Copy" }).first().click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'overmind ask "How do I improve team productivity?"',
  );
});

test("the theme follows the system until one is chosen, and the choice lasts", async ({ page }) => {
  const surface = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "dark" });
  await openHydrated(page);
  const dark = await surface();
  await page.emulateMedia({ colorScheme: "light" });
  const light = await surface();
  expect(light).not.toBe(dark);

  await page.getByRole("button", { name: /theme/ }).click();
  expect(await surface()).toBe(dark);
  // In the server's own HTML, so the first paint is right already.
  const html = await (await page.request.get("/")).text();
  expect(html).toContain('data-theme="dark"');
  await page.reload();
  expect(await surface()).toBe(dark);
});

test("nothing moves while the page loads and hydrates", async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.push((entry as PerformanceEntry & { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await openHydrated(page);
  await page.evaluate(() => document.fonts.ready);
  const total = await page.evaluate(() =>
    (window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0),
  );
  expect(total).toBeLessThan(0.02);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`accessible in ${colorScheme}, on a desktop and on a phone`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const size of [
      { width: 1440, height: 900 },
      { width: 360, height: 740 },
    ]) {
      await page.setViewportSize(size);
      await openHydrated(page);
      expect(await faults(page)).toEqual([]);
      await page.getByRole("radio", { name: "Quick" }).check({ force: true });
      await expect(page.getByText("Takes part")).toHaveCount(1);
      expect(await faults(page)).toEqual([]);
    }
  });
}

async function faults(page: Page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
  );
}

test("fits a phone of 360 px, and 200 % zoom", async ({ page }) => {
  for (const width of [360, 720]) {
    await page.setViewportSize({ width, height: 740 });
    await openHydrated(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `at ${width} px`).toBe(0);
  }
});

test("the skip link moves the focus to the content", async ({ page }) => {
  await openHydrated(page);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.reload();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("everything can be read, and no control pretends to work", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    for (const name of agents)
      await expect(page.getByRole("heading", { name: `${name} Clarity` })).toBeVisible();
    for (const name of ["Quick", "Balanced", "Overmind"])
      await expect(page.locator("#workflows").getByText(name, { exact: true })).toBeVisible();
    for (const phase of ["Observe", "Propose", "Distill", "Integrate", "Judge", "Adapt"])
      await expect(page.getByRole("heading", { name: phase, exact: true })).toBeVisible();
    await expect(page.getByRole("button")).toHaveCount(0);
  });
});

test("an address that leads nowhere says so and leads back", async ({ page, noise }) => {
  noise.allow(status(404));
  const response = await page.goto("/nothing-here");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("no page at this address");
  await page.getByRole("main").getByRole("link").click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Six agents");
});
