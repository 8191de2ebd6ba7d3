// What leaves a conversation: links for people without an account, files, and paper.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { ask, expect, scripts, signUp, test, type World } from "./world";

/** Signed up, with one answer. */
async function begin(page: Page, world: World): Promise<string> {
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page, "First?");
  await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
  return page.url();
}

const menu = (page: Page) => page.getByRole("main").locator("header");
const shares = (page: Page) => page.getByRole("region", { name: "Links that work" });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with scripts" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a link is made, read by a stranger, and taken back", async ({
      page,
      world,
      noise,
      browser,
    }) => {
      noise.allow(status(404));
      const address = await begin(page, world);
      await menu(page).getByLabel("Conversation options").click();
      await menu(page).getByRole("link", { name: "Share", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toContainText("First?");
      await expect(shares(page)).toContainText("Nothing of this conversation is shared.");

      const make = async (much: string) => {
        await page.getByLabel("How much").selectOption(much);
        await page.getByRole("button", { name: "Create link" }).click();
        const link = page.getByLabel("Link", { exact: true });
        await expect(link).toHaveValue(/\/shared\/[\w-]{43}$/);
        return link.inputValue();
      };
      const plain = await make("answer");
      await page.goto(`${address}/share`);
      const whole = await make("deliberation");
      await expect(shares(page).getByRole("listitem")).toHaveCount(2);

      const stranger = await browser.newContext({ javaScriptEnabled });
      const other = await stranger.newPage();
      const opened = await other.goto(plain);
      expect(opened?.status()).toBe(200);
      expect(opened?.headers()["x-robots-tag"]).toContain("noindex");
      await expect(other.getByTestId("final-answer")).toBeVisible();
      await expect(other.getByText("as it was then")).toBeVisible();
      await expect(other.getByTestId("outcome")).toHaveCount(0);
      await other.goto(whole);
      await expect(other.getByTestId("agent-card").first()).toBeHidden();
      await other.getByTestId("outcome").click();
      await expect(other.getByTestId("agent-card").first()).toBeVisible();

      const take = shares(page).getByRole("button", { name: "Take the link to First? back" });
      await take.first().click();
      await expect(shares(page).getByRole("listitem")).toHaveCount(1);
      await take.first().click();
      await expect(shares(page).getByRole("listitem")).toHaveCount(0);
      for (const link of [plain, whole, `${world.url}/shared/none`]) {
        expect((await other.goto(link))?.status()).toBe(404);
        await expect(other.getByRole("heading", { level: 1 })).toHaveText(
          "This page cannot be shown",
        );
      }
      await stranger.close();
    });
  });
}

test("a conversation is kept as a file", async ({ page, world }) => {
  await begin(page, world);
  const file = async (name: string) => {
    await menu(page).getByLabel("Conversation options").click();
    const download = page.waitForEvent("download");
    await menu(page).getByRole("link", { name, exact: true }).click();
    const kept = await download;
    await page.keyboard.press("Escape");
    return { name: kept.suggestedFilename(), text: readFileSync(await kept.path(), "utf8") };
  };
  const plain = await file("Export as Markdown");
  expect(plain.name).toMatch(/^conversation-[0-9a-f-]{36}\.md$/);
  expect(plain.text).toContain("> First?");
  expect(plain.text).not.toContain("### Contributions");
  expect((await file("Export with the deliberation")).text).toContain("### Contributions");
  const all = await file("Export as JSON");
  expect(all.name).toMatch(/\.json$/);
  expect(JSON.parse(all.text).messages).toHaveLength(2);
});

test("a conversation on paper has its title, and nothing to click", async ({ page, world }) => {
  await begin(page, world);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCSS("opacity", "1");
  await expect(page.getByTestId("final-answer")).toBeVisible();
  for (const role of ["button", "link", "textbox"] as const)
    await expect(page.getByRole("main").getByRole(role), role).toHaveCount(0);
});
