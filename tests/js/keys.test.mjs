// The keys of the console, as the brief's table gives them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, situation } from "../../dialer/static/dialer/js/console/fsm.js";
import { actOf, choiceOf, hintsOf, isOurs } from "../../dialer/static/dialer/js/console/keys.js";

const lease = { id: "lease-1", matched: 0, needed: 2 };
const at = (state, more = {}) => situation({ state, lease, ...more }, "up");
const press = (key, more = {}) => ({ key, shift: false, ctrl: false, alt: false, meta: false, repeat: false, ...more });
const states = Object.keys(DESK);
const acts = (key, more) => Object.fromEntries(states.map((s) => [s, actOf(press(key, more), at(s))]));

test("F2 goes on: ready, call, save; and never ends a call", () => {
  assert.deepEqual(acts("F2"), {
    paused: "go_ready", ready: null, preview: "call", dialling: null, talking: null, held: null, wrapup: "save",
  });
  assert.ok(!Object.values(acts("F2")).includes("end_call"));
});

test("F9 ends a call and nothing else; it never saves", () => {
  assert.deepEqual(acts("F9"), {
    paused: null, ready: null, preview: null, dialling: "end_call", talking: "end_call", held: "end_call", wrapup: null,
  });
});

test("F4 pauses now, after this call, or with the outcome", () => {
  assert.deepEqual(acts("F4"), {
    paused: null, ready: "pause", preview: "pause_after", dialling: "pause_after", talking: "pause_after",
    held: "pause_after", wrapup: "save_pause",
  });
});

test("F8 mutes and unmutes, with Shift it holds and resumes, only while somebody is on the line", () => {
  assert.equal(actOf(press("F8"), at("talking")), "mute");
  assert.equal(actOf(press("F8"), at("talking", { attempt: { muted: true } })), "unmute");
  assert.equal(actOf(press("F8", { shift: true }), at("talking")), "hold");
  assert.equal(actOf(press("F8", { shift: true }), at("held")), "unhold");
  assert.equal(actOf(press("F8"), at("dialling")), null);
});

test("Shift F9 opens the skip before a call only", () => {
  const shifted = acts("F9", { shift: true });
  assert.deepEqual(states.filter((state) => shifted[state]), ["paused", "preview"]);
});

test("a key held down acts once, and a key with Ctrl, Alt or Meta is the browser's", () => {
  assert.equal(actOf(press("F2", { repeat: true }), at("preview")), null);
  for (const held of ["ctrl", "alt", "meta"]) {
    assert.equal(actOf(press("F2", { [held]: true }), at("preview")), null);
    assert.equal(isOurs(press("F4", { [held]: true })), false);
  }
});

test("plain F1, F5, F11, F12 stay the browser's", () => {
  for (const key of ["F1", "F5", "F11", "F12", "Enter", "a"]) assert.equal(isOurs(press(key)), false, key);
  assert.equal(isOurs(press("F1", { shift: true })), true);
});

test("digits choose an outcome only while that list has the focus", () => {
  assert.equal(choiceOf(press("3"), true, 6), 2);
  assert.equal(choiceOf(press("3"), false, 6), null);
  assert.equal(choiceOf(press("7"), true, 6), null);
  assert.equal(choiceOf(press("0"), true, 6), null);
  assert.equal(choiceOf(press("3", { ctrl: true }), true, 6), null);
});

test("hints show only keys that do something now", () => {
  for (const state of states) {
    for (const [words, act] of hintsOf(at(state))) {
      if (act === "outcome") continue;
      const shift = words.startsWith("Shift ");
      assert.equal(actOf(press(words.replace("Shift ", ""), { shift }), at(state)), act, `${state} ${words}`);
    }
  }
  assert.deepEqual(hintsOf(situation({ state: "ready", lease: null }, "up")).map(([key]) => key), ["F4", "Shift F1"]);
});
