// The line to the server: asks and answers, beats, and coming back by itself. It stores nothing, anywhere.
import { GONE_MS, LATE_MS, stepLine } from "./fsm.js";

export const BEAT_MS = 4000;
export const ANSWER_MS = 10000;
const BEAT_LATE_MS = 3000;
const WAITS_MS = [250, 500, 1000, 2000, 4000, 5000];
const FINAL = new Set([4401, 4403, 4409]);

// Wait before try `count` (from 0): grows, and is spread so that many agents do not return in the same instant.
export const waitFor = (count, random) => WAITS_MS[Math.min(count, WAITS_MS.length - 1)] * (0.75 + random * 0.5);

export class Line {
  #socket = null;
  #state = "connecting";
  #nextId = 1;
  #pending = new Map();
  #tries = 0;
  #timers = new Map();

  // make(): a new WebSocket. onFrame(frame): a pushed state. onLine(state, tries, closeCode): the line changed.
  constructor({ make, onFrame, onLine, setTimer = setTimeout, clearTimer = clearTimeout, random = Math.random }) {
    Object.assign(this, { make, onFrame, onLine, random });
    // Called bare: a browser's own timers refuse to be called as methods of something else.
    this.setTimer = (act, ms) => setTimer(act, ms);
    this.clearTimer = (timer) => clearTimer(timer);
  }

  get state() {
    return this.#state;
  }

  open() {
    this.#watchGap();
    this.#connect();
  }

  // Ask the server; resolves to its answer. Without a line it answers at once that it is offline.
  ask(verb, args = {}) {
    if (this.#state !== "up") return Promise.resolve({ ok: false, code: "offline" });
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = this.setTimer(() => this.#settle(id, { ok: false, code: "offline" }), ANSWER_MS);
      this.#pending.set(id, { resolve, timer });
      this.#socket.send(JSON.stringify({ id, do: verb, ...args }));
    });
  }

  // Something outside says the line is dead (the browser is offline): do not wait for the network to notice.
  drop() {
    if (this.#socket && this.#state !== "over") this.#closed(this.#socket, 1006);
  }

  #connect() {
    const socket = this.make();
    this.#socket = socket;
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
    socket.onerror = () => {};
  }

  #received(socket, data) {
    if (socket !== this.#socket) return;
    const frame = JSON.parse(data);
    if ("re" in frame) {
      this.#settle(frame.re, frame);
      return;
    }
    // The first state, not the open socket, says that the server knows us.
    if (this.#state !== "up") this.#opened();
    this.onFrame(frame);
  }

  #opened() {
    this.#tries = 0;
    this.#stop("late", "gone", "retry");
    this.#go("open");
    this.#beatLater();
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close?.();
    this.#stop("beat", "silence");
    for (const id of [...this.#pending.keys()]) this.#settle(id, { ok: false, code: "offline" });
    if (FINAL.has(code)) {
      this.#stop("late", "gone", "retry");
      this.#go("over", code);
      return;
    }
    const wasUp = this.#state === "up";
    this.#go("drop");
    if (wasUp) this.#watchGap();
    this.#start("retry", () => this.#connect(), waitFor(this.#tries, this.random()));
    this.#tries += 1;
    if (!wasUp) this.onLine(this.#state, this.#tries, code);
  }

  #watchGap() {
    this.#start("late", () => this.#go("late"), LATE_MS);
    this.#start("gone", () => this.#go("gone"), GONE_MS);
  }

  #beatLater() {
    this.#start("beat", () => this.#beat(), BEAT_MS);
  }

  async #beat() {
    this.#start("silence", () => this.drop(), BEAT_LATE_MS);
    await this.ask("beat");
    this.#stop("silence");
    if (this.#state === "up") this.#beatLater();
  }

  #go(event, code) {
    const next = stepLine(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.onLine(next, this.#tries, code);
  }

  #settle(id, answer) {
    const waiting = this.#pending.get(id);
    if (!waiting) return;
    this.#pending.delete(id);
    this.clearTimer(waiting.timer);
    waiting.resolve(answer);
  }

  #start(name, act, ms) {
    this.#stop(name);
    this.#timers.set(name, this.setTimer(() => { this.#timers.delete(name); act(); }, ms));
  }

  #stop(...names) {
    for (const name of names) {
      if (!this.#timers.has(name)) continue;
      this.clearTimer(this.#timers.get(name));
      this.#timers.delete(name);
    }
  }
}
