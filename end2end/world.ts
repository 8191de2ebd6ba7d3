// A world for each test: an empty data folder, a provider that does as a script says, and a server
// that can be stopped, killed and started again on the same address.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { test as base } from "./noise";

const binary =
  process.env.OVERMIND_BIN ?? path.resolve(__dirname, "../target/release/overmind");
const provider =
  process.env.PROVIDER_MOCK_BIN ?? path.resolve(__dirname, "../target/debug/provider-mock");

export const question = "How do I improve team productivity?";
export const password = "correct horse battery";
/** What the server is given as the provider's key, where that matters. */
export const key = "hush-4fd1c0de-a-key";

export type Rule = { when?: object; then: object; times?: number };
export type Script = { key?: string; pace?: object; rules: Rule[] };

export const on = (schema: string, then: object, times?: number): Rule => ({
  when: { schema },
  then,
  ...(times ? { times } : {}),
});

const ids = ["c1", "c2", "c3", "c4"];
export const observation = on("observation", {
  json: {
    user_intent: "A more productive team",
    key_requirements: ["Concrete steps"],
    context_summary: "",
    checklist: ids.map((id) => ({
      id,
      text: `Item ${id} of the checklist`,
      weight: 1,
      accuracy: id === "c1",
    })),
  },
});
export const judgement = (points: number, directives: object[] = [], times?: number) =>
  on(
    "judgement",
    {
      json: {
        items: ids.map((item_id) => ({ item_id, evidence: [1], reason: "as written", points })),
        directives,
      },
    },
    times,
  );
export const answer = (pace?: object): Rule => ({
  when: { prompt_contains: "Write the answer" },
  then: {
    ...(pace ? { pace } : {}),
    text: "## Three steps\n\nStart with **one** shared list.\n\n| Step | Time |\n|---|---|\n| List | 1 h |\n\n```rust\nlet done = true;\n```\n\nThen meet less: $2 \\times 30$ minutes a week are enough.",
  },
});
export const mend = [
  { agent_id: "practical", item_id: "c2", sentences: [1], required_change: "Name a first step" },
];

export const scripts = {
  passing: { rules: [observation, judgement(5), answer()] },
  repaired: { rules: [observation, judgement(4, mend, 1), judgement(5), answer()] },
  /** One agent fails; the answer takes some seconds to write. */
  degraded: {
    rules: [
      {
        when: { schema: "contribution", prompt_contains: "You are Analytical Clarity" },
        then: {
          status: {
            status: 401,
            message: `Incorrect API key provided: ${key}, also known as sk-hush.`,
          },
        },
      },
      observation,
      judgement(5),
      answer({ chunk_ms: 100, chunk_chars: 3 }),
    ],
  },
  /** The answer takes some seconds to write. */
  unhurried: { rules: [observation, judgement(5), answer({ chunk_ms: 100, chunk_chars: 3 })] },
  /** The first call for that schema never gets an answer. */
  stalling: (schema: string): Script => ({
    rules: [on(schema, { never: {} }, 1), observation, judgement(5), answer()],
  }),
} satisfies Record<string, Script | ((schema: string) => Script)>;

export class World {
  url = "";
  private readonly folder = mkdtempSync(path.join(tmpdir(), "overmind-e2e-"));
  private mock?: ChildProcess;
  private server?: ChildProcess;
  private port = 0;

  /** Begins with an empty database and nothing but the built-in model. */
  async startLocal(): Promise<void> {
    this.port = await freePort();
    await this.serve();
  }

  /** Begins with an empty database, and a provider that does as the script says. */
  async start(script: Script): Promise<void> {
    const file = path.join(this.folder, "script.json");
    writeFileSync(file, JSON.stringify(script));
    this.mock = spawn(provider, ["--script", file], { stdio: ["ignore", "pipe", "inherit"] });
    this.provider = await said(this.mock, /http:\/\/\S+/);
    this.port = await freePort();
    await this.serve();
  }

  private provider?: string;
  providerUrl(): string {
    return this.provider ?? "";
  }
  /** Further settings of the server. */
  settings: Record<string, string> = {};

  /** The server on the same data folder and the same address as before. */
  async serve(): Promise<void> {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/_API_KEY$|^OLLAMA_HOST$/.test(name)),
    );
    this.server = spawn(binary, ["serve"], {
      cwd: this.folder,
      env: {
        ...env,
        OVERMIND_ADDR: `127.0.0.1:${this.port}`,
        OVERMIND_DATA_DIR: this.folder,
        ...(this.provider
          ? {
              OVERMIND_OPENAI_COMPATIBLE_URL: this.provider,
              OVERMIND_DEFAULT_MODEL: "compatible/test-model",
            }
          : {}),
        ...this.settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.url = await said(this.server, /http:\/\/127\.0\.0\.1:\d+/);
  }

  /** The schemas of the calls that the provider has answered in full, and how often. */
  async answered(): Promise<Record<string, number>> {
    type Call = { schema_name: string | null; finished: boolean };
    const calls = (await (await fetch(`${this.provider}/calls`)).json()) as Call[];
    const counts: Record<string, number> = {};
    for (const call of calls.filter((call) => call.finished)) {
      const schema = call.schema_name ?? "text";
      counts[schema] = (counts[schema] ?? 0) + 1;
    }
    return counts;
  }

  /** `overmind user add`, beside the server that runs. */
  async addUser(args: string[], email: string): Promise<void> {
    const child = spawn(binary, ["user", "add", "--email", email, ...args], {
      cwd: this.folder,
      env: { ...process.env, OVERMIND_DATA_DIR: this.folder },
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin.end(`${password}\n`);
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`overmind user add exited with ${code}`);
  }

  async kill(): Promise<void> {
    await end(this.server, "SIGKILL");
  }

  /** The exit code. */
  async stop(): Promise<number | null> {
    return end(this.server, "SIGTERM");
  }

  async close(): Promise<void> {
    await end(this.server, "SIGKILL");
    await end(this.mock, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
  const exit = once(child, "exit");
  child.kill(signal);
  const [code] = await exit;
  return code as number | null;
}

function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const listen = (chunk: Buffer) => {
      text += chunk.toString();
      const found = text.match(pattern);
      if (found) resolve(found[0]);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`it exited with ${code}:\n${text}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export const test = base.extend<{ world: World }>({
  world: async ({ noise }, use) => {
    const world = new World();
    await use(world);
    noise.end();
    await world.close();
  },
});

/** The first account, made in the browser. */
export async function signUp(page: Page, world: World): Promise<void> {
  await page.goto(`${world.url}/sign-up`);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill("ada@example.org");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("Ask a question")).toBeVisible();
}

/** On the page with the log-in form: sent, and not yet answered. */
export async function sendLogIn(page: Page, email = "ada@example.org"): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** On the page with the log-in form. Leaving it before the answer is there would break it off. */
export async function logIn(page: Page, email = "ada@example.org"): Promise<void> {
  await sendLogIn(page, email);
  await page.waitForURL((address) => address.pathname !== "/log-in");
}

export async function ask(page: Page, text = question): Promise<void> {
  await page.getByLabel("Ask a question").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}/);
}

export { expect };
