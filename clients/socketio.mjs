// The specification's Socket.IO client (its section 5.2): only address, token and conversation are
// our own. Besides what it prints: the order of the events, a wrong token, stopping a run.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import io from "socket.io-client";

const url = process.env.OVERMIND_URL;
const token = process.env.OVERMIND_TOKEN;

setTimeout(() => assert.fail("the server did not say what was waited for"), 120_000).unref();

const ok = (what) => console.log(`  ok  ${what}`);
const print = (text) => console.log(`      ${text.split("\n")[0].slice(0, 90)}`);

async function rest(method, path, body) {
  const reply = await fetch(`${url}/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return reply.json();
}

async function newConversation() {
  return (await rest("POST", "/conversations", { title: "Team productivity" })).id;
}

/** Every event of a run that comes over the socket, from now on. */
function record(socket) {
  const events = [];
  socket.onAny((name, data) => {
    // Text that is still being written has no number.
    if (data?.seq) events.push({ name, ...data });
  });
  return events;
}

function assertNumbered(events) {
  assert.deepEqual(
    events.map((event) => event.seq),
    events.map((_, index) => index + 1),
    "seq is 1 to n, without gaps and repetitions",
  );
}

// From here to the next line of dashes: the specification's program.
const conversationId = await newConversation();

const socket = io(url, {
  auth: { token },
  transports: ["websocket"],
});
const events = record(socket);
const ended = once(socket, "final_output");

// Send query
socket.emit("query", {
  conversationId,
  message: "How do I improve team productivity?",
});

// Receive events
socket.on("agent_started", (data) => {
  print(`Agent ${data.agentName} started`);
});

socket.on("agent_completed", (data) => {
  print(`Agent completed: ${data.output}`);
});

socket.on("synthesis_started", () => {
  print("Synthesizing responses...");
});

socket.on("quality_scored", (data) => {
  print(`Quality: ${data.score}/10 (iteration ${data.iteration})`);
});

socket.on("n2_triggered", (data) => {
  print(`N² repair triggered: ${data.reason}`);
});

socket.on("final_output", (data) => {
  print(`Final answer: ${data.content}`);
});
// ------------------------------------------------------------------------------------------------

await ended;
socket.disconnect();
ok("the specification's program runs to its final answer");

assertNumbered(events);
ok(`seq is exactly 1 to ${events.length}`);

// Section 7.2; the events that it does not name may stand anywhere between.
const letters = {
  task_started: "t",
  agent_started: "s",
  agent_completed: "c",
  synthesis_started: "y",
  quality_scored: "q",
  n2_triggered: "n",
  final_output: "f",
};
const order = events.map((event) => letters[event.name] ?? "").join("");
// One round of all six agents, then the rounds of those who repair: the first draft falls short.
assert.match(order, /^ts{6}c{6}yq(ns+c+yq)+f$/);
for (const [round, started, completed] of order.matchAll(/(s+)(c+)/g))
  assert.equal(started.length, completed.length, `who starts completes: ${round}`);
ok("the events come in the order of section 7.2");

const [first] = events;
for (const { name, runId, conversationId: of, iteration, ts } of events) {
  assert.equal(runId, first.runId, name);
  assert.equal(of, conversationId, name);
  assert.equal(typeof iteration, "number", name);
  assert.ok(Date.parse(ts) >= Date.parse(first.ts), name);
}
const keys = (value) =>
  value && typeof value === "object"
    ? [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(keys)]
    : [];
const written = events.flatMap(({ name, ...data }) => keys(data));
assert.deepEqual(written.filter((key) => key.includes("_")), [], "keys are in camelCase");
ok("every event says its run, conversation, iteration and time, in camelCase");

const stranger = io(url, {
  auth: { token: "wrong" },
  transports: ["websocket"],
  reconnection: false,
});
stranger.on("connect", () => assert.fail("a wrong token connects"));
const [refusal] = await once(stranger, "connect_error");
print(`Refused: ${refusal.message}`);
stranger.disconnect();
ok("a wrong token is refused");

for (const name of ["requestId", "runId"]) {
  const socket = io(url, { auth: { token }, transports: ["websocket"], forceNew: true });
  const events = record(socket);
  const started = once(socket, "task_started");
  const cancelled = once(socket, "cancelled");
  const query = {
    conversationId: await newConversation(),
    // The provider of scripts/clients.sh never answers this one.
    message: "What takes forever?",
    requestId: randomUUID(),
  };
  const accepted = await socket.emitWithAck("query", query);
  assert.equal(accepted.requestId, query.requestId);
  assert.equal(accepted.conversationId, query.conversationId);
  await started;
  socket.emit("cancel", { [name]: accepted[name] });
  await cancelled;
  socket.disconnect();
  assertNumbered(events);
  assert.equal((await rest("GET", `/runs/${accepted.runId}`)).status, "cancelled");
  ok(`cancel by ${name} stops the run`);
}
