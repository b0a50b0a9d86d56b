// The console's tables of states: what each offers, and how the line lives and dies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BIG, DESK, LINE, bigMeaning, canAct, situation, stepLine } from "../../dialer/static/dialer/js/console/fsm.js";

const lease = { id: "lease-1", matched: 0, needed: 2 };
const at = (state, more = {}) => situation({ state, lease, ...more }, "up");

test("every state of the desk has exactly one big act that exists", () => {
  for (const [state, desk] of Object.entries(DESK)) assert.ok(desk.big in BIG, state);
  assert.equal(Object.keys(DESK).length, 7);
});

test("an unknown state draws nothing rather than something wrong", () => {
  assert.equal(situation({ state: "flying", lease: null }, "up"), null);
  assert.equal(situation(null, "up"), null);
});

test("the big button means another thing for the next person", () => {
  const first = at("preview");
  const second = situation({ state: "preview", lease: { ...lease, id: "lease-2" } }, "up");
  assert.notEqual(bigMeaning(first), bigMeaning(second));
  assert.equal(bigMeaning(first), bigMeaning(at("preview")));
});

test("a lost line changes the meaning of the big button", () => {
  const lost = situation({ state: "talking", lease }, "lost");
  assert.notEqual(bigMeaning(at("talking")), bigMeaning(lost));
  assert.equal(lost.lost, true);
});

test("a gap goes unseen, then a chip, then the strip, then up again", () => {
  let line = "up";
  const seen = [];
  for (const event of ["drop", "late", "gone", "open"]) {
    line = stepLine(line, event);
    seen.push(line);
  }
  assert.deepEqual(seen, ["gap", "shaky", "lost", "up"]);
});

test("a page that is over stays over whatever happens", () => {
  for (const event of ["open", "drop", "late", "gone", "over"]) assert.equal(stepLine("over", event), "over");
  for (const line of Object.keys(LINE)) assert.equal(stepLine(line, "over"), "over");
});

test("acts are sent only while the line is up", () => {
  assert.deepEqual(Object.keys(LINE).filter(canAct), ["up"]);
});

test("an outcome is needed unless the network says enough", () => {
  const ended = (result) => at("wrapup", { attempt: { result } }).needsOutcome;
  assert.equal(ended("answered"), true);
  assert.equal(ended("dropped"), true);
  assert.equal(ended("no_answer"), false);
  assert.equal(ended("machine"), false);
  assert.equal(at("talking", { attempt: { result: "" } }).needsOutcome, false);
});

test("a skip is offered before the call only, and while a person waits through a pause", () => {
  assert.deepEqual(Object.keys(DESK).filter((state) => at(state).canSkip), ["paused", "preview"]);
  assert.equal(situation({ state: "paused", lease: null }, "up").canSkip, false);
});

test("verification is offered while talking until enough has matched", () => {
  assert.equal(at("talking").canVerify, true);
  assert.equal(at("held").canVerify, true);
  assert.equal(at("preview").canVerify, false);
  assert.equal(situation({ state: "talking", lease: { ...lease, matched: 2 } }, "up").canVerify, false);
});
