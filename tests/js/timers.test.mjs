// The strip's timer, told the time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, markPassed, timerOf } from "../../dialer/static/dialer/js/console/timers.js";

const start = Date.parse("2026-11-21T14:00:00Z");
const since = "2026-11-21T14:00:00+00:00";
const after = (seconds) => start + seconds * 1000;
const limits = { preview_s: 60, wrap_up_s: 60, extra_s: 0 };

test("a clock is written m:ss and h:mm:ss", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(7.9), "0:07");
  assert.equal(clock(760), "12:40");
  assert.equal(clock(3671), "1:01:11");
  assert.equal(clock(-5), "0:00");
});

test("preview counts down and shows zero only when nothing is left", () => {
  const snapshot = { state: "preview", since, limits };
  assert.equal(timerOf(snapshot, after(59.5)).seconds, 1);
  assert.equal(timerOf(snapshot, after(60)).seconds, 0);
  assert.equal(timerOf(snapshot, after(75)).seconds, 0);
});

test("wrap-up counts what runs over and the extra time", () => {
  const snapshot = { state: "wrapup", since, limits };
  assert.deepEqual(timerOf(snapshot, after(8)), { seconds: 52, caption: "timer.left", down: true });
  assert.deepEqual(timerOf(snapshot, after(65)), { seconds: 5, caption: "timer.over", down: false });
  const longer = { ...snapshot, limits: { ...limits, extra_s: 30 } };
  assert.equal(timerOf(longer, after(65)).seconds, 25);
});

test("talking counts from the answer, through a hold too", () => {
  const attempt = { answered_at: since };
  assert.equal(timerOf({ state: "talking", since, attempt, limits }, after(47)).seconds, 47);
  const held = { state: "held", since: "2026-11-21T14:00:40+00:00", attempt, limits };
  assert.equal(timerOf(held, after(47)).seconds, 47);
});

test("dialling counts the ringing once it rings", () => {
  const attempt = { dialled_at: since, ringing_at: "2026-11-21T14:00:02+00:00" };
  assert.deepEqual(timerOf({ state: "dialling", since, attempt }, after(5)), {
    seconds: 3, caption: "timer.ringing", down: false,
  });
  assert.equal(timerOf({ state: "dialling", since, attempt: { dialled_at: since } }, after(5)).caption, "timer.dialling");
});

test("30 and 10 seconds are spoken once each, on the way down only", () => {
  const snapshot = { state: "preview", since, limits };
  const spoken = [];
  let before = null;
  for (let second = 0; second <= 62; second += 0.25) {
    const now = timerOf(snapshot, after(second));
    const mark = markPassed(before, now);
    if (mark) spoken.push(mark);
    before = now;
  }
  assert.deepEqual(spoken, [30, 10]);
  assert.equal(markPassed({ down: true, seconds: 9 }, { down: true, seconds: 39 }), null);
  assert.equal(markPassed({ down: false, seconds: 31 }, { down: false, seconds: 30 }), null);
});

test("without a time nothing is counted", () => {
  assert.equal(timerOf({ state: "talking", since: null, attempt: null }, start), null);
  assert.equal(timerOf(null, start), null);
});
