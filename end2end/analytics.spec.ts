// What an organization's use came to: every figure is read without scripts, charts are drawn over
// them with scripts, and the address says what is shown.
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { ask, expect, logIn, scripts, signUp, test, type World } from "./world";

const phone = { width: 360, height: 740 };
const chart = "Questions, by how they ended";

const headline = (page: Page, name: string) =>
  page.locator("dl > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd").first();
const numbers = (page: Page, name: string) =>
  page.getByRole("table", { name, exact: true });
const unfold = async (page: Page, name: string) =>
  page.getByText(`Show the numbers: ${name}`, { exact: true }).click();

/** Two questions, one of them liked; both needed a repair. */
async function used(page: Page, world: World): Promise<void> {
  await world.start({ rules: [...scripts.repaired.rules] });
  await signUp(page, world);
  for (const text of ["First?", "Second?"]) {
    await page.goto(world.url);
    await ask(page, text);
    await expect(page.getByTestId("final-answer")).toBeVisible();
  }
  await page.getByRole("button", { name: "Good answer" }).click();
  await expect(page.getByRole("button", { name: "Good answer" })).toHaveAttribute("aria-pressed", "true");
}

/** Figures follow the answers after a moment. */
async function open(page: Page, world: World, query = ""): Promise<void> {
  await expect(async () => {
    await page.goto(`${world.url}/analytics${query}`);
    await expect(headline(page, "Questions")).toHaveText("2", { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
}

async function withoutScripts(browser: Browser, page: Page): Promise<Page> {
  const storageState = await page.context().storageState();
  const context = await browser.newContext({ storageState, javaScriptEnabled: false });
  return context.newPage();
}

test("where nothing was asked, the page says what to do", async ({ page, world }) => {
  await world.start(scripts.passing);
  await signUp(page, world);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Analytics" }).click();
  await expect(page).toHaveURL(`${world.url}/analytics`);
  await expect(page.getByRole("heading", { name: "Nothing was asked in these days" })).toBeVisible();
  await page.goto(`${world.url}/analytics?workflow=quick`);
  await expect(page.getByRole("heading", { name: "Nothing fits" })).toBeVisible();
  await page.getByRole("link", { name: "Show all of the last 30 days" }).click();
  await page.getByRole("main").getByRole("link", { name: "Ask a question" }).click();
  await expect(page.getByLabel("Ask a question")).toBeVisible();
});

for (const [device, viewport] of [
  ["a desktop", { width: 1440, height: 900 }],
  ["a phone", phone],
] as const)
  test(`charts are drawn over the numbers, on ${device}`, async ({ page, world }) => {
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    await page.setViewportSize(viewport);
    await used(page, world);
    expect(fetched, "only this page loads it").not.toContain("/pkg/charts.js");
    await open(page, world);
    expect(fetched).toContain("/pkg/charts.js");

    await expect(headline(page, "Satisfied")).toHaveText("100 %");
    await expect(page.getByText(/after 2[89] more ratings|more ratings of scored/)).toBeVisible();
    const charts = page.locator("overmind-chart");
    const names = await charts.evaluateAll((all) => all.map((it) => it.getAttribute("aria-label")));
    expect(names.length).toBeGreaterThan(4);
    for (const it of await charts.all()) {
      await expect(it.locator("svg path").first()).toBeAttached();
      await expect(it).toHaveAttribute("role", "img");
    }
    await unfold(page, chart);
    const rows = numbers(page, chart).getByRole("row");
    await expect(rows).toHaveCount(31);
    await expect(rows.last().getByRole("cell").first()).toHaveText("2");
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    expect(
      await page.locator("#main").evaluate((it) => it.scrollWidth - it.clientWidth),
      "only the table scrolls sideways",
    ).toBe(0);

    // A pointer gets the row's texts.
    const picture = page.getByRole("img", { name: new RegExp(`^${chart}`) });
    await picture.scrollIntoViewIfNeeded();
    const box = await picture.boundingBox();
    if (!box) throw new Error("the chart has no place");
    await page.mouse.move(box.x + box.width - 24, box.y + box.height / 2);
    await expect(picture.getByText("Passed")).toBeVisible();

    const csv = page.getByRole("link", { name: new RegExp(`^Download as CSV ?: ${chart}`) });
    const table = await page.request.get(world.url + (await csv.getAttribute("href")));
    expect(table.status()).toBe(200);
    expect((await table.text()).split("\r\n")[0]).toContain("time,questions,passed");
  });

test("charts follow the theme and the window, and nothing moves when they are drawn", async ({
  page,
  world,
}) => {
  await used(page, world);
  await page.emulateMedia({ colorScheme: "light" });
  await page.addInitScript(() => {
    const moved: number[] = [];
    Object.assign(window, { moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) moved.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await open(page, world);
  const picture = page.getByRole("img", { name: new RegExp(`^${chart}`) });
  const ink = () =>
    picture.locator("svg text").first().evaluate((it) => getComputedStyle(it).fill);
  await expect(picture.locator("svg text").first()).toBeAttached();
  const moved = await page.evaluate(() => (window as unknown as { moved: number[] }).moved);
  expect(moved.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.005);
  const light = await ink();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(ink).not.toBe(light);
  await page.setViewportSize(phone);
  await expect
    .poll(() => picture.locator("svg").evaluate((it) => it.getBoundingClientRect().width))
    .toBeLessThan(phone.width);
});

test("everything is read, filtered and downloaded without scripts", async ({
  browser,
  page,
  world,
  noise,
}) => {
  noise.allow(/overmind\.wasm was preloaded .* but not used/);
  await used(page, world);
  await open(page, world);
  const plain = await withoutScripts(browser, page);
  await plain.goto(`${world.url}/analytics`);
  await expect(plain.locator("overmind-chart").first()).toBeHidden();
  for (const question of [
    "Are answers good?",
    "How long do they take?",
    "What do they cost?",
    "Who contributes?",
    "Are people satisfied?",
    "Can the judge be trusted?",
  ])
    await expect(plain.getByRole("heading", { level: 2, name: question })).toBeVisible();
  await expect(numbers(plain, chart)).toBeHidden();
  await unfold(plain, chart);
  await expect(numbers(plain, chart).getByRole("row").last()).toContainText("2");

  await plain.getByLabel("Workflow").selectOption({ label: "Overmind" });
  await plain.getByLabel("Person").selectOption({ label: "Ada" });
  await plain.getByRole("button", { name: "Show" }).click();
  await expect(plain).toHaveURL(/[?&]workflow=overmind(&|$)/);
  await expect(plain).toHaveURL(/[?&]user=[0-9a-f-]{36}(&|$)/);
  await expect(headline(plain, "Questions")).toHaveText("2");
  await plain.getByRole("navigation", { name: "Period" }).getByRole("link", { name: "7 days" }).click();
  await expect(plain).toHaveURL(/[?&]days=7&workflow=overmind&/);
  await expect(plain.getByLabel("Workflow")).toHaveValue("overmind");
  await unfold(plain, chart);
  await expect(numbers(plain, chart).getByRole("row")).toHaveCount(8);
  await plain.getByRole("link", { name: "By agent" }).click();
  await expect(plain).toHaveURL(/by=agent#cost$/);
  await unfold(plain, "Tokens of a question");
  await expect(numbers(plain, "Tokens of a question").getByRole("rowheader", { name: "Practical Clarity" })).toBeVisible();

  await plain.goto(`${world.url}/analytics?from=2020-01-01&to=2020-01-07`);
  await expect(plain.getByLabel("From (UTC)")).toHaveValue("2020-01-01");
  await expect(plain.getByRole("heading", { name: "Nothing was asked in these days" })).toBeVisible();
  await plain.goto(`${world.url}/analytics?from=2020-02-01&to=2020-01-01`);
  await expect(plain.getByRole("alert")).toBeVisible();
  await plain.context().close();
});

test("a viewer sees the organization's figures, and not whose they are", async ({ page, world }) => {
  await used(page, world);
  await world.addUser(["--name", "Viv", "--role", "viewer"], "viv@example.org");
  await page.context().clearCookies();
  await page.goto(`${world.url}/log-in?next=/analytics`);
  await logIn(page, "viv@example.org");
  await open(page, world);
  await expect(page.getByLabel("Workflow")).toBeVisible();
  await expect(page.getByLabel("Person")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "By person" })).toHaveCount(0);
  await expect(page.getByRole("main")).not.toContainText("Ada");
});

test("what is chosen stays in the address while scripts lead from one to the other", async ({
  page,
  world,
}) => {
  await used(page, world);
  await open(page, world);
  // Gone with the next page that is loaded.
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  const costs = page.getByRole("navigation", { name: "Costs by" });
  await costs.getByRole("link", { name: "By agent" }).click();
  await expect(page).toHaveURL(/by=agent/);
  await expect(costs.getByRole("link", { name: "By agent" })).toHaveAttribute("aria-current", "true");
  const tokens = page.getByRole("img", { name: /^Tokens of a question/ });
  await expect(tokens.getByText("Practical Clarity")).toBeVisible();
  await page.getByRole("navigation", { name: "Period" }).getByRole("link", { name: "90 days" }).click();
  await expect(page).toHaveURL(/days=90&by=agent/);
  await unfold(page, chart);
  await expect(numbers(page, chart).getByRole("row")).toHaveCount(91);
  await page.goBack();
  await expect(numbers(page, chart).getByRole("row")).toHaveCount(31);
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});
