// How a new list of open records joins the one on screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plan } from "../../dialer/static/dialer/js/live-merge.js";

test("what is shown keeps its order, and what is new joins below", () => {
  assert.deepEqual(plan(["b", "a"], ["c", "a", "b"]), { keep: ["b", "a"], join: ["c"], gone: [] });
});

test("what is closed is told apart, not dropped", () => {
  assert.deepEqual(plan(["a", "b", "c"], ["c"]), { keep: ["c"], join: [], gone: ["a", "b"] });
});

test("nothing to nothing is nothing", () => {
  assert.deepEqual(plan([], []), { keep: [], join: [], gone: [] });
});
