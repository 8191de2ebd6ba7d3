// OpenAI's client for JavaScript against Overmind's OpenAI-compatible interface: a workflow is a model.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: `${process.env.OVERMIND_URL}/v1`,
  apiKey: process.env.OVERMIND_API_KEY,
  maxRetries: 0,
  timeout: 120_000,
});
const question = { role: "user", content: "How do I improve team productivity?" };

const ok = (what) => console.log(`  ok  ${what}`);
const show = (text) => console.log(`      ${text.trim().split("\n")[0].slice(0, 90)}`);

/** What the REST interface says that the run of this response answered. */
async function storedAnswer(response) {
  const run = await client.get(`/runs/${response.headers.get("x-overmind-run-id")}`);
  assert.equal(run.status, "completed");
  return (await client.get(`/messages/${run.answer_id}`)).content;
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
for (const workflow of ["overmind", "balanced", "quick"]) assert.ok(models.includes(workflow));
ok(`models: ${models.sort().join(", ")}`);

const { data: completion, response } = await client.chat.completions
  .create({ model: "quick", messages: [question] })
  .withResponse();
const { choices, usage } = completion;
assert.deepEqual([completion.object, completion.model], ["chat.completion", "quick"]);
assert.equal(choices.length, 1);
assert.deepEqual([choices[0].message.role, choices[0].finish_reason], ["assistant", "stop"]);
assert.equal(choices[0].message.content, await storedAnswer(response));
assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
ok("a completion is the answer of the run that x-overmind-run-id names, with its tokens");

const { data: stream, response: streaming } = await client.chat.completions
  .create({
    model: "overmind",
    messages: [question],
    stream: true,
    stream_options: { include_usage: true },
  })
  .withResponse();
const chunks = [];
for await (const chunk of stream) chunks.push(chunk);
for (const { object, id } of chunks)
  assert.deepEqual([object, id], ["chat.completion.chunk", chunks[0].id]);
const counted = chunks.pop();
assert.equal(chunks[0].choices[0].delta.role, "assistant");
const pieces = chunks.map((chunk) => chunk.choices[0].delta.content ?? "");
for (const line of pieces.join("").split("\n")) if (line) show(line);
assert.equal(pieces.join(""), await storedAnswer(streaming));
const reasons = chunks.map((chunk) => chunk.choices[0].finish_reason ?? null);
assert.deepEqual(reasons, [...Array(chunks.length - 1).fill(null), "stop"]);
assert.ok(chunks.every((chunk) => !chunk.choices[0].delta.reasoning_content));
ok(`${pieces.filter(Boolean).length} pieces of a stream are the answer of its run`);

assert.deepEqual(counted.choices, []);
assert.ok(counted.usage.total_tokens > 0 && chunks.every((chunk) => !chunk.usage));
show(`${counted.usage.prompt_tokens} tokens read, ${counted.usage.completion_tokens} written`);
ok("with include_usage the last chunk counts the tokens, and no other does");

let reasoning = "";
let answer = "";
const thinking = await client.chat.completions.create({
  model: "balanced",
  messages: [question],
  stream: true,
  overmind: { reasoning: true },
});
for await (const chunk of thinking) {
  assert.ok(!chunk.usage);
  const { content, reasoning_content: thought } = chunk.choices[0].delta;
  assert.ok(!(thought && answer), "what the agents think comes before the answer");
  reasoning += thought ?? "";
  answer += content ?? "";
}
assert.ok(reasoning && answer);
show(`Reasoning: ${reasoning}`);
ok("with overmind.reasoning the deliberation comes as reasoning_content, before the answer");

const earlier = [
  { role: "user", content: "We are nine people in three time zones." },
  { role: "assistant", content: "Then write more and meet less." },
];
const { data: continued, response: continuing } = await client.chat.completions
  .create({ model: "quick", messages: [...earlier, question] })
  .withResponse();
assert.ok(continued.choices[0].message.content);
const { items } = await client.get(`/runs/${continuing.headers.get("x-overmind-run-id")}/steps`);
for (const { content } of [...earlier, question])
  assert.ok(items.some(({ prompt }) => prompt.includes(content)), content);
ok("earlier messages are in the prompts");

const stranger = client.withOptions({ apiKey: "ovm_wrong" });
const toNowhere = { model: "gpt-4", messages: [question] };
for (const [refusal, call] of [
  [OpenAI.AuthenticationError, () => stranger.models.list()],
  [
    OpenAI.AuthenticationError,
    () => stranger.chat.completions.create({ model: "quick", messages: [question] }),
  ],
  [OpenAI.NotFoundError, () => client.chat.completions.create(toNowhere)],
  [OpenAI.NotFoundError, () => client.chat.completions.create({ ...toNowhere, stream: true })],
])
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof refusal, `${error}`);
    assert.ok(error.error.message);
    show(`${refusal.name}: ${error.error.message}`);
    return true;
  });
ok("a wrong key and an unknown model are refused with the client's own exceptions");
