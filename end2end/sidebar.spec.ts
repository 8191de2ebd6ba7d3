// The sidebar: finding conversations by their words, pinned ones, folders, tags and the archive;
// and the command menu.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ask, expect, scripts, signUp, test, type World } from "./world";

const list = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const header = (page: Page) => page.getByRole("main").locator("header");
const link = (page: Page, name: string) => list(page).getByRole("link", { name, exact: true });
const searched = (page: Page) => list(page).getByRole("searchbox", { name: "Search conversations" });
const questions = ["Which lighthouse is the oldest?", "Who keeps bees?"];

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  );
}

/** Signed up, with two answers. */
async function begin(page: Page, world: World): Promise<void> {
  await world.start(scripts.passing);
  await signUp(page, world);
  for (const question of questions) {
    await page.goto(world.url);
    await ask(page, question);
    await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
  }
}

/** The button that opens what can be done with it, reached without a mouse. */
async function options(page: Page, name: string) {
  await link(page, name).focus();
  await page.keyboard.press("Tab");
  const button = list(page).getByRole("button", { name: `Options for ${name}` });
  await expect(button).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(list(page).getByRole("textbox", { name: "Title" })).toBeFocused();
  return button;
}

test("words are found in titles and messages while they are typed", async ({ page, world }) => {
  await begin(page, world);
  await searched(page).fill("light");
  const found = list(page).getByRole("list", { name: "Found" }).getByRole("link");
  await expect(found).toHaveCount(1);
  await expect(found.locator("mark").first()).toHaveText("lighthouse");
  await expect(list(page).getByRole("status")).toHaveText("1 conversation found");
  expect(await faults(page), "with what was found").toEqual([]);

  // Answers are searched, too; what is typed is never more than words.
  await searched(page).fill("shared list");
  await expect(found).toHaveCount(2);
  await expect(found.first().locator("mark")).toHaveText(["shared", "list", "List"]);
  await searched(page).fill('"nowhere" OR (');
  await expect(list(page).getByText("No title and no message has these words.")).toBeVisible();
  expect(await faults(page), "with nothing found").toEqual([]);

  await searched(page).fill("oldest");
  await expect(found).toHaveCount(1);
  await found.click();
  await expect(page.getByRole("main").getByText(questions[0]).first()).toBeVisible();
  await searched(page).fill("");
  for (const question of questions) await expect(link(page, question)).toBeVisible();
  await expect(list(page).getByText("Today", { exact: true })).toBeVisible();
});

test("a conversation is pinned, filed, tagged and archived without a mouse", async ({
  page,
  world,
}) => {
  await begin(page, world);
  const [lighthouse, bees] = questions;
  const keys = page.keyboard;

  let button = await options(page, lighthouse);
  expect(await faults(page), "with options open").toEqual([]);
  await list(page).getByRole("button", { name: "Pin", exact: true }).focus();
  await keys.press("Enter");
  await expect(list(page).getByRole("list", { name: "Pinned" }).getByRole("link")).toHaveText(
    lighthouse,
  );
  await expect(list(page).getByRole("status")).toHaveText("Pinned");
  await expect(button, "the focus is where it was").toBeFocused();

  button = await options(page, bees);
  await list(page).getByLabel("Folder").fill("Garden");
  await keys.press("Enter");
  const folder = list(page).getByRole("list", { name: "Garden" });
  await expect(folder.getByRole("link")).toHaveText(bees);
  await expect(list(page).getByRole("status")).toHaveText("Moved to Garden");
  await expect(button).toBeFocused();
  expect(await faults(page), "with a folder").toEqual([]);

  await options(page, bees);
  await list(page).getByLabel("Tags").fill("honey, work");
  await keys.press("Enter");
  await link(page, bees).click();
  const tags = header(page).getByRole("list", { name: "Tags" }).getByRole("link");
  await expect(tags).toHaveText(["honey", "work"]);
  await tags.first().click();
  await expect(list(page).getByText("Tag honey")).toBeVisible();
  await expect(link(page, bees)).toBeVisible();
  await expect(link(page, lighthouse)).toHaveCount(0);
  await list(page).getByRole("link", { name: "Back to all conversations" }).click();
  await expect(link(page, lighthouse)).toBeVisible();

  await options(page, bees);
  await list(page).getByRole("button", { name: "Archive", exact: true }).click();
  await expect(link(page, bees)).toHaveCount(0);
  await list(page).getByRole("link", { name: "Archived", exact: true }).click();
  await expect(link(page, bees)).toBeVisible();
  expect(await faults(page), "in the archive").toEqual([]);
  await searched(page).fill("bees");
  const found = list(page).getByRole("list", { name: "Found" });
  await expect(found.getByRole("link")).toContainText("Archived");
  await searched(page).fill("");
  await options(page, bees);
  await list(page).getByRole("button", { name: "Take out of the archive" }).click();
  await expect(list(page).getByText("There is nothing here yet.")).toBeVisible();
  await page.reload();
  await expect(list(page).getByText("Garden").first()).toBeVisible();
});

test("a conversation is dragged onto a folder and out of it", async ({ page, world }) => {
  await begin(page, world);
  const [lighthouse, bees] = questions;
  await options(page, bees);
  await list(page).getByLabel("Folder").fill("Garden");
  await page.keyboard.press("Enter");
  const folder = list(page).getByRole("list", { name: "Garden" }).getByRole("link");
  await expect(folder).toHaveCount(1);
  await link(page, lighthouse).dragTo(list(page).locator("summary"));
  await expect(folder).toHaveText([bees, lighthouse]);
});

test("the command menu goes anywhere without a mouse", async ({ page, world }) => {
  await begin(page, world);
  const menu = page.getByRole("dialog", { name: "Command menu" });
  const field = menu.getByRole("combobox", { name: "Conversation or command" });
  const choices = menu.getByRole("option");
  const open = async () => {
    // The keys work once the browser's part has taken the page over.
    await expect(async () => {
      await page.keyboard.press("Control+k");
      await expect(field).toBeFocused({ timeout: 500 });
    }).toPass();
  };

  await open();
  await expect(choices.first()).toHaveAttribute("aria-selected", "true");
  expect(await faults(page), "with the command menu").toEqual([]);
  await page.keyboard.type("lighthouse");
  await expect(choices).toHaveText([questions[0]]);
  await page.keyboard.press("Enter");
  await expect(menu).toBeHidden();
  await expect(page.getByRole("main").getByText(questions[0]).first()).toBeVisible();

  await open();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${world.url}/settings`);
  await open();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();

  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("?");
  const shortcuts = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(shortcuts).toContainText("Send the question");
  expect(await faults(page), "with the shortcuts").toEqual([]);
  await shortcuts.getByRole("button", { name: "Close" }).click();
  await expect(shortcuts).toBeHidden();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("words are found, and a conversation is put where it belongs", async ({ page, world }) => {
    await begin(page, world);
    await searched(page).fill("lighthouse");
    await searched(page).press("Enter");
    await expect(page).toHaveURL(`${world.url}/?q=lighthouse`);
    const found = list(page).getByRole("list", { name: "Found" }).getByRole("link");
    await expect(found).toHaveCount(1);
    await expect(found.locator("mark").first()).toHaveText("lighthouse");
    await found.click();

    const menu = header(page).getByLabel("Conversation options");
    await menu.click();
    await header(page).getByLabel("Folder").fill("Sea");
    await header(page).getByRole("button", { name: "Move" }).click();
    await expect(list(page).locator("summary")).toContainText("Sea");
    await menu.click();
    await header(page).getByRole("button", { name: "Pin", exact: true }).click();
    await expect(list(page).getByRole("list", { name: "Pinned" }).getByRole("link")).toHaveText(
      questions[0],
    );
    await menu.click();
    await header(page).getByRole("button", { name: "Archive", exact: true }).click();
    await expect(link(page, questions[0])).toHaveCount(0);
    await list(page).getByRole("link", { name: "Archived", exact: true }).click();
    await expect(link(page, questions[0])).toBeVisible();
  });
});

test("a shelf that is chosen elsewhere brings the list into view", async ({ page, world }) => {
  await begin(page, world);
  const archive = async () => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Conversation or command" }).fill("archived");
    await page.keyboard.press("Enter");
    await expect(list(page).getByText("There is nothing here yet.")).toBeVisible();
  };
  await page.getByRole("button", { name: "Hide the sidebar" }).click();
  await expect(list(page)).toBeHidden();
  await archive();

  // On a phone it is a sheet.
  await page.goto(world.url);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect(list(page)).toBeHidden();
  await archive();
});
