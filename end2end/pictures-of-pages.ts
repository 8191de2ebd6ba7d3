// Takes the pictures of every page besides the conversation, with an organization at work: not a
// test, run by `make pictures`.
import type { Page } from "@playwright/test";
import { look, script } from "./staged";
import { expect, password, question, signUp, test, type World } from "./world";

/** What a program of Ada's would do, through REST. */
class Program {
  private constructor(
    private readonly world: World,
    private readonly token: string,
  ) {}

  static async of(world: World): Promise<Program> {
    const body = { email: "ada@example.org", password };
    const { access_token } = await send(world, "POST", "/auth/login", body);
    return new Program(world, access_token);
  }

  send(method: string, path: string, body?: object) {
    return send(this.world, method, path, body, this.token);
  }

  /** A question, answered, and where it is kept. */
  async asked(words: string, place: object = {}, workflow_id = "quick"): Promise<string> {
    const { id } = await this.send("POST", "/conversations", {});
    const asked = { content: words, workflow_id };
    await this.send("POST", `/conversations/${id}/messages?wait=true`, asked);
    await this.send("PATCH", `/conversations/${id}`, place);
    return id;
  }
}

async function send(
  world: World,
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<any> {
  const response = await fetch(`${world.url}/v1${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true);
  return text ? JSON.parse(text) : undefined;
}

const legal = {
  name: "Legal Clarity",
  role: "What the law asks for",
  goal: "Name the rules that apply, and what they forbid.",
  backstory: "A lawyer who writes for people who are not.",
};

test("pages", async ({ page, world }) => {
  test.setTimeout(300_000);
  world.settings = { OVERMIND_PRIVATE_PROVIDERS: "true" };
  await world.start(script("finished"));
  await signUp(page, world);
  const ada = await Program.of(world);
  const places: [string, object][] = [
    ["How should we price the new plan?", { folder: "Product", tags: ["pricing"] }],
    ["What did the March survey say about onboarding?", { folder: "Product" }],
    ["Draft a reply to the landlord about the heating", { tags: ["office"] }],
    ["Is a four-day week worth a trial here?", { pinned: true }],
    ["Which of our meetings could be a note?", {}],
    ["Compare three tools for error tracking", {}],
  ];
  for (const [words, place] of places) await ada.asked(words, place);
  const main = await ada.asked(question, {}, "overmind");
  const agent = await ada.send("POST", "/agents", legal);
  await ada.send("PUT", `/agents/${agent.id}`, {
    ...legal,
    goal: "Name the rules that apply, what they forbid, and what is still open.",
  });
  const workflow = await ada.send("POST", "/workflows", {
    name: "Contract check",
    description: "Legal and practical eyes on a contract.",
    agent_ids: [agent.id, "practical", "analytical"],
  });
  await people(page, world, ada);
  await ada.send("POST", "/connections", {
    provider: "compatible",
    name: "lab",
    api_key: "hush-right-key-wxyz",
    base_url: world.providerUrl(),
    default_model: "own-model",
  });
  await ada.send("POST", "/shares", { conversation_id: main, mode: "deliberation" });

  const visit = async (name: string, address: string) => {
    await page.goto(world.url + address);
    await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    await look(page, name);
  };
  await visit("agents", "/agents");
  await visit("agent", `/agents/${agent.id}`);
  await visit("agent-versions", `/agents/${agent.id}/versions`);
  await visit("workflows", "/workflows");
  await visit("workflow", `/workflows/${workflow.id}`);
  await visit("share", `/c/${main}/share`);
  await visit("settings", "/settings");
  await visit("members", "/admin/members");
  await visit("organization", "/admin/organization");
  await visit("providers", "/admin/providers");
  await visit("audit", "/admin/audit");
  const { items } = await ada.send("GET", "/organization/members");
  await visit("member", `/admin/members/${items[1].id}`);

  await page.goto(world.url);
  await look(page, "start");
  await page.goto(`${world.url}/c/${main}`);
  await expect(page.getByTestId("final-answer")).toBeVisible();
  await page.keyboard.press("Control+k");
  await look(page, "command-menu");
  await page.keyboard.press("Escape");
  await page.getByLabel("Search conversations").fill("list");
  await expect(page.locator("mark").first()).toBeVisible();
  await look(page, "search");
});

/** Two colleagues, one of whom has been seen, and an invitation that is open. */
async function people(page: Page, world: World, ada: Program): Promise<void> {
  for (const [name, role] of [
    ["Grace Hopper", "user"],
    ["Alan Turing", "viewer"],
  ]) {
    const { link } = await ada.send("POST", "/organization/invitations", { role });
    const invite = new URL(link).pathname.split("/").at(-1);
    const email = `${name?.split(" ")[0]?.toLowerCase()}@example.org`;
    await send(world, "POST", "/auth/register", { email, password, name, invite });
  }
  await ada.send("POST", "/organization/invitations", { role: "user" });
}
