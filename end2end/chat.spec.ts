// The main road in a real browser: sign up, ask, watch, read; and everything that may go wrong.
import type { Page, WebSocketRoute } from "@playwright/test";
import { status, unreachable } from "./noise";
import { ask, expect, key, logIn, password, question, scripts, signUp, test } from "./world";

test("sign up, ask, watch six agents, read the answer, find it again", async ({ page, world }) => {
  await world.start(scripts.repaired);
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toContainText("Start with one shared list.");
  await expect(page.getByTestId("outcome")).toContainText("Passed 10");
  await expect(page.getByTestId("final-answer").getByRole("table")).toBeVisible();
  await expect(page.getByTestId("final-answer").locator("math")).toBeVisible();

  // The same after a reload, and after logging out and in.
  const read = () => page.getByTestId("final-answer").innerText();
  const before = await read();
  await page.reload();
  expect(await read()).toBe(before);
  const address = page.url();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" }).first()).toBeVisible();
  await page.goto(address);
  await expect(page).toHaveURL(/\/log-in\?next=/);
  await logIn(page);
  await expect(page).toHaveURL(address);
  expect(await read()).toBe(before);
});

test("a run is watched live and can be stopped; what finished stays", async ({ page, world }) => {
  await world.start(scripts.stalling("distillation"));
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("agent-card")).toHaveCount(6);
  await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(6);
  await expect(page.getByTestId("run-status")).toContainText("Weighing");
  await page.getByRole("button", { name: "Stop" }).first().click();
  await expect(page.getByTestId("outcome")).toContainText("Cancelled");
  await page.reload();
  await expect(page.getByTestId("outcome")).toContainText("Cancelled");
  // What there is becomes an answer, without a further call to an agent.
  const before = await world.answered();
  await page.getByRole("button", { name: "Answer with what you have" }).click();
  await expect(page.getByTestId("final-answer")).toContainText("Start with one shared list.");
  await expect(page.getByTestId("outcome")).toContainText("Passed 10");
  await expect(page.getByTestId("outcome")).toHaveCount(1);
  const after = await world.answered();
  expect(after.contribution).toBe(before.contribution);
  // Asking goes on in the same conversation.
  await ask(page, "And without meetings?");
  await expect(page.getByTestId("final-answer")).toHaveCount(2);
});

test("a killed server goes on where it was, under the eyes of the browser", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(...unreachable);
  await world.start(scripts.stalling("judgement"));
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("run-status")).toContainText("Judging");
  const agents = await page.getByTestId("agent-card").allInnerTexts();
  expect(agents).toHaveLength(6);
  const before = await world.answered();
  await world.kill();
  await world.serve();
  await expect(page.getByTestId("outcome")).toContainText("Passed 10", { timeout: 20_000 });
  // Only what was missing was asked: no finished call was made again.
  expect(await world.answered()).toEqual({ ...before, judgement: 1 });
  for (const visit of ["live", "reloaded"]) {
    await page.getByTestId("outcome").click();
    expect(await page.getByTestId("agent-card").allInnerTexts(), visit).toEqual(agents);
    await page.reload();
    await expect(page.getByTestId("outcome")).toContainText("Passed 10");
  }
});

test("a server killed while agents are at work makes only the open call again", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(...unreachable);
  await world.start(scripts.stalling("contribution"));
  await signUp(page, world);
  await ask(page);
  await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(5);
  expect(await world.answered()).toEqual({ observation: 1, contribution: 5 });
  await world.kill();
  await world.serve();
  await expect(page.getByTestId("outcome")).toContainText("Passed 10", { timeout: 20_000 });
  expect(await world.answered()).toMatchObject({ observation: 1, contribution: 6, text: 1 });
});

test("a question that has to wait says how many are before it", async ({ page, world }) => {
  world.settings = { OVERMIND_RUNS: "1" };
  await world.start(scripts.stalling("observation"));
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("run-status")).toContainText("Reading the question");
  const first = page.url();
  for (const _ of ["second", "third"]) {
    await page.getByRole("link", { name: "New conversation" }).first().click();
    await ask(page);
    await expect(page.getByTestId("run-status")).toContainText("Waiting to begin");
  }
  await expect(page.getByTestId("queue-place")).toHaveText("1 question before it");
  const third = page.url();
  await page.goto(first);
  await page.getByRole("button", { name: "Stop" }).first().click();
  await expect(page.getByTestId("outcome")).toContainText("Cancelled");
  await page.goto(third);
  await expect(page.getByTestId("final-answer")).toBeVisible();
});

test("an orderly stop in the middle of a run parks it; the next start goes on", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(...unreachable);
  await world.start(scripts.stalling("judgement"));
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("run-status")).toContainText("Judging");
  expect(await world.stop()).toBe(0);
  await world.serve();
  await expect(page.getByTestId("outcome")).toContainText("Passed 10", { timeout: 20_000 });
});

/** What is there of the answer while it is written. */
const draft = (page: Page) => page.getByRole("group", { name: "Draft" });

test("a reload in the middle shows what was written so far, and goes on", async ({ page, world }) => {
  await world.start(scripts.unhurried);
  await signUp(page, world);
  await ask(page);
  await expect(draft(page)).toContainText("Start with");
  await page.reload();
  // What came before the reload is there at once, without what only the end brings.
  await expect(draft(page)).toContainText("Start with");
  await expect(page.getByTestId("final-answer")).toHaveCount(0);
  await expect(page.getByTestId("agent-card")).toHaveCount(6);
  await expect(page.getByTestId("final-answer")).toContainText("minutes a week are enough.", {
    timeout: 20_000,
  });
});

test("a connection lost in mid-stream comes back by itself, and nothing is missing", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(...unreachable);
  // What the server said, before the cut and after it, in the order in which it came.
  const sent: { seq?: number }[] = [];
  const connections: { page: WebSocketRoute; server: WebSocketRoute }[] = [];
  await page.routeWebSocket(/\/v1\/ws$/, (route) => {
    const server = route.connectToServer();
    server.onMessage((message) => {
      sent.push(JSON.parse(message.toString()));
      route.send(message);
    });
    connections.push({ page: route, server });
  });
  await world.start(scripts.unhurried);
  await signUp(page, world);
  await ask(page);
  await expect(draft(page)).toContainText("Start with");
  const before = connections.length;
  for (const ends of connections) {
    await ends.server.close();
    await ends.page.close({ code: 1011 });
  }
  await expect(page.getByText("Reconnecting.")).toBeVisible();
  await expect(page.getByText("Reconnecting.")).toHaveCount(0);
  expect(connections.length).toBeGreaterThan(before);
  await expect(draft(page)).toContainText("Start with");
  await expect(page.getByTestId("final-answer")).toContainText("minutes a week are enough.", {
    timeout: 20_000,
  });
  // Over both connections, after what the page brought: every event, once, in order.
  const numbers = sent.flatMap((message) => message.seq ?? []);
  expect(numbers).not.toEqual([]);
  expect(numbers).toEqual(numbers.map((_, index) => numbers[0] + index));
  // What was watched is what is stored.
  const shown = () => page.getByTestId("final-answer").innerText();
  const live = await shown();
  await page.reload();
  expect(await shown()).toBe(live);
});

test("whose session ended while the connection was down comes to the log-in form", async ({
  page,
  world,
  noise,
}) => {
  noise.allow(status(401), ...unreachable);
  await world.start(scripts.stalling("judgement"));
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("run-status")).toContainText("Judging");
  const address = new URL(page.url()).pathname;
  await page.context().clearCookies();
  await world.kill();
  await expect(page.getByText("Reconnecting.")).toBeVisible();
  await world.serve();
  await expect(page).toHaveURL(`${world.url}/log-in?next=${address}`);
});

test("the built-in model answers, with nothing configured", async ({ page, world }) => {
  test.setTimeout(480_000);
  await world.startLocal();
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 420_000 });
  await expect(page.getByTestId("final-answer")).toContainText(/\w+ \w+ \w+/);
  await page.getByTestId("outcome").click();
  await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(6);
});

test("an agent that fails says why on its card, in the provider's words, without the key", async ({
  page,
  world,
}) => {
  // Also what the page was told and does not show.
  const told: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => told.push(payload.toString())),
  );
  world.settings = { OVERMIND_OPENAI_COMPATIBLE_KEY: key };
  await world.start(scripts.degraded);
  await signUp(page, world);
  await ask(page);
  const failed = page.locator('[data-testid="agent-card"][data-state="failed"]');
  const saysWhy = async () => {
    await expect(failed).toHaveCount(1);
    for (const words of [
      "Analytical Clarity",
      "The provider refused the key",
      "Incorrect API key provided",
      "Check OVERMIND_OPENAI_COMPATIBLE_KEY",
    ])
      await expect(failed).toContainText(words);
    await expect(failed).toBeVisible();
    expect(await page.content()).not.toMatch(secrets);
  };
  const secrets = new RegExp(`${key}|sk-hush`);
  await expect(draft(page)).toContainText("Start with");
  await saysWhy();
  for (const visit of ["live", "reloaded"])
    await test.step(visit, async () => {
      await expect(page.getByTestId("outcome")).toContainText("Degraded: Analytical", {
        timeout: 20_000,
      });
      await page.getByTestId("outcome").click();
      await saysWhy();
      await page.reload();
    });
  expect(told).not.toEqual([]);
  expect(told.filter((message) => secrets.test(message))).toEqual([]);
});

test("colleagues come by invitation; a viewer reads and asks nothing", async ({
  page,
  browser,
  world,
  noise,
}) => {
  noise.allow(status(404));
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toBeVisible();
  const adas = page.url();
  await page.goto(`${world.url}/admin/members`);
  await page.getByLabel("Role").selectOption("viewer");
  await page.getByRole("button", { name: "Create link" }).click();
  const link = await page.getByLabel("Invitation link").inputValue();

  const other = await browser.newPage();
  await other.goto(`${world.url}/sign-up`);
  await expect(other.getByText(/invitation/i).first()).toBeVisible();
  await other.goto(link);
  await other.getByLabel("Name").fill("Vi");
  await other.getByLabel("Email").fill("vi@example.org");
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Create account" }).click();
  await expect(other.getByText("Viewers read")).toBeVisible();
  await expect(other.getByRole("button", { name: "Send" })).toHaveCount(0);
  const response = await other.goto(adas);
  expect(response?.status()).toBe(404);
  await other.close();
});

test("another organization sees nothing of the first", async ({ page, browser, world, noise }) => {
  noise.allow(status(404));
  await world.start(scripts.passing);
  await signUp(page, world);
  await ask(page);
  await expect(page.getByTestId("final-answer")).toBeVisible();
  const adas = page.url();
  await world.addUser(["--name", "Eve", "--new-organization", "Orchard"], "eve@example.net");

  const other = await browser.newPage();
  await other.goto(`${world.url}/log-in`);
  await logIn(other, "eve@example.net");
  await expect(other.getByLabel("Ask a question")).toBeVisible();
  await expect(other.getByText("Your conversations will be listed here.")).toBeVisible();
  const response = await other.goto(adas);
  expect(response?.status()).toBe(404);
  expect(await other.content()).not.toContain(question);
  await other.close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("forms work and pages read", async ({ page, world, noise }) => {
    noise.allow(status(422));
    await world.start(scripts.passing);
    await page.goto(`${world.url}/sign-up`);
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Email").fill("not an address@");
    await page.getByLabel("Password").fill(password);
    await page.locator("form").evaluate((form: HTMLFormElement) => (form.noValidate = true));
    const refused = page.waitForResponse((response) => response.status() === 422, {
      timeout: 10_000,
    });
    await page.getByRole("button", { name: "Create account" }).click();
    await refused;
    await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
    // What was typed is still there, but for the password.
    await expect(page.getByLabel("Name")).toHaveValue("Ada");
    await expect(page.getByLabel("Email")).toHaveValue("not an address@");
    await expect(page.getByLabel("Password")).toHaveValue("");
    await signUp(page, world);
    await ask(page);
    await expect(async () => {
      await page.reload();
      await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(page.getByText(question).first()).toBeVisible();
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page.getByRole("link", { name: "Log in" }).first()).toBeVisible();
    await page.goto(`${world.url}/settings`);
    await expect(page).toHaveURL(/\/log-in\?next=/);
  });

  test("a run is stopped", async ({ page, world }) => {
    await world.start(scripts.stalling("distillation"));
    await signUp(page, world);
    await ask(page);
    // The page looks again by itself.
    await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(6, {
      timeout: 20_000,
    });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByTestId("outcome")).toContainText("Cancelled", { timeout: 10_000 });
    await page.getByRole("button", { name: "Answer with what you have" }).click();
    await expect(page.getByTestId("outcome")).toContainText("Passed 10", { timeout: 20_000 });
    await expect(page.getByTestId("final-answer")).toContainText("Start with one shared list.");
  });
});

for (const javaScriptEnabled of [true, false])
  test.describe(`one question ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test("goes to one agent and another model, and the next one does not", async ({ page, world, noise }) => {
      noise.allow(status(422));
      await world.start(scripts.passing);
      await signUp(page, world);
      const main = page.getByRole("main");
      const model = main.getByLabel("Model", { exact: true });
      await main.getByTitle("Only for this question").click();
      const desktop = page.viewportSize() ?? { width: 1280, height: 720 };
      await page.setViewportSize({ width: 360, height: 740 });
      for (const field of [main.getByLabel("Agents", { exact: true }), model])
        await expect(field, "on a phone").toBeInViewport({ ratio: 1 });
      await page.setViewportSize(desktop);
      await main.getByLabel("Agents", { exact: true }).selectOption("Only Analytical Clarity");
      await model.fill("nonsense");
      if (javaScriptEnabled)
        await expect(main.getByTitle("Only for this question")).toContainText("Analytical Clarity, nonsense");
      await page.getByLabel("Ask a question").fill(question);
      await main.getByRole("button", { name: "Send" }).click();
      await expect(main.getByRole("alert").filter({ hasText: "provider/model" })).toBeVisible();
      if (javaScriptEnabled) await main.getByTitle("Only for this question").click();
      // What was chosen is still chosen.
      await expect(main.getByLabel("Agents", { exact: true })).toHaveValue("analytical");
      await model.fill("compatible/another");
      await main.getByRole("button", { name: "Send" }).click();
      await expect(page.getByTestId("final-answer")).toBeVisible({ timeout: 20_000 });
      await page.getByTestId("outcome").click();
      await expect(page.getByTestId("agent-card")).toHaveCount(1);
      await expect(page.getByTestId("agent-card")).toContainText("Analytical Clarity");
      await expect(page.getByTestId("agent-card")).toContainText("another");
      await ask(page, "And without meetings?");
      await expect(page.getByTestId("final-answer")).toHaveCount(2);
      await expect(main).toContainText("6 agents");
    });
  });
