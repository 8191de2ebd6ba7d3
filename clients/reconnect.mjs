// Lost connections: over Socket.IO, server-sent events and the native WebSocket, a client that comes
// back with the last seq it has gets what it missed and nothing twice, whichever seq that is.
import assert from "node:assert/strict";
import { EventEmitter, on, once } from "node:events";
import io from "socket.io-client";
import { WebSocket } from "ws";

const url = process.env.OVERMIND_URL;
const token = process.env.OVERMIND_TOKEN;
const bearer = { Authorization: `Bearer ${token}` };

setTimeout(() => assert.fail("the server did not say what was waited for"), 300_000).unref();

const ok = (what) => console.log(`  ok  ${what}`);

async function rest(method, path, body) {
  const reply = await fetch(`${url}/v1${path}`, {
    method,
    headers: { ...bearer, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return reply.json();
}

const isLast = ({ type }) => ["final_output", "cancelled", "error"].includes(type);

// Three ways to watch a run after a seq. Whoever stops reading closes the connection. A client that
// is `complete` has every event of a run that has ended: it reads until no more can come.

async function* serverSentEvents(run, after) {
  const connection = new AbortController();
  try {
    const reply = await fetch(`${url}/v1/runs/${run}/events`, {
      headers: { ...bearer, Accept: "text/event-stream", "Last-Event-ID": String(after) },
      signal: connection.signal,
    });
    assert.equal(reply.status, 200);
    let text = "";
    for await (const piece of reply.body.pipeThrough(new TextDecoderStream())) {
      const messages = (text + piece).split("\n\n");
      text = messages.pop();
      for (const message of messages) {
        const lines = [...message.matchAll(/^(\w+): ?(.*)$/gm)];
        const { id, event, data } = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
        // Text that is still being written has no id.
        if (id === undefined) continue;
        const said = JSON.parse(data);
        assert.deepEqual([said.seq, said.type], [Number(id), event]);
        yield said;
      }
    }
  } finally {
    connection.abort();
  }
}

async function* nativeWebSocket(run, after, complete) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, { headers: bearer });
  try {
    const messages = on(socket, "message");
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "subscribe", run_id: run, after_seq: after }));
    for await (const [text] of messages) {
      const said = JSON.parse(text);
      if (said.seq) yield said;
      // It follows what had happened before.
      if (said.type === "subscribed" && complete) return;
    }
  } finally {
    socket.terminate();
  }
}

async function* socketIo(run, after, complete) {
  const socket = io(url, { auth: { token }, transports: ["websocket"], forceNew: true });
  try {
    const connection = new EventEmitter();
    const messages = on(connection, "message");
    socket.onAny((type, data) => connection.emit("message", { type, ...data }));
    socket.on("connect_error", (error) => connection.emit("error", error));
    socket.emit("subscribe", { runId: run, afterSeq: after });
    for await (const [said] of messages) {
      if (said.seq) yield said;
      if (said.type === "subscribed" && complete) return;
    }
  } finally {
    socket.disconnect();
  }
}

/** What a client sees that comes with `after`. */
async function read(watch, run, after, last) {
  const seen = [];
  for await (const event of watch(run, after, after === last)) {
    seen.push(event);
    if (isLast(event)) break;
  }
  return seen;
}

/** What a client sees whose connection breaks after every event, and when it connected. */
async function readInPieces(watch, run) {
  const seen = [];
  const connected = [];
  do {
    connected.push(Date.now());
    for await (const event of watch(run, seen.length, false)) {
      seen.push(event);
      assert.equal(event.seq, seen.length, "the seq that follows");
      break;
    }
  } while (!seen.length || !isLast(seen.at(-1)));
  return { seen, connected };
}

const whole = (event) => event;
const outline = ({ seq, type }) => ({ seq, type });
const ways = [
  { name: "Socket.IO", watch: socketIo, compared: outline },
  { name: "server-sent events", watch: serverSentEvents, compared: whole },
  { name: "native WebSocket", watch: nativeWebSocket, compared: whole },
];

const { id } = await rest("POST", "/conversations", { title: "Team productivity" });
const { run } = await rest("POST", `/conversations/${id}/messages`, {
  content: "How do I improve team productivity?",
});
const [events, ...interrupted] = await Promise.all([
  read(nativeWebSocket, run.id, 0),
  ...ways.map(({ watch }) => readInPieces(watch, run.id)),
]);
const last = events.length;
assert.deepEqual(events.map(({ seq }) => seq), Array.from({ length: last }, (_, i) => i + 1));
ok(`an uninterrupted client sees seq 1 to ${last}`);

const { finished_at } = await rest("GET", `/runs/${run.id}`);
for (const [way, { name, compared }] of ways.entries()) {
  const { seen, connected } = interrupted[way];
  assert.deepEqual(seen.map(compared), events.map(compared), name);
  const live = connected.filter((time) => time < Date.parse(finished_at)).length;
  assert.ok(live > 1, `${name}: the run had ended before the second connection`);
  ok(`${name}: ${connected.length} connections to a live run, ${live} before its end: the same`);
}

await Promise.all(
  ways.map(async ({ name, watch, compared }) => {
    for (let after = 0; after <= last; after += 1) {
      const seen = await read(watch, run.id, after, last);
      assert.deepEqual(seen.map(compared), events.slice(after).map(compared), `${name}: ${after}`);
    }
    ok(`${name}: after each seq from 0 to ${last}, exactly the events that follow`);
  }),
);
