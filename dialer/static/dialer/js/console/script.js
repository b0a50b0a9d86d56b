// The middle panel: paused with its reasons, ready and waiting, or the words to say. Text only, never markup.
import { byId, clockTime, clone, put, say, show } from "./parts.js";

const REASONS = ["break", "lunch", "training", "meeting", "technical", "other"];

// Whether a reason is one an agent gives; the firm and the clock have their own.
export const isReason = (reason) => REASONS.includes(reason);

export class MiddlePanel {
  #panel = byId("script");
  #drawn = "";
  #slots = {};
  #step = 0;
  #larger = false;
  #acts;

  // acts: {pause(reason), choose(campaignId)}.
  constructor(acts) {
    this.#acts = acts;
  }

  draw(snapshot, here) {
    const wanted = this.#wanted(snapshot, here);
    if (wanted !== this.#drawn) {
      if (!wanted.startsWith(`script/${here.lease}/`) || !this.#drawn.startsWith(`script/${here.lease}/`)) this.#step = 0;
      this.#drawn = wanted;
      this.#begin(snapshot, here);
    }
    if (here.middle === "paused") this.#drawPaused(snapshot);
    if (here.middle === "ready") this.#drawReady(snapshot);
  }

  clear() {
    this.#drawn = "";
    this.#panel.replaceChildren();
  }

  #wanted(snapshot, here) {
    if (here.middle === "script") return `script/${here.lease}/${JSON.stringify(snapshot.script)}`;
    return `${here.middle}/${JSON.stringify(snapshot.choices)}`;
  }

  #begin(snapshot, here) {
    const steps = snapshot.script?.steps ?? [];
    const kind = here.middle === "script" && !steps.length ? "noscript" : here.middle;
    const { fragment, slots } = clone(`t-${kind}`);
    this.#slots = slots;
    this.#panel.replaceChildren(fragment);
    if (kind === "paused") this.#beginPaused(snapshot);
    if (kind === "script") this.#beginScript(snapshot.script);
  }

  #beginPaused(snapshot) {
    this.#slots.reasons.replaceChildren(...REASONS.map((reason) => {
      const { first } = clone("t-reason");
      first.dataset.reason = reason;
      first.textContent = say(`reason.${reason}`);
      first.addEventListener("click", () => this.#acts.pause(reason));
      return first;
    }));
    const select = this.#slots.choose.querySelector("select");
    select.replaceChildren(...snapshot.choices.map((choice) => {
      const option = new Option(`${choice.campaign}, ${choice.firm}`, choice.campaign_id);
      return option;
    }));
    select.addEventListener("change", () => this.#acts.choose(select.value));
  }

  #drawPaused(snapshot) {
    for (const button of this.#slots.reasons.children) {
      const on = button.dataset.reason === snapshot.reason;
      button.setAttribute("aria-pressed", String(on));
    }
    const held = Boolean(snapshot.lease);
    show(this.#slots.none, !held);
    show(this.#slots.same, held);
    show(this.#slots.reasons, !held);
    show(this.#slots.choose, !held && snapshot.choices.length > 1);
    show(this.#slots.nowork, snapshot.choices.length === 0 && !held);
    const select = this.#slots.choose.querySelector("select");
    if (document.activeElement !== select) select.value = snapshot.campaign?.id ?? "";
    const due = snapshot.callback_due;
    put(this.#slots.callback, due ? say("callback.due", { time: clockTime(due) }) : "");
  }

  #drawReady(snapshot) {
    put(this.#slots.words, snapshot.trouble_words || say("ready.usual"));
    const zones = snapshot.zones ?? [];
    const open = zones.filter((zone) => zone.open).length;
    const next = zones.map((zone) => (zone.open ? null : zone.opens_at)).filter(Boolean).sort()[0];
    const parts = zones.length ? [say("ready.zones", { open, all: zones.length })] : [];
    if (next) parts.push(say("ready.opens", { time: clockTime(next) }));
    put(this.#slots.zones, parts.join(" "));
  }

  #beginScript(script) {
    const buttons = script.steps.map((step, index) => {
      const { first } = clone("t-step");
      first.lastElementChild.textContent = step.title;
      first.addEventListener("click", () => this.#go(script, index));
      return first;
    });
    this.#slots.steps.replaceChildren(...buttons);
    this.#slots.larger.setAttribute("aria-pressed", String(this.#larger));
    this.#slots.larger.addEventListener("click", () => {
      this.#larger = !this.#larger;
      this.#slots.larger.setAttribute("aria-pressed", String(this.#larger));
      this.#slots.lines.classList.toggle("is-larger", this.#larger);
    });
    this.#slots.lines.classList.toggle("is-larger", this.#larger);
    show(this.#slots.says, script.says.length > 0);
    for (const asked of script.says) {
      const { first } = clone("t-say");
      first.querySelector("span").textContent = `“${asked.question}”`;
      first.querySelector(".a").append(...asked.parts.map(partOf));
      this.#slots.says.append(first);
    }
    this.#go(script, Math.min(this.#step, script.steps.length - 1));
  }

  #go(script, index) {
    this.#step = index;
    [...this.#slots.steps.children].forEach((button, at) => {
      if (at === index) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      show(button.querySelector(".tickmark"), at < index);
    });
    this.#slots.lines.replaceChildren(...script.steps[index].lines.map((line) => {
      const paragraph = document.createElement("p");
      if (line.kind === "aside") paragraph.className = "aside";
      paragraph.append(...line.parts.map(partOf));
      return paragraph;
    }));
  }
}

const partOf = (part) => {
  if (part.merge === undefined) return document.createTextNode(part.text);
  const span = document.createElement("span");
  span.className = part.value ? "merge" : "merge missing";
  span.textContent = part.value || say("merge.missing", { label: part.merge });
  return span;
};
