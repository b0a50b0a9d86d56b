// The frame of the console: bar, strip, big button, keys at the foot. It draws what it is told and decides nothing.
import { BIG, bigMeaning } from "./fsm.js";
import { hintsOf } from "./keys.js";
import { byId, clockTime, clone, dayTime, has, put, say, setIcon, show } from "./parts.js";
import { clock } from "./timers.js";

const LINE_WORDS = { up: "line.up", gap: "line.up", connecting: "line.shaky", shaky: "line.shaky", lost: "line.lost", over: "line.lost" };

export class Frame {
  #meaning = null;
  #state = null;
  #onBig;

  constructor(onBig) {
    this.#onBig = onBig;
  }

  // Draw the frame. Returns true when the big button has changed its meaning.
  draw(snapshot, here) {
    this.#bar(snapshot, here);
    this.#strip(snapshot, here);
    this.#callKeys(here);
    this.#hints(here);
    return this.#big(snapshot, here);
  }

  line(state) {
    put(byId("line-word"), say(LINE_WORDS[state]));
    setIcon(byId("line").querySelector("svg"), state === "up" || state === "gap" ? "signal" : "lost");
    byId("line").classList.toggle("s-warn", state === "shaky");
    byId("line").classList.toggle("tinted", state === "shaky");
  }

  timer(counted) {
    put(byId("clock"), counted ? clock(counted.seconds) : "");
    put(byId("caption"), counted ? say(counted.caption) : "");
  }

  ring(snapshot, counted) {
    if (byId("ring").hidden || !counted) return;
    byId("ring-bar").max = snapshot.limits.max_ring_s;
    byId("ring-bar").value = Math.min(counted.seconds, snapshot.limits.max_ring_s);
  }

  #bar(snapshot, here) {
    show(byId("firm-row"), Boolean(snapshot.firm));
    show(byId("firm-line"), Boolean(snapshot.firm && snapshot.campaign));
    put(byId("firm"), snapshot.firm?.name ?? "");
    put(byId("campaign"), snapshot.campaign?.name ?? "");
    show(byId("skips"), Boolean(snapshot.skips));
    if (snapshot.skips) put(byId("skips-word"), say("skips", snapshot.skips));
    this.line(here.line);
    const name = snapshot.me?.name ?? "";
    const time = dayTime(snapshot.server_time ?? Date.now());
    put(byId("seen"), say("seen", { name, session: snapshot.me?.session_ref ?? "", time }));
  }

  #strip(snapshot, here) {
    const shown = here.lost ? "lost" : here.state;
    const strip = byId("strip");
    strip.className = `strip s-${shown}`;
    setIcon(byId("tile").querySelector("svg"), here.lost ? "lost" : here.icon);
    const word = say(`state.${shown}`);
    if (this.#state !== shown) {
      put(byId("word"), word);
      document.title = `${word} · Keyhole`;
      byId("timer").setAttribute("aria-label", say("timer.label", { state: word }));
      this.#state = shown;
    }
    put(byId("why"), this.#why(snapshot, here));
    show(byId("ring"), here.ringing && !here.lost);
    if (here.ringing) {
      const { min_ring_s: least, max_ring_s: most } = snapshot.limits;
      put(byId("ring-words"), say("ring.limits", { least, most }));
    }
  }

  #why(snapshot, here) {
    if (here.lost) return say(here.calling ? "why.lost_call" : "why.lost");
    if (here.pausing && here.state !== "paused") return say("why.pause_after");
    if (here.state === "paused") return has(`reason.${snapshot.reason}`) ? say(`reason.${snapshot.reason}`) : "";
    if (here.state === "talking") return say("why.talking", { time: clockTime(snapshot.attempt?.answered_at) });
    if (here.ringing) return say("why.ringing");
    if (here.state === "wrapup") {
      const result = snapshot.attempt?.result;
      return !here.needsOutcome && has(`result.${result}`) ? say(`result.${result}`) : say("why.ended");
    }
    if (here.state === "preview" && has(`reason.${snapshot.reason}`)) return say(`reason.${snapshot.reason}`);
    return say(`why.${here.state}`);
  }

  #callKeys(here) {
    byId("callkeys").classList.toggle("is-off", !here.live);
    byId("mute").setAttribute("aria-pressed", String(here.muted));
    byId("hold").setAttribute("aria-pressed", String(here.state === "held"));
  }

  #hints(here) {
    const keys = hintsOf(here).map(([keysText, act]) => {
      const hint = document.createElement("span");
      const kbd = document.createElement("kbd");
      kbd.textContent = keysText;
      hint.append(kbd, say(act === "save" && here.pausing ? "hint.save_pause" : `hint.${act}`));
      return hint;
    });
    byId("hints").replaceChildren(...keys);
  }

  // A new meaning gets a new element: a press on its way to the old one finds nothing to press.
  #big(snapshot, here) {
    const meaning = `${bigMeaning(here)}/${here.pausing}`;
    if (meaning === this.#meaning) return false;
    const first = this.#meaning === null;
    this.#meaning = meaning;
    const about = BIG[here.big];
    const { first: button } = clone("t-big");
    if (about.kind && !here.lost) button.classList.add(about.kind);
    setIcon(button.querySelector("svg"), about.icon);
    const word = here.big === "save" && here.pausing ? "big.save_pause" : about.word;
    button.querySelector("b").textContent = say(word);
    button.querySelector("kbd").textContent = about.key;
    if (here.lost) button.setAttribute("aria-disabled", "true");
    const act = here.big;
    button.addEventListener("click", () => this.#onBig(act));
    const held = byId("bigslot").contains(document.activeElement);
    byId("bigslot").replaceChildren(button);
    // Somebody who is typing keeps their place; whoever was on the button is taken to the state word.
    if (!first && (held || document.activeElement === document.body)) byId("word").focus({ preventScroll: true });
    return !first;
  }
}
