// Socket.IO connections that are open while rights end, a run that somebody else would like to
// follow, and messages that are none.
import assert from "node:assert/strict";
import { once } from "node:events";
import io from "socket.io-client";

const url = process.env.OVERMIND_URL;
const admin = process.env.OVERMIND_TOKEN;

setTimeout(() => assert.fail("the server did not say what was waited for"), 120_000).unref();

const ok = (what) => console.log(`  ok  ${what}`);

async function rest(token, method, path, body) {
  const reply = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return reply.status === 204 ? undefined : reply.json();
}

/** A new member of the admin's organization. */
async function member(role, email) {
  const { link } = await rest(admin, "POST", "/organization/invitations", { role });
  const invite = link.split("/").at(-1);
  const form = { email, password: "correct horse battery", name: role, invite };
  const { access_token: token, user } = await rest(undefined, "POST", "/auth/register", form);
  return { token, path: `/organization/members/${user.id}` };
}

async function connect(token) {
  const socket = io(url, {
    auth: { token },
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
  });
  await once(socket, "connect");
  return socket;
}

const ask = (socket, name, data) => socket.timeout(60_000).emitWithAck(name, data);

/** The code of the error that a message is answered with. */
async function refused(socket, name, data) {
  const { error } = await ask(socket, name, data);
  return error?.code;
}

// The provider of scripts/clients.sh never answers this one.
const endless = { message: "What takes forever?" };
const bob = await member("user", "bob@example.org");
const socket = await connect(bob.token);
const started = once(socket, "task_started");
const { runId } = await ask(socket, "query", endless);
await started;

const stranger = await connect(admin);
for (const name of ["subscribe", "cancel"])
  assert.equal(await refused(stranger, name, { runId }), "not_found", name);
ok("somebody else's run is not found, not even by an admin");

for (const [name, data, code] of [
  ["query", { message: "" }, "invalid"],
  ["query", { message: "Hi", userId: "x" }, "malformed"],
  ["query", "Hi", "malformed"],
  ["query", null, "malformed"],
  ["query", [[[]]], "malformed"],
  ["subscribe", { runId: "1' or '1'='1" }, "not_found"],
  ["subscribe", { runId, afterSeq: -1 }, "malformed"],
  ["cancel", {}, "invalid"],
  ["shutdown", {}, "malformed"],
]) {
  const found = await refused(stranger, name, data);
  assert.equal(found, code, `${name} ${JSON.stringify(data)}`);
}
ok("messages that are none are refused and harm nothing");
stranger.disconnect();

await rest(admin, "PATCH", bob.path, { role: "viewer" });
assert.equal(await refused(socket, "query", { message: "And now?" }), "forbidden");
assert.equal(await refused(socket, "cancel", { runId }), "forbidden");
assert.equal((await rest(bob.token, "GET", `/runs/${runId}`)).status, "running");
ok("who is demoted asks nothing and stops nothing over an open socket");

const told = new Promise((tell) => socket.on("error", tell));
const gone = new Promise((leave) => socket.on("disconnect", leave));
await rest(admin, "DELETE", bob.path);
assert.equal((await told).code, "unauthorized");
await gone;
ok("who is removed is told so and disconnected");
