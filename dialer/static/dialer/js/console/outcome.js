// The right panel: nothing yet, what was before this call and the skip, or outcome, callback and note.
import { choiceOf } from "./keys.js";
import { byId, clone, dayTime, has, put, say, show, timeAt, wallAt } from "./parts.js";

const SOONEST_MS = 5 * 60 * 1000;

export class OutcomePanel {
  #panel = byId("outcome");
  #drawn = "";
  #slots = {};
  #kinds = new Map();
  #zone = "";
  #acts;

  // acts: {skip(reason), savePause(), extend(), now()}.
  constructor(acts) {
    this.#acts = acts;
  }

  draw(snapshot, here) {
    const offered = here.right === "outcome" ? JSON.stringify(snapshot.dispositions) : "";
    const wanted = `${here.right}/${here.right === "none" ? "" : here.lease}/${offered}`;
    if (wanted !== this.#drawn) {
      this.#drawn = wanted;
      const { fragment, slots } = clone({ none: "t-outcome-none", before: "t-before", outcome: "t-outcome" }[here.right]);
      this.#slots = slots;
      this.#panel.replaceChildren(fragment);
      if (here.right === "before") this.#beginBefore(snapshot);
      if (here.right === "outcome") this.#beginOutcome(snapshot);
    }
    if (here.right === "before") this.#drawBefore(snapshot, here);
    if (here.right === "outcome") this.#drawOutcome(snapshot, here);
  }

  clear() {
    this.#drawn = "";
    this.#panel.replaceChildren();
  }

  // What is to be saved, as the socket wants it.
  collect() {
    const form = this.#slots.form;
    const chosen = form?.querySelector("input[name=disposition]:checked")?.value ?? null;
    const isCallback = this.#kinds.get(chosen) === "callback";
    return {
      disposition_id: chosen,
      callback_at: isCallback ? byId("callback-at").value.slice(0, 16) || null : null,
      callback_own: isCallback && byId("callback-own").checked,
      note: form ? byId("note").value : "",
    };
  }

  refuse(code, text) {
    put(this.#slots.error?.querySelector("span"), text);
    show(this.#slots.error, true);
    const place = { no_outcome: this.#slots.list?.querySelector("input"), callback_time: byId("callback-at") }[code];
    (place ?? byId("note"))?.focus();
  }

  openSkip() {
    const isOpen = this.#slots["skip-reasons"]?.hidden === false;
    this.#toggleSkip(!isOpen);
  }

  // Close what is open; true when something was.
  close() {
    if (this.#slots["skip-reasons"]?.hidden !== false) return false;
    this.#toggleSkip(false);
    this.#slots.skip.focus();
    return true;
  }

  key(press, target) {
    const list = this.#slots.list;
    const inputs = list ? [...list.querySelectorAll("input")] : [];
    const index = choiceOf(press, Boolean(list?.contains(target)), inputs.length);
    if (index === null) return false;
    inputs[index].click();
    inputs[index].focus();
    return true;
  }

  #toggleSkip(on) {
    const reasons = this.#slots["skip-reasons"];
    if (!reasons || this.#slots.skip.getAttribute("aria-disabled") === "true") return;
    show(reasons, on);
    this.#slots.skip.setAttribute("aria-expanded", String(on));
    if (on) reasons.querySelector("button").focus();
  }

  #beginBefore(snapshot) {
    const past = (snapshot.lease.history ?? []).map((attempt) => {
      const { first } = clone("t-past");
      first.firstElementChild.textContent = dayTime(attempt.at);
      const key = `result.${attempt.result}`;
      first.lastElementChild.textContent = has(key) ? say(key) : attempt.result;
      return first;
    });
    this.#slots.history.replaceChildren(...past);
    show(this.#slots.history, past.length > 0);
    show(this.#slots.first, past.length === 0);
    const hours = snapshot.lease.hours;
    show(this.#slots.hours, Boolean(hours));
    if (hours) this.#slots.hours.querySelector("dd").textContent = `${hours.opens.slice(0, 5)} – ${hours.closes.slice(0, 5)}`;
    this.#slots.skip.addEventListener("click", () => {
      if (this.#slots.skip.getAttribute("aria-disabled") === "true") this.#acts.refuse(say("skip.none"));
      else this.openSkip();
    });
    for (const button of this.#slots["skip-reasons"].querySelectorAll("button")) {
      button.addEventListener("click", () => this.#acts.skip(button.dataset.reason));
    }
  }

  #drawBefore(snapshot, here) {
    show(this.#slots.skipping, here.canSkip);
    show(this.#slots.machine, here.state === "dialling");
    const left = snapshot.skips?.left ?? 0;
    put(this.#slots["skip-words"], left > 0 ? say("skip.hint", { left }) : say("skip.none"));
    if (left > 0) this.#slots.skip.removeAttribute("aria-disabled");
    else this.#slots.skip.setAttribute("aria-disabled", "true");
  }

  #beginOutcome(snapshot) {
    this.#zone = snapshot.lease?.zone ?? "";
    this.#kinds = new Map(snapshot.dispositions.map((one) => [one.id, one.kind]));
    snapshot.dispositions.forEach((one, index) => {
      const { first } = clone("t-choice");
      const input = first.querySelector("input");
      input.value = one.id;
      first.querySelector("span").textContent = one.label;
      first.querySelector("kbd").textContent = index < 9 ? String(index + 1) : "";
      input.addEventListener("change", () => this.#chosen(one.kind));
      this.#slots.list.append(first);
    });
    this.#slots.form.addEventListener("submit", (event) => event.preventDefault());
    this.#slots["save-pause"].addEventListener("click", () => this.#acts.savePause());
    this.#slots.extend.addEventListener("click", () => this.#acts.extend());
  }

  #chosen(kind) {
    show(this.#slots.error, false);
    show(this.#slots.callback, kind === "callback");
    if (kind !== "callback") return;
    const now = this.#acts.now();
    byId("callback-at").min = wallAt(this.#zone, now + SOONEST_MS);
    put(this.#slots["callback-words"], say("callback.zone", { time: timeAt(this.#zone, now) }));
  }

  #drawOutcome(snapshot, here) {
    const wrapping = here.state === "wrapup";
    const result = snapshot.attempt?.result;
    const ended = wrapping && !here.needsOutcome && has(`result.${result}`);
    put(this.#slots.when, wrapping ? (here.needsOutcome ? say("outcome.choose") : "") : say("outcome.later"));
    show(this.#slots.ended, ended);
    if (ended) {
      const text = `${say("outcome.ended", { result: say(`result.${result}`) })} ${say("outcome.unneeded")}`;
      put(this.#slots.ended.querySelector("span"), text);
    }
    show(this.#slots.wrapping, wrapping);
  }
}
