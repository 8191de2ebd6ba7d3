// Branches of a conversation: a question in other words, another answer, the way between them, and
// what the reader thinks of an answer; with scripts and without.
import type { Page } from "@playwright/test";
import { status } from "./noise";
import { ask, expect, scripts, signUp, test, type World } from "./world";

const question = (page: Page, text: string) =>
  page.getByRole("main").locator('[id^="turn-"] p').getByText(text, { exact: true });
const answers = (page: Page) => page.getByTestId("final-answer");

/** Signed up, with two questions and their answers. */
async function begin(page: Page, world: World): Promise<string> {
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page, "First?");
  await expect(answers(page)).toHaveCount(1, { timeout: 20_000 });
  await page.reload();
  await ask(page, "Second?");
  // Without scripts the page reads itself again.
  await expect(answers(page)).toHaveCount(2, { timeout: 20_000 });
  return page.url().replace(/[?#].*/, "");
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with scripts" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a question is asked in other words, and both branches stay", async ({ page, world }) => {
      const address = await begin(page, world);
      const edit = page.getByRole("link", { name: "Edit" });
      const box = page.getByLabel("The question in other words");
      await edit.last().click();
      await expect(box).toHaveValue("Second?");
      await page.getByRole("link", { name: "Cancel" }).click();
      await expect(box).toHaveCount(0);
      await expect(page).toHaveURL(address);

      await edit.first().click();
      await box.fill("First, & <b>in other words</b>?");
      await page.getByRole("button", { name: "Ask in other words" }).click();
      await expect(question(page, "First, & <b>in other words</b>?")).toBeVisible();
      await expect(answers(page)).toHaveCount(1, { timeout: 20_000 });
      await expect(page.getByText("Question 2 of 2")).toBeVisible();
      await expect(question(page, "Second?")).toHaveCount(0);

      await page.getByRole("button", { name: "Show the question before" }).click();
      await expect(page.getByText("Question 1 of 2")).toBeVisible();
      await expect(question(page, "First?")).toBeVisible();
      await expect(question(page, "Second?")).toBeVisible();
      await expect(answers(page)).toHaveCount(2);
      await page.goto(address);
      await expect(question(page, "Second?")).toBeVisible();
      await expect(page.getByRole("button", { name: "Show the question before" })).toBeDisabled();
    });

    test("a question is answered again by another workflow", async ({ page, world }) => {
      const address = await begin(page, world);
      await page.getByRole("link", { name: "Ask again" }).last().click();
      const form = page.locator("#ask-again");
      await form.getByLabel("Workflow").selectOption({ index: 1 });
      await form.getByRole("button", { name: "Ask again" }).click();
      await expect(page.getByText("Answer 2 of 2")).toBeVisible();
      await expect(form).toHaveCount(0);
      await expect(answers(page)).toHaveCount(2, { timeout: 20_000 });
      await page.getByRole("button", { name: "Show the answer before" }).click();
      await expect(page.getByText("Answer 1 of 2")).toBeVisible();
      await expect(answers(page)).toHaveCount(2);
      await page.goto(address);
      await expect(page.getByText("Answer 1 of 2")).toBeVisible();
    });

    test("an answer is rated, with a comment, and the rating taken back", async ({
      page,
      world,
    }) => {
      const address = await begin(page, world);
      const good = page.getByRole("button", { name: "Good answer" }).last();
      const bad = page.getByRole("button", { name: "Bad answer" }).last();
      const comment = page.getByLabel("What was wrong with it?");
      await expect(good).toHaveAttribute("aria-pressed", "false");
      await good.click();
      await expect(good).toHaveAttribute("aria-pressed", "true");
      await bad.click();
      await expect(bad).toHaveAttribute("aria-pressed", "true");
      await expect(good).toHaveAttribute("aria-pressed", "false");
      await comment.fill("Too long");
      await page.getByRole("button", { name: "Save comment" }).click();
      if (javaScriptEnabled) await expect(page.getByText("Saved", { exact: true })).toBeVisible();
      await page.goto(address);
      await expect(comment).toHaveValue("Too long");
      await expect(bad).toHaveAttribute("aria-pressed", "true");
      await expect(page.getByRole("button", { name: "Bad answer" }).first()).toHaveAttribute(
        "aria-pressed",
        "false",
      );
      await bad.click();
      await expect(bad).toHaveAttribute("aria-pressed", "false");
      await expect(comment).toHaveCount(0);
      await page.goto(address);
      await expect(bad).toHaveAttribute("aria-pressed", "false");
    });

    test("an empty question is refused where it was written", async ({ page, world, noise }) => {
      noise.allow(status(422));
      await begin(page, world);
      await page.getByRole("link", { name: "Edit" }).first().click();
      await page.getByLabel("The question in other words").fill("   ");
      await page.getByRole("button", { name: "Ask in other words" }).click();
      await expect(page.getByRole("alert").filter({ hasText: "empty" })).toBeVisible();
      await expect(page.getByLabel("The question in other words")).toBeVisible();
    });
  });
}

test("a reply that this page cannot read is told, and changes nothing", async ({ page, world }) => {
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page);
  const good = page.getByRole("button", { name: "Good answer" });
  await expect(good).toBeVisible();
  // As a newer server might say it.
  await page.route(/rate_answer/, (route) => route.fulfill({ json: { rating: "wonderful" } }));
  await good.click();
  const told = page.getByRole("alert").filter({ hasText: "is not understood. Load the page again" });
  await expect(told).toHaveCount(1);
  await expect(good).toHaveAttribute("aria-pressed", "false");
  await page.unroute(/rate_answer/);
  await good.click();
  await expect(good).toHaveAttribute("aria-pressed", "true");
  await expect(told).toHaveCount(0);
});

test("a message's own link is copied, and leads to it", async ({ page, world, context }) => {
  const address = await begin(page, world);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy link" }).last().click();
  await expect(page.getByText("Copied")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/c\/[0-9a-f-]{36}#m-[0-9a-f-]{36}$/);
  expect(link.startsWith(address)).toBe(true);
  await page.goto(link);
  await expect(answers(page).last()).toBeInViewport();
});

test("what was typed and not sent is there again, and goes with the log-out", async ({
  page,
  world,
}) => {
  const address = await begin(page, world);
  const box = page.getByLabel("Ask a question");
  await box.fill("And then");
  await page.goto(world.url);
  await expect(box).toHaveValue("");
  await box.fill("Another matter");
  const kept = () =>
    page.evaluate(() =>
      Object.keys(localStorage)
        .filter((key) => key.endsWith("-new"))
        .map((key) => localStorage.getItem(key)),
    );
  await expect.poll(kept).toEqual(["Another matter"]);
  await page.goto(address);
  await expect(box).toHaveValue("And then");
  await ask(page, "And then?");
  await expect(answers(page)).toHaveCount(3, { timeout: 20_000 });
  await page.reload();
  await expect(box).toHaveValue("");
  await page.goto(world.url);
  await expect(box).toHaveValue("Another matter");

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" }).first()).toBeVisible();
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});
