// What goes wrong in any page of any test: errors and warnings on the console, exceptions, requests
// to other servers. A test fails on all of it, except on what it says that it provokes.
import { type BrowserContext, expect, test as base } from "@playwright/test";

export class Noise {
  private readonly lines: string[] = [];
  private readonly provoked: RegExp[] = [];
  private over = false;

  /** What this test makes happen on purpose. */
  allow(...patterns: RegExp[]): void {
    this.provoked.push(...patterns);
  }

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      const [kind, where] = [message.type(), message.page()?.url() ?? "a worker"];
      if (["error", "warning"].includes(kind)) this.add(`${kind}: ${message.text()} on ${where}`);
    });
    context.on("weberror", (error) => this.add(`exception: ${error.error().stack}`));
    context.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && hostname !== "127.0.0.1")
        this.add(`foreign: ${request.url()}`);
    });
  }

  /** From here on the server may go away: pages that are still open say so. */
  end(): void {
    this.over = true;
  }

  unexpected(): string[] {
    return this.lines.filter((line) => !this.provoked.some((pattern) => pattern.test(line)));
  }

  private add(line: string): void {
    if (!this.over) this.lines.push(line);
  }
}

/** The browser remarks on every answer of that status. */
export const status = (code: number) => new RegExp(`responded with a status of ${code}`);
/** And on a server that is not there, or no longer. */
export const unreachable = [
  /WebSocket connection to/,
  /WebSocket is already in CLOSING or CLOSED state/,
  /Failed to load resource: net::ERR_/,
];

export const test = base.extend<{ noise: Noise }>({
  noise: [
    async ({ browser, javaScriptEnabled }, use) => {
      const noise = new Noise();
      // What the page loads in advance for its scripts.
      if (!javaScriptEnabled) noise.allow(/overmind\.wasm was preloaded .* but not used/);
      // Also the contexts that a test opens by itself.
      const watch = (context: BrowserContext) => noise.watch(context);
      browser.on("context", watch);
      await use(noise);
      browser.off("context", watch);
      expect(noise.unexpected()).toEqual([]);
    },
    { auto: true },
  ],
});
