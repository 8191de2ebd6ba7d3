// What a person changes about their own account, and that it lasts: with JavaScript, and each form
// also without.
import type { Browser, Locator, Page } from "@playwright/test";
import { status, unreachable } from "./noise";
import { ask, expect, logIn, password, scripts, sendLogIn, signUp, test, type World } from "./world";

const another = "another horse battery";

const section = (page: Page, name: string) => page.getByRole("region", { name });

/** Presses the button and waits for the answer; without scripts that is another page. */
async function send(button: Locator): Promise<void> {
  const page = button.page();
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && response.url().includes("/api/"),
  );
  await button.click();
  await answered;
}

/** Somebody at another machine, logged in. */
async function elsewhere(browser: Browser, world: World): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${world.url}/log-in`);
  await logIn(page);
  await expect(page.getByLabel("Ask a question")).toBeVisible();
  return page;
}

const isLoggedOut = async (page: Page, world: World) => {
  await page.goto(`${world.url}/settings`);
  await expect(page).toHaveURL(`${world.url}/log-in?next=/settings`);
};

for (const javaScriptEnabled of [true, false])
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test.beforeEach(async ({ page, world, noise }) => {
      // What is refused here is refused on purpose.
      noise.allow(status(401), status(422), status(403));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/settings`);
    });

    test("the theme goes with the account", async ({ page, browser, world }) => {
      const form = section(page, "Appearance");
      if (javaScriptEnabled) await send(form.getByText("Dark"));
      else {
        await form.getByText("Dark").click();
        await send(form.getByRole("button", { name: "Save theme" }));
      }
      await expect(form.getByRole("status")).toHaveText("Saved");
      await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
      const other = await elsewhere(browser, world);
      await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
      await other.close();
      await page.goto(`${world.url}/settings`);
      await expect(form.getByRole("radio", { name: "Dark" })).toBeChecked();
      await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    });

    test("questions begin with what was chosen", async ({ page, world }) => {
      const form = section(page, "Answers");
      const save = form.getByRole("button", { name: "Save" });
      const [workflow, model, threshold, debug] = [
        form.getByLabel("Default workflow"),
        form.getByLabel("Default model"),
        form.getByLabel("Quality threshold"),
        form.getByLabel("Show debug info"),
      ];
      // The server's word, not the browser's.
      await form.locator("form").evaluate((it: HTMLFormElement) => (it.noValidate = true));
      await model.fill("no such name");
      await send(save);
      await expect(form.getByRole("alert").filter({ hasText: "model" })).toBeVisible();
      await page.goto(`${world.url}/settings`);
      await expect(model).toHaveValue("");

      await workflow.selectOption("Balanced");
      await model.fill("compatible/another-model");
      await threshold.fill("9.5");
      await debug.check();
      await send(save);
      await expect(form.getByRole("status")).toHaveText("Saved");
      await page.goto(`${world.url}/settings`);
      await expect(workflow).toHaveValue("balanced");
      await expect(model).toHaveValue("compatible/another-model");
      await expect(threshold).toHaveValue("9.5");
      await expect(debug).toBeChecked();

      await page.goto(world.url);
      await ask(page);
      await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
      await page.getByTestId("outcome").click();
      await expect(page.getByTestId("agent-card")).toHaveCount(3);
      await expect(page.getByTestId("agent-card").first()).toContainText("another-model");
      await expect(page.getByText(/passes at 9\.5|9\.5 would pass/).first()).toBeVisible();
    });

    test("a new password needs the old one, and logs others out", async ({
      page,
      browser,
      world,
    }) => {
      const other = await elsewhere(browser, world);
      await page.goto(`${world.url}/settings`);
      const form = section(page, "Password");
      const change = async (current: string) => {
        await form.getByLabel("Current password").fill(current);
        await form.getByLabel("New password").fill(another);
        await send(form.getByRole("button", { name: "Change password" }));
      };
      await change("not this one");
      await expect(form.getByRole("alert").filter({ hasText: "password" })).toBeVisible();
      await change(password);
      await expect(form.getByRole("status")).toHaveText("Changed");
      await expect(form.getByRole("alert").filter({ hasText: /\S/ })).toHaveCount(0);
      await isLoggedOut(other, world);
      await sendLogIn(other);
      await expect(other.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
      await expect(other.getByLabel("Email"), "typed once").toHaveValue("ada@example.org");
      await other.getByLabel("Password").fill(another);
      await other.getByRole("button", { name: "Log in" }).click();
      await expect(other.getByRole("heading", { name: "Settings" })).toBeVisible();
      await other.close();
      // This browser stays.
      await page.goto(`${world.url}/settings`);
      await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
    });

    test("another session is ended from here", async ({ page, browser, world }) => {
      const other = await elsewhere(browser, world);
      await page.goto(`${world.url}/settings`);
      const sessions = section(page, "Sessions");
      await expect(sessions.getByRole("listitem")).toHaveCount(2);
      await expect(sessions.getByText("This browser")).toHaveCount(1);
      await send(sessions.getByRole("button", { name: /^Log out/ }));
      await expect(sessions.getByRole("status")).toHaveText("Logged out");
      await expect(sessions.getByRole("listitem")).toHaveCount(1);
      await isLoggedOut(other, world);
      await other.close();
      await page.goto(`${world.url}/settings`);
      await expect(sessions.getByText("This browser")).toBeVisible();
    });

    test("an account ends with its password, and with all that was in it", async ({
      page,
      world,
    }) => {
      const form = section(page, "Delete account");
      const remove = async (typed: string) => {
        const field = form.getByLabel("Your password, to confirm");
        if (await field.isHidden()) await form.locator("summary").click();
        await field.fill(typed);
        await send(form.getByRole("button", { name: "Delete account for good" }));
      };
      await remove("not this one");
      await expect(form.getByRole("alert").filter({ hasText: "password" })).toBeVisible();
      await remove(password);
      await expect(page.getByRole("heading", { level: 1 })).toContainText("Six agents");
      await isLoggedOut(page, world);
      await sendLogIn(page);
      await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
    });
  });

test("debug info brings the prompts at once, without another page", async ({ page, world }) => {
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toBeVisible();
  const conversation = page.url();
  const prompts = page.getByRole("region", { name: "Prompts and versions" });
  // Gone with the next page that is loaded.
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));

  const form = section(page, "Answers");
  for (const on of [true, false]) {
    await page.getByRole("link", { name: "Settings" }).click();
    await form.getByLabel("Show debug info").setChecked(on);
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form.getByRole("status")).toHaveText("Saved");
    await page.getByRole("navigation", { name: "Conversations" }).getByRole("link").last().click();
    await expect(page).toHaveURL(conversation);
    await page.getByRole("link", { name: "Deliberation" }).click();
    await expect(prompts).toBeVisible();
    await expect(prompts.locator("summary")).toHaveCount(on ? 10 : 0);
    if (on) {
      await prompts.locator("summary").first().click();
      await expect(prompts.getByText("System prompt").first()).toBeVisible();
    } else {
      await expect(prompts).toContainText("is switched on in the settings");
    }
  }
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("an error without a place of its own is told above the page until it is closed", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(status(429), ...unreachable);
  await world.start(scripts.passing);
  await signUp(page, world);
  const told = page.getByTestId("toast");
  const change = () => page.getByRole("button", { name: /theme/ }).click();
  await expect(async () => {
    await change();
    await expect(page.locator("html")).toHaveAttribute("data-theme", /./, { timeout: 500 });
  }).toPass();

  // The reason is the server's own where there is one.
  const error = { code: "rate_limited", message: "That was once too often. Wait 7 seconds." };
  await page.route(/save_preferences/, (route) => route.fulfill({ status: 429, json: { error } }));
  await change();
  await expect(told).toHaveText([error.message]);
  await page.unroute(/save_preferences/);
  await page.route(/save_preferences/, (route) => route.abort());
  await change();
  await expect(told).toHaveText([error.message, /cannot be reached/]);
  expect(await page.getByRole("alert").count(), "screen readers hear of both").toBe(2);

  await told.first().getByRole("button", { name: "Close" }).click();
  await expect(told).toHaveText([/cannot be reached/]);
  // One that is being read stays.
  await told.getByRole("button", { name: "Close" }).focus();
  const paused = told.evaluate((it) => it.getAnimations().map((life) => life.playState));
  expect(await paused).toEqual(["paused"]);
  await told.evaluate((it) => it.getAnimations().forEach((life) => life.finish()));
  await expect(told).toHaveCount(0);
});
