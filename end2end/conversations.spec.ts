// Conversations as things to keep: renamed and deleted, in their header, in the list, and without
// JavaScript.
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { ask, expect, scripts, signUp, test, type World } from "./world";

const header = (page: Page) => page.getByRole("main").locator("header");
const list = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const title = (page: Page) => page.getByRole("main").getByRole("heading", { level: 1 });

/** Signed up, with one answer. */
async function begin(page: Page, world: World): Promise<string> {
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page, "First?");
  await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
  return page.url();
}

test("a conversation is renamed in its header and in the list", async ({ page, world, noise }) => {
  noise.allow(status(422));
  await begin(page, world);
  const open = async () => {
    await header(page).getByLabel("Conversation options").click();
    await header(page).getByRole("button", { name: "Rename" }).click();
    await expect(field).toBeFocused();
  };
  const field = header(page).getByRole("textbox", { name: "Title" });
  const shows = async (name: string) => {
    await expect(title(page)).toHaveText(name);
    await expect(list(page).getByRole("link", { name, exact: true })).toBeVisible();
    await expect(page).toHaveTitle(`${name} - Overmind`);
  };

  await open();
  await field.fill("Never mind");
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await shows("First?");

  await open();
  await field.fill("   ");
  await page.keyboard.press("Enter");
  await expect(header(page).getByRole("alert")).toContainText("title");
  await field.fill("Standups");
  await page.keyboard.press("Enter");
  await expect(field).toHaveCount(0);
  await shows("Standups");

  await list(page).getByRole("link", { name: "Standups" }).hover();
  await list(page).getByRole("button", { name: "Options for Standups" }).click();
  await expect(list(page).getByRole("textbox", { name: "Title" })).toBeFocused();
  await list(page).getByRole("textbox", { name: "Title" }).fill("Weekly review");
  await list(page).getByRole("button", { name: "Save" }).click();
  await expect(list(page).getByRole("textbox")).toHaveCount(0);
  await shows("Weekly review");
  await page.reload();
  await shows("Weekly review");
});

test("a conversation is deleted for good, once somebody means it", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(status(404));
  const first = await begin(page, world);
  await list(page).getByRole("link", { name: "New conversation" }).click();
  await ask(page, "Second?");
  await expect(page.getByTestId("final-answer")).toBeVisible();
  const second = page.url();
  const dialog = page.getByRole("dialog", { name: "Delete this conversation?" });

  // From the list, while another one is read.
  const options = list(page).getByRole("button", { name: "Options for First?" });
  await list(page).getByRole("link", { name: "First?" }).hover();
  await options.click();
  const remove = list(page).getByRole("button", { name: "Delete", exact: true });
  for (const keep of ["Keep it", "Escape"]) {
    await remove.click();
    await expect(dialog).toContainText("First?");
    if (keep === "Escape") await page.keyboard.press("Escape");
    else await dialog.getByRole("button", { name: keep }).click();
    await expect(dialog).toBeHidden();
    await expect(remove, "the focus comes back").toBeFocused();
  }
  await remove.click();
  await dialog.getByRole("button", { name: "Delete conversation" }).click();
  await expect(list(page).getByRole("link", { name: "First?" })).toHaveCount(0);
  await expect(page).toHaveURL(second);
  await expect(page.getByTestId("final-answer")).toBeVisible();

  // From its own header.
  await header(page).getByLabel("Conversation options").click();
  await header(page).getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("button", { name: "Delete conversation" }).click();
  await expect(page).toHaveURL(`${world.url}/`);
  await expect(page.getByText("Your conversations will be listed here.")).toBeVisible();
  for (const address of [first, second]) expect((await page.goto(address))?.status()).toBe(404);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a conversation is renamed and deleted", async ({ page, world, noise }) => {
    noise.allow(status(404), status(422));
    const address = await begin(page, world);
    const options = header(page).getByLabel("Conversation options");
    const field = header(page).getByRole("textbox", { name: "Title" });
    await options.click();
    await field.fill("   ");
    await header(page).getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "title" })).toBeVisible();
    await page.goto(address);
    await expect(title(page)).toHaveText("First?");
    await options.click();
    await field.fill("Standups");
    await header(page).getByRole("button", { name: "Save" }).click();
    await expect(title(page)).toHaveText("Standups");
    await expect(list(page).getByRole("link", { name: "Standups" })).toBeVisible();

    await options.click();
    await header(page).getByRole("button", { name: "Delete", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await expect(dialog).toBeHidden();
    await header(page).getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByRole("button", { name: "Delete conversation" }).click();
    await expect(page.getByText("Your conversations will be listed here.")).toBeVisible();
    expect((await page.goto(address))?.status()).toBe(404);
  });
});
