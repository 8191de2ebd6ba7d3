// How the browser tests run: Debian's Chromium, against servers that the tests start themselves.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  // `make pictures` takes pictures instead.
  testMatch: process.env.OVERMIND_PICTURES ? "pictures*.ts" : "*.spec.ts",
  outputDir: "test-results",
  timeout: 60_000,
  forbidOnly: true,
  // Two browsers and two servers on two cores: one that starves is tried once more, and is then
  // listed as flaky.
  retries: 1,
  workers: 2,
  reporter: "list",
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
    trace: "retain-on-failure",
  },
});
