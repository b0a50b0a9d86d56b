// The person panel: one person, what may be shown now, and the questions that verify them. Text only, never markup.
import { byId, clone, countryName, put, say, show, timeAt, zoneName } from "./parts.js";

export class PersonPanel {
  #panel = byId("person");
  #drawn;
  #slots = null;
  #verify = null;
  #fields = new Map();
  #onAnswer;

  // onAnswer(column, answer): compare; resolves to the server's answer.
  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  draw(snapshot, here) {
    const lease = here.lease;
    if (lease !== this.#drawn) this.#begin(lease);
    if (!lease) return;
    const about = snapshot.lease;
    put(this.#slots.attempt, say("person.attempt", { number: about.attempt_no, of: about.max_attempts }));
    put(this.#slots.name, snapshot.person?.name || say("person.noname"));
    this.#drawFields(snapshot.person?.fields ?? []);
    this.#drawVerify(snapshot, here);
  }

  // The clock at the person; called with every tick.
  tick(snapshot, now) {
    if (!snapshot.lease || !this.#slots) return;
    const { zone: key, region: code } = snapshot.lease;
    const about = { region: countryName(code), zone: zoneName(key), time: timeAt(key, now) };
    put(this.#slots.zone, say("person.zone", about));
  }

  focusQuestion() {
    const input = this.#verify && !this.#verify.slots.form.hidden ? this.#verify.slots.form.querySelector("input") : null;
    input?.focus();
  }

  clear() {
    this.#begin(null);
  }

  #begin(lease) {
    this.#drawn = lease;
    this.#fields = new Map();
    this.#verify = null;
    this.#panel.classList.toggle("pane-person", Boolean(lease));
    const { fragment, slots } = clone(lease ? "t-person" : "t-person-none");
    this.#slots = lease ? slots : null;
    this.#panel.replaceChildren(fragment);
    this.#panel.scrollTop = 0;
  }

  #drawFields(fields) {
    const shape = JSON.stringify(fields);
    if (this.#slots.fields.dataset.shape === String(fields.length) && this.#fields.get("") === shape) return;
    const before = this.#fields;
    const rows = fields.map((field) => {
      const { first } = clone(field.locked ? "t-field-locked" : "t-field");
      first.querySelector("dt").textContent = field.label;
      const place = field.locked ? first.querySelector("span") : first.querySelector("dd");
      place.textContent = field.locked ? say(`locked.${field.locked}`) : field.value || "–";
      if (before.get(field.label) === "locked" && !field.locked) first.classList.add("fresh");
      return first;
    });
    this.#fields = new Map(fields.map((field) => [field.label, field.locked ? "locked" : "open"]));
    this.#fields.set("", shape);
    this.#slots.fields.dataset.shape = String(fields.length);
    this.#slots.fields.replaceChildren(...rows);
  }

  #drawVerify(snapshot, here) {
    if (!this.#verify) this.#beginVerify();
    const { slots } = this.#verify;
    const { matched, needed, tries_left: left } = snapshot.lease;
    const done = needed > 0 && matched >= needed;
    const asked = snapshot.questions.length > 0 && needed > 0;
    put(slots.count, asked && !done ? say("verify.count", { matched, needed }) : "");
    show(slots.done, done);
    put(slots.done.querySelector("span"), say("verify.done"));
    slots.matched.replaceChildren(...snapshot.questions.filter((one) => one.matched).map((one) => {
      const { first } = clone("t-matched");
      first.querySelector(".muted").textContent = one.question;
      return first;
    }));
    const next = here.live && asked && !done && left > 0 ? snapshot.questions.find((one) => !one.matched) : null;
    put(slots.words, this.#words(asked, done, left, here));
    show(slots.words, !next && !done);
    show(slots.form, Boolean(next));
    if (next && this.#verify.column !== next.column) this.#ask(next, left);
    if (!next) this.#verify.column = null;
    const input = slots.form.querySelector("input");
    // Cleared when it may not be asked any more: an answer does not stay on the screen.
    if (!next) input.value = "";
  }

  #words(asked, done, left, here) {
    if (!asked) return say("verify.unasked");
    if (!done && left <= 0) return say("verify.none");
    return here.state === "wrapup" ? "" : say("verify.wait");
  }

  #ask(question, left) {
    const { slots } = this.#verify;
    this.#verify.column = question.column;
    put(slots.question, question.question);
    put(slots.tries, say("verify.tries", { left }));
    slots.form.querySelector("input").value = "";
  }

  #beginVerify() {
    const { fragment, slots } = clone("t-verify");
    this.#slots.verify.replaceChildren(fragment);
    this.#verify = { slots, column: null };
    slots.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const input = slots.form.querySelector("input");
      const answer = input.value;
      if (!answer.trim()) {
        put(slots.tries, say("verify.empty"));
        return;
      }
      const result = await this.#onAnswer(this.#verify.column, answer);
      if (result.code === "offline") return;
      input.value = "";
      input.focus();
      if (result.ok && !result.match) put(slots.tries, say("verify.nomatch", { left: result.tries_left }));
      else if (!result.ok) put(slots.tries, result.message ?? "");
    });
  }
}
