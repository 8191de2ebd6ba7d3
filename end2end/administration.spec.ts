// What admins do for their organization, with JavaScript and without; and that nobody else does.
import type { Browser, Locator, Page } from "@playwright/test";
import { status } from "./noise";
import { ask, expect, logIn, password, scripts, signUp, test } from "./world";

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

/** A link for somebody of that role, from the members' page. */
async function invite(page: Page, role: string): Promise<string> {
  const form = section(page, "Invitations");
  await form.getByLabel("Role").selectOption(role);
  await form.getByRole("button", { name: "Create link" }).click();
  return await form.getByLabel("Invitation link").inputValue();
}

/** Somebody who follows it. */
async function join(browser: Browser, link: string, name: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(link);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(`${name.toLowerCase()}@example.org`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("group", { name: "Account" })).toContainText(name);
  return page;
}

const people = (page: Page) => page.getByRole("list", { name: "Members" });
const entries = (page: Page) => page.getByRole("list", { name: "Entries" });

for (const javaScriptEnabled of [true, false])
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("somebody is invited, gets another role, is logged out and removed", async ({
      page,
      browser,
      world,
      noise,
    }) => {
      // What is refused here is refused on purpose.
      noise.allow(status(401), status(403), status(409), status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/members`);
      await expect(people(page).getByRole("listitem")).toHaveCount(1);
      const other = await join(browser, await invite(page, "user"), "Bob");

      await page.goto(`${world.url}/admin/members`);
      await expect(people(page).getByRole("listitem")).toHaveCount(2);
      await expect(people(page).getByRole("listitem").last()).toContainText("bob@example.org");
      await people(page).getByRole("link", { name: "Bob" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bob");
      await page.getByRole("combobox", { name: "Role" }).selectOption("viewer");
      await send(page.getByRole("button", { name: "Change role" }));
      await expect(page.getByRole("main").getByText("Changed")).toBeVisible();
      await other.goto(world.url);
      await expect(other.getByText("Viewers read")).toBeVisible();

      await send(section(page, "Sessions").getByRole("button", { name: /^Log out/ }));
      await expect(section(page, "Sessions")).toContainText("Not logged in anywhere");
      await other.goto(`${world.url}/settings`);
      await expect(other).toHaveURL(/log-in/);
      await other.close();

      await section(page, "Remove").locator("summary").click();
      await page.getByRole("button", { name: "Remove for good" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Members");
      await expect(page.getByRole("status").filter({ hasText: "Removed" })).toBeVisible();
      await expect(people(page).getByRole("listitem")).toHaveCount(1);

      await page.goto(`${world.url}/admin/audit`);
      for (const words of [
        "Ada removed a member: Bob",
        "Ada ended a session of a member: Bob",
        "Ada changed a role: Bob: user to viewer",
        "Bob joined by an invitation: user",
        "Ada created an invitation: user",
        "Ada signed up",
      ])
        await expect(entries(page)).toContainText(words);
    });

    test("the only admin stays one, and is told why", async ({ page, world, noise }) => {
      noise.allow(status(409), status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/members`);
      await people(page).getByRole("link", { name: "Ada" }).click();
      await page.getByRole("combobox", { name: "Role" }).selectOption("user");
      await send(page.getByRole("button", { name: "Change role" }));
      await expect(page.getByRole("alert").filter({ hasText: "only admin" })).toBeVisible();
      await expect(section(page, "Remove")).toContainText("This is you");
    });

    test("an open organization is joined without an invitation, by allowed addresses", async ({
      page,
      browser,
      world,
      noise,
    }) => {
      noise.allow(status(403), status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/organization`);
      await page.getByLabel("Name").fill("Engines");
      await page.getByLabel("Sign-up").selectOption("open");
      await page.getByLabel("Allowed mail domains").fill("example.org");
      await page.getByLabel("Default workflow").selectOption("Balanced");
      await page.getByLabel("Default model").fill("no such name");
      await send(page.getByRole("button", { name: "Save" }));
      await expect(page.getByRole("alert").filter({ hasText: "model" })).toBeVisible();
      await page.getByLabel("Default model").fill("compatible/test-model");
      await send(page.getByRole("button", { name: "Save" }));
      await expect(page.locator("#organization").getByRole("status")).toHaveText("Saved");

      const other = await browser.newPage();
      await other.goto(`${world.url}/sign-up`);
      await expect(other.getByRole("heading", { level: 1 })).toHaveText("Join Engines");
      for (const address of ["bob@example.net", "bob@example.org"]) {
        await other.getByLabel("Name").fill("Bob");
        await other.getByLabel("Email").fill(address);
        await other.getByLabel("Password").fill(password);
        await send(other.getByRole("button", { name: "Create account" }));
        if (address.endsWith("net"))
          await expect(other.getByRole("alert").filter({ hasText: "example.org" })).toBeVisible();
      }
      await expect(other.getByRole("group", { name: "Account" })).toContainText("User");
      await expect(other.getByLabel("Workflow")).toHaveValue("balanced");
      await other.close();
    });

    test("what is kept is said, and what that means", async ({ page, world, noise }) => {
      noise.allow(status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/organization`);
      const kept = section(page, "What is kept");
      await expect(kept).toContainText("kept until somebody deletes them");
      // The browser itself refuses what lies outside.
      await expect(kept.getByLabel("Keep conversations for days")).toHaveAttribute("max", "36500");
      await kept.getByLabel("Keep conversations for days").fill("90");
      await kept.getByLabel("Log prompts").check();
      await send(kept.getByRole("button", { name: "Keep to this" }));
      await expect(kept.getByRole("status")).toHaveText("Saved");
      await expect(kept).toContainText(
        "Conversations untouched for 90 days are deleted; pinned ones stay. None would go tonight.",
      );
      await page.reload();
      await expect(kept.getByLabel("Keep conversations for days")).toHaveValue("90");
      await expect(kept.getByLabel("Log prompts")).toBeChecked();
      await expect(page.getByLabel("Name")).toHaveValue(/./);

      if (javaScriptEnabled) {
        await page.goto(world.url);
        await ask(page, "Is ada@example.org right?");
        await expect(page.getByText("Passed", { exact: false }).first()).toBeVisible();
        await page.goto(`${world.url}/admin/organization`);
      }
      await kept.getByRole("link", { name: "Read the log" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Prompts");
      if (!javaScriptEnabled) return;
      const calls = page.getByRole("list", { name: "Calls" });
      await calls.locator("summary").first().click();
      await expect(calls.getByText("Is [mail address] right?").first()).toBeVisible();
      await expect(calls).not.toContainText("ada@example.org");
    });

    test("quotas are set, and stand beside what is used", async ({ page, world, noise }) => {
      noise.allow(status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/organization`);
      const quotas = section(page, "Quotas");
      const used = quotas.getByRole("row", { name: /^Everybody/ });
      await expect(used).toContainText("$0.00");
      const all = quotas.getByRole("group", { name: "Of all members together" });
      await all.getByLabel("Questions").fill("500");
      await all.getByLabel("US dollars").fill("12.50");
      await send(quotas.getByRole("button", { name: "Set quotas" }));
      await expect(quotas.getByRole("status")).toHaveText("Saved");
      await expect(used).toContainText("0 of 500");
      await expect(used).toContainText("$0.00 of $12.50");
      await page.goto(`${world.url}/admin/organization`);
      await expect(all.getByLabel("US dollars")).toHaveValue("12.50");
    });

    test("the audit log is filtered by its address and exported as a table", async ({
      page,
      world,
    }) => {
      await world.start(scripts.passing);
      await signUp(page, world);
      await page.goto(`${world.url}/admin/members`);
      await invite(page, "user");
      await page.goto(`${world.url}/admin/audit`);
      await expect(entries(page).getByRole("listitem")).toHaveCount(2);
      await page.getByLabel("What").selectOption("Invitations");
      await page.getByLabel("Who").selectOption("Ada");
      await page.getByRole("button", { name: "Filter" }).click();
      await expect(page).toHaveURL(/group=invitations&person=[0-9a-f-]{36}/);
      await expect(entries(page).getByRole("listitem")).toHaveCount(1);
      await expect(page.getByLabel("What")).toHaveValue("invitations");

      const link = page.getByRole("link", { name: "Export as CSV" });
      const table = await page.request.get(world.url + (await link.getAttribute("href")));
      expect(table.headers()["content-type"]).toContain("text/csv");
      const lines = (await table.text()).trim().split("\r\n");
      expect(lines[0]).toBe("time,person,person_id,action,subject,detail");
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain("invitations.create");
    });
  });

test("the administration is not for users and viewers", async ({ page, browser, world, noise }) => {
  noise.allow(status(403));
  await world.start(scripts.passing);
  await signUp(page, world);
  for (const [role, name] of [
    ["user", "Uma"],
    ["viewer", "Vi"],
  ]) {
    await page.goto(`${world.url}/admin/members`);
    const other = await join(browser, await invite(page, role), name);
    await expect(other.getByRole("link", { name: "Administration" })).toHaveCount(0);
    for (const path of [
      "/admin/members",
      "/admin/organization",
      "/admin/prompts",
      "/admin/audit",
      "/admin/audit.csv",
    ]) {
      const response = await other.goto(world.url + path);
      expect(response?.status(), `${role} at ${path}`).toBe(403);
    }
    await other.goto(`${world.url}/admin/members`);
    await expect(other.getByRole("heading", { name: "This page is for admins" })).toBeVisible();
    await other.close();
  }
  await expect(page.getByRole("link", { name: "Administration" })).toBeVisible();
});

test("somebody who was logged out by an admin logs in again", async ({
  page,
  browser,
  world,
  noise,
}) => {
  noise.allow(status(401));
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.goto(`${world.url}/admin/members`);
  const other: Page = await join(browser, await invite(page, "user"), "Bob");
  await page.goto(`${world.url}/admin/members`);
  await people(page).getByRole("link", { name: "Bob" }).click();
  await section(page, "Sessions").getByRole("button", { name: /^Log out/ }).click();
  await expect(section(page, "Sessions")).toContainText("Not logged in anywhere");
  await other.goto(`${world.url}/settings`);
  await logIn(other, "bob@example.org");
  await expect(other.getByRole("heading", { name: "Settings" })).toBeVisible();
  await other.close();
});
