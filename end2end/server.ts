// Starts the real server on a free port for each worker.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { test as base } from "./noise";

const binary =
  process.env.OVERMIND_BIN ?? path.resolve(__dirname, "../target/release/overmind");

export const test = base.extend<object, { server: string }>({
  server: [
    async ({}, use) => {
      const folder = mkdtempSync(path.join(tmpdir(), "overmind-e2e-"));
      const server = spawn(binary, ["serve"], {
        // Another folder than the checkout: the server must find its site from anywhere.
        cwd: tmpdir(),
        env: { ...process.env, OVERMIND_ADDR: "127.0.0.1:0", OVERMIND_DATA_DIR: folder },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const url = await new Promise<string>((resolve, reject) => {
        let said = "";
        const listen = (chunk: Buffer) => {
          said += chunk.toString();
          const found = said.match(/http:\/\/127\.0\.0\.1:[1-9]\d*/);
          if (found) resolve(found[0]);
        };
        server.stdout.on("data", listen);
        server.stderr.on("data", listen);
        server.on("error", reject);
        server.on("exit", (code) =>
          reject(new Error(`the server exited with ${code}:\n${said}`)),
        );
      });
      await use(url);
      const exit = once(server, "exit");
      server.kill("SIGTERM");
      const [code] = await exit;
      rmSync(folder, { recursive: true, force: true });
      expect(code, "exit code after SIGTERM").toBe(0);
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server),
});

/** Opens the page and waits until the browser build has taken it over. */
export async function openHydrated(page: Page, address = "/") {
  await page.goto(address);
  const balanced = page.getByRole("radio", { name: "Balanced" });
  // The radio itself works without scripts; the sentence below it follows only after hydration.
  await expect(async () => {
    await page.getByRole("radio", { name: "Quick" }).check({ force: true });
    await balanced.check({ force: true });
    await expect(page.getByRole("status")).toContainText("Balanced asks 3", { timeout: 100 });
  }).toPass();
  await page.getByRole("radio", { name: "Overmind" }).check({ force: true });
  await expect(page.getByRole("status")).toContainText("Overmind asks all 6");
}

export { expect };
