// Where things stand: nothing jumps while an answer is written, the agents stand in a grid, and
// paper gets the answer and nothing around it.
import { answer, ask, expect, observation, on, question, type Script, scripts, signUp, test } from "./world";

const names = ["Creative", "Structural", "Analytical", "Empathic", "Strategic", "Practical"];

/** Agents finish one after the other, the draft is written slowly, and judged never. */
const slow: Script = {
  rules: [
    ...names.map((name, number) => ({
      when: { schema: "contribution", prompt_contains: `You are ${name} Clarity` },
      then: {
        json: {
          // The first line of one takes a line of its card, of the next more than there is room for.
          lines: [number, number + 1, number, number].map((at) =>
            at % 2 ? "Short." : "Say which work matters most, ".repeat(6).trim(),
          ),
          detail: null,
        },
        pace: { first: { fixed_ms: 400 * (number + 1) }, chunk_ms: 40, chunk_chars: 12 },
      },
    })),
    on("judgement", { never: {} }),
    observation,
    answer({ chunk_ms: 40, chunk_chars: 3 }),
  ],
};

type Shift = { element: Element | null; text: string };
type Watched = typeof globalThis & { shifts: Shift[] };

for (const [device, viewport] of [
  ["a desktop", { width: 1440, height: 900 }],
  ["a phone", { width: 360, height: 740 }],
] as const)
  test(`nothing above the draft moves while it is written, on ${device}`, async ({ page, world }) => {
    await world.start(slow);
    await page.setViewportSize(viewport);
    await page.addInitScript(() => {
      const shifts: Shift[] = [];
      Object.assign(window, { shifts });
      type Source = { node: Node | null; previousRect: DOMRect; currentRect: DOMRect };
      type Entry = PerformanceEntry & { hadRecentInput: boolean; sources: Source[] };
      const box = ({ x, y, width, height }: DOMRect) => `${x},${y} ${width}x${height}`;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as Entry[])
          for (const { node, previousRect, currentRect } of entry.sources) {
            const element = node instanceof Element ? node : (node?.parentElement ?? null);
            const name = element?.outerHTML.replace(/ class="[^"]*"/g, "").slice(0, 120);
            // A figure at the right edge that gets longer stays where it ends.
            const apart = (side: "right" | "top") => Math.abs(previousRect[side] - currentRect[side]);
            if (!entry.hadRecentInput && apart("right") + apart("top") >= 1)
              shifts.push({ element, text: `${name}: ${box(previousRect)} to ${box(currentRect)}` });
          }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await signUp(page, world);
    await ask(page);
    await expect(page.getByTestId("agent-card")).toHaveCount(6);
    await expect(page.getByTestId("run-status")).toContainText("thinking");
    // What moved because a question was asked does not count.
    await page.evaluate(() => (window as unknown as Watched).shifts.splice(0));
    await expect(page.getByTestId("run-status")).toContainText("Judging", { timeout: 30_000 });
    await expect(page.getByRole("group", { name: "Draft" })).toContainText("are enough.");
    const moved = await page.evaluate(() => {
      const draft = document.querySelector('[aria-label="Draft"]');
      return (window as unknown as Watched).shifts
        .filter(({ element }) => {
          // What is gone by now was seen to move all the same.
          const place = element && draft ? element.compareDocumentPosition(draft) : 0;
          const isBelow = place === Node.DOCUMENT_POSITION_PRECEDING;
          return !isBelow;
        })
        .map(({ text }) => text);
    });
    expect(moved).toEqual([]);
  });

test("six agents stand in a grid that fits the window", async ({ page, world }) => {
  await world.start(scripts.stalling("distillation"));
  await signUp(page, world);
  await ask(page);
  await expect(page.locator('[data-testid="agent-card"][data-state="done"]')).toHaveCount(6);
  for (const [width, columns] of [
    [1440, 3],
    [1280, 3],
    [800, 2],
    [360, 1],
  ]) {
    await page.setViewportSize({ width, height: 800 });
    const boxes = await page
      .getByTestId("agent-card")
      .evaluateAll((cards) => cards.map((card) => card.getBoundingClientRect().toJSON()));
    const places = (side: "x" | "y") => new Set(boxes.map((box) => Math.round(box[side]))).size;
    expect([places("x"), places("y")], `at ${width} px`).toEqual([columns, 6 / columns]);
  }
});

for (const [device, viewport] of [
  ["a desktop", { width: 1440, height: 900 }],
  ["a phone", { width: 360, height: 740 }],
] as const)
  test(`the replay stays in reach, and its timeline in its frame, on ${device}`, async ({ page, world }) => {
    await world.start(scripts.repaired);
    await page.setViewportSize(viewport);
    await signUp(page, world);
    await ask(page);
    await expect(page.getByTestId("final-answer")).toBeVisible();
    await page.getByRole("link", { name: "Deliberation" }).click();
    const bar = page.getByRole("form", { name: "Replay" });
    const place = async () => {
      const box = await bar.boundingBox();
      return box && [box.y, box.height];
    };
    await expect(bar).toBeInViewport({ ratio: 1 });
    const before = await place();
    const slider = page.getByRole("slider", { name: "Event" });
    for (const key of ["Home", "ArrowRight", "PageUp"]) {
      await slider.press(key);
      expect(await place(), key).toEqual(before);
    }
    const beyond = await page.getByTestId("timeline").evaluate((chart) => {
      const { left, right } = chart.getBoundingClientRect();
      const seen = [...chart.querySelectorAll("*")].filter((it) => it.checkVisibility());
      const boxes = seen.map((it) => it.getBoundingClientRect());
      return boxes.filter((box) => box.left < left - 1 || box.right > right + 6).length;
    });
    expect(beyond).toBe(0);
  });

for (const theme of ["light", "dark"] as const)
  test(`paper gets the question and the answer alone, from the ${theme} theme`, async ({ page, world }) => {
    await world.start(scripts.passing);
    await page.emulateMedia({ colorScheme: theme });
    await signUp(page, world);
    if (theme === "dark") {
      // Chosen, too: what was chosen wins over what the system prefers, but not over paper.
      await page.emulateMedia({ colorScheme: "light" });
      // The button works once the browser's part has taken the page over.
      await expect(async () => {
        await page.getByRole("button", { name: /theme/ }).click();
        await expect(page.locator("html")).toHaveAttribute("data-theme", "dark", { timeout: 500 });
      }).toPass();
    }
    await ask(page);
    const finished = page.getByTestId("final-answer");
    await expect(finished).toBeVisible();
    await page.getByRole("main").getByRole("link", { name: "Contributions" }).first().click();
    await expect(page.getByRole("heading", { name: "Inspector" })).toBeVisible();

    await page.setViewportSize({ width: 720, height: 400 });
    await page.emulateMedia({ media: "print" });
    await expect(page.locator('[id^="turn-"]').getByText(question)).toBeVisible();
    await expect(finished).toBeVisible();
    await expect(page.getByTestId("outcome")).toBeVisible();
    for (const role of ["navigation", "complementary", "button", "textbox"] as const)
      await expect(page.getByRole(role), role).toHaveCount(0);
    const paper = await finished.evaluate((it) => {
      const frame = document.querySelector("#main");
      const context = document.createElement("canvas").getContext("2d");
      if (!frame || !context) throw new Error("nothing to measure");
      // Whatever notation the colour is written in.
      context.fillStyle = getComputedStyle(it).color;
      context.fillRect(0, 0, 1, 1);
      return {
        // What would be cut at the end of the first sheet.
        hidden: frame.scrollHeight - frame.clientHeight,
        beyond: it.getBoundingClientRect().bottom + scrollY > document.documentElement.scrollHeight,
        ink: Math.max(...context.getImageData(0, 0, 1, 1).data.slice(0, 3)),
      };
    });
    expect(paper.hidden).toBeLessThanOrEqual(0);
    expect(paper.beyond).toBe(false);
    expect(paper.ink, "dark on white").toBeLessThan(100);
  });
