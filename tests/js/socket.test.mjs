// The line to the server: it comes back by itself, asks nothing while away, and ends when told to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Line, waitFor } from "../../dialer/static/dialer/js/console/socket.js";

// Timers that run when told, and sockets that do what the test says.
const stage = () => {
  let now = 0;
  let next = 1;
  const timers = new Map();
  const sockets = [];
  const lines = [];
  const frames = [];
  const line = new Line({
    make: () => {
      const socket = { sent: [], send(text) { this.sent.push(JSON.parse(text)); }, close() {} };
      sockets.push(socket);
      return socket;
    },
    onFrame: (frame) => frames.push(frame),
    onLine: (state, tries, code) => lines.push(code === undefined ? state : `${state} ${code}`),
    setTimer: (act, ms) => { timers.set(next, { at: now + ms, act }); return next++; },
    clearTimer: (id) => timers.delete(id),
    random: () => 0.5,
  });
  const pass = async (ms) => {
    const until = now + ms;
    for (;;) {
      const due = [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      now = due[1].at;
      timers.delete(due[0]);
      due[1].act();
      await Promise.resolve();
    }
    now = until;
    await Promise.resolve();
  };
  const state = (socket) => socket.onmessage({ data: JSON.stringify({ type: "state" }) });
  return { line, sockets, lines, frames, pass, state };
};

const opened = () => {
  const on = stage();
  on.line.open();
  on.state(on.sockets[0]);
  return on;
};

test("the first state, not the open socket, says that the line is up", () => {
  const on = stage();
  on.line.open();
  assert.equal(on.line.state, "connecting");
  on.state(on.sockets[0]);
  assert.equal(on.line.state, "up");
  assert.equal(on.frames.length, 1);
});

test("an answer finds its question by number", async () => {
  const on = opened();
  const first = on.line.ask("go_ready");
  const second = on.line.ask("beat");
  const [one, two] = on.sockets[0].sent;
  on.sockets[0].onmessage({ data: JSON.stringify({ re: two.id, ok: true }) });
  on.sockets[0].onmessage({ data: JSON.stringify({ re: one.id, ok: false, code: "state" }) });
  assert.equal((await first).code, "state");
  assert.equal((await second).ok, true);
});

test("a short gap is not shown; it comes back without a word", async () => {
  const on = opened();
  on.sockets[0].onclose({ code: 1006 });
  await on.pass(300);
  on.state(on.sockets[1]);
  await on.pass(6000);
  assert.ok(!on.lines.includes("shaky"));
  assert.equal(on.line.state, "up");
});

test("after 2 s a chip, after 5 s the strip, and it goes on trying", async () => {
  const on = opened();
  on.sockets[0].onclose({ code: 1006 });
  const refuse = async (ms) => {
    await on.pass(ms);
    const socket = on.sockets.at(-1);
    socket.onclose?.({ code: 1006 });
  };
  for (let spent = 0; spent < 1900; spent += 100) await refuse(100);
  assert.equal(on.line.state, "gap");
  for (let spent = 0; spent < 1000; spent += 100) await refuse(100);
  assert.equal(on.line.state, "shaky");
  for (let spent = 0; spent < 3000; spent += 100) await refuse(100);
  assert.equal(on.line.state, "lost");
  const tries = on.sockets.length;
  await refuse(20000);
  await on.pass(10000);
  assert.ok(on.sockets.length > tries);
  on.state(on.sockets.at(-1));
  assert.equal(on.line.state, "up");
});

test("what was asked when the line went is answered as offline, and nothing is asked while it is away", async () => {
  const on = opened();
  const asked = on.line.ask("save_outcome");
  on.sockets[0].onclose({ code: 1006 });
  assert.deepEqual(await asked, { ok: false, code: "offline" });
  assert.deepEqual(await on.line.ask("go_ready"), { ok: false, code: "offline" });
  assert.equal(on.sockets[0].sent.length, 1);
});

test("signed out, not allowed and opened elsewhere end it for good", async () => {
  for (const code of [4401, 4403, 4409]) {
    const on = opened();
    on.sockets[0].onclose({ code });
    await on.pass(60000);
    assert.equal(on.line.state, "over");
    assert.equal(on.sockets.length, 1);
    assert.ok(on.lines.includes(`over ${code}`));
  }
});

test("a beat that stays unanswered drops the line", async () => {
  const on = opened();
  await on.pass(4000);
  assert.equal(on.sockets[0].sent.at(-1).do, "beat");
  await on.pass(3000);
  assert.equal(on.line.state, "gap");
});

test("a frame of an older socket changes nothing", () => {
  const on = opened();
  const old = on.sockets[0].onmessage;
  on.sockets[0].onclose({ code: 1006 });
  old({ data: JSON.stringify({ type: "state" }) });
  assert.equal(on.line.state, "gap");
});

test("waits grow and are spread", () => {
  assert.ok(waitFor(0, 0) < waitFor(3, 0));
  assert.equal(waitFor(50, 0), waitFor(5, 0));
  assert.notEqual(waitFor(2, 0), waitFor(2, 1));
});
