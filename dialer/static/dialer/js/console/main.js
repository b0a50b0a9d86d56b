// The console's page: one line, one snapshot, one place that acts. State is the server's; what is typed stays here.
import { BIG_REST_MS, canAct, situation } from "./fsm.js";
import { actOf, isOurs } from "./keys.js";
import * as notices from "./notices.js";
import { OutcomePanel } from "./outcome.js";
import { byId, say } from "./parts.js";
import { PersonPanel } from "./person.js";
import { isReason, MiddlePanel } from "./script.js";
import { Line } from "./socket.js";
import { Softphone } from "./softphone.js";
import { markPassed, timerOf } from "./timers.js";
import { Frame } from "./view.js";

const TICK_MS = 250;
const USUAL_REASON = "break";

let snapshot = null;
let here = null;
let skew = 0;
let counted = null;
let restUntil = 0;
let busy = false;
let asked = "";

const serverNow = () => Date.now() + skew;

const line = new Line({
  make: () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${location.host}/ws/console`);
  },
  onFrame: (frame) => {
    if (frame.type === "state") take(frame);
  },
  onLine: lineChanged,
});

// Send an act; a refusal is said, and kept from happening twice while the first is under way.
const ask = async (verb, args) => {
  if (!canAct(line.state)) {
    notices.refuse(say(here?.calling ? "lost.call" : "lost.idle"));
    return { ok: false, code: "offline" };
  }
  return line.ask(verb, args);
};

const phone = new Softphone(ask);
const frame = new Frame((act) => press(act));
const person = new PersonPanel((column, answer) => ask("check_answer", { column, answer }));
const middle = new MiddlePanel({
  pause: (reason) => once(() => ask("pause", { reason })),
  choose: (campaign) => once(() => ask("choose_campaign", { campaign_id: campaign })),
});
const outcome = new OutcomePanel({
  skip: (reason) => once(() => ask("skip", { reason })),
  savePause: () => run("save_pause"),
  extend: () => once(() => ask("extend_wrap_up")),
  refuse: (text) => notices.refuse(text),
  now: serverNow,
});

const once = async (act) => {
  if (busy) return;
  busy = true;
  try {
    const answer = await act();
    if (!answer.ok && answer.message) notices.refuse(answer.message);
  } finally {
    busy = false;
  }
};

const save = async () => {
  const answer = await ask("save_outcome", outcome.collect());
  if (answer.ok || answer.code === "offline") return { ok: true };
  outcome.refuse(answer.code, answer.message);
  return { ok: true };
};

const ACTS = {
  go_ready: () => once(() => ask("go_ready")),
  pause: () => once(() => ask("pause", { reason: USUAL_REASON })),
  // Asking again with the same reason takes it back.
  pause_after: () => once(() => ask("pause", { reason: isReason(snapshot.pause_after) ? snapshot.pause_after : USUAL_REASON })),
  call: () => once(() => phone.call()),
  end_call: () => once(() => phone.end()),
  mute: () => once(() => phone.mute(true)),
  unmute: () => once(() => phone.mute(false)),
  hold: () => once(() => phone.hold(true)),
  unhold: () => once(() => phone.hold(false)),
  save: () => once(save),
  save_pause: () => once(async () => {
    if (!snapshot.pause_after) {
      const paused = await ask("pause", { reason: USUAL_REASON });
      if (!paused.ok) return paused;
    }
    return save();
  }),
  skip: () => outcome.openSkip(),
  verify: () => person.focusQuestion(),
  keys: () => byId("keys").showModal(),
};

const run = (act) => {
  notices.hush();
  ACTS[act]?.();
};

// The big button rests after it has changed, so that a press meant for the old one does nothing.
const press = (act) => {
  if (performance.now() < restUntil) return;
  if (here?.lost) {
    notices.refuse(say("big.lost"));
    return;
  }
  run(act);
};

const isSeen = (element) =>
  element !== document.body && element.checkVisibility({ checkVisibilityCSS: true, visibilityProperty: true });

// What had the focus may have gone with its panel: the state word takes it, so that it is never nowhere.
const keepFocus = (held) => {
  if (held !== document.body && !isSeen(document.activeElement)) byId("word").focus({ preventScroll: true });
};

const draw = () => {
  here = situation(snapshot, line.state);
  if (!here) return;
  const held = document.activeElement;
  if (frame.draw(snapshot, here)) restUntil = performance.now() + BIG_REST_MS;
  person.draw(snapshot, here);
  middle.draw(snapshot, here);
  outcome.draw(snapshot, here);
  keepFocus(held);
  tick();
};

function take(next) {
  const before = snapshot;
  snapshot = next;
  skew = Date.parse(next.server_time) - Date.now();
  counted = before?.state === next.state ? counted : null;
  draw();
  if (next.lease && next.trouble === "unreadable") notices.refuse(next.trouble_words);
  const paused = next.campaign?.state === "paused" && next.lease;
  if (paused && before?.campaign?.state !== "paused") notices.refuse(say("firm.paused", { firm: next.firm?.name ?? "" }));
}

let wasLost = false;
function lineChanged(state, tries, code) {
  frame.line(state);
  if (state === "over") {
    // Nothing personal stays on a page that is signed out or open elsewhere.
    snapshot = null;
    for (const panel of [person, middle, outcome]) panel.clear();
    byId("bigslot").replaceChildren();
    notices.over(code);
    return;
  }
  if (state === "lost") {
    wasLost = true;
    notices.lineLost(tries, Boolean(here?.calling));
  } else if (state === "up" && wasLost) {
    wasLost = false;
    notices.lineBack();
  }
  draw();
}

const tick = () => {
  if (!snapshot || !here) return;
  const now = serverNow();
  const next = timerOf(snapshot, now);
  const mark = markPassed(counted, next);
  if (mark) notices.speak(say("say.left", { seconds: mark }));
  counted = next;
  frame.timer(next);
  frame.ring(snapshot, next);
  person.tick(snapshot, now);
  // At zero the server decides; ask it once how things stand.
  const ended = `${snapshot.state}/${snapshot.since}`;
  if (next?.down && next.seconds <= 0 && asked !== ended && canAct(line.state)) {
    asked = ended;
    line.ask("refresh");
  }
};

addEventListener("keydown", (event) => {
  const pressed = {
    key: event.key, shift: event.shiftKey, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey,
    repeat: event.repeat,
  };
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (!outcome.close()) notices.hush();
    return;
  }
  if (outcome.key(pressed, event.target)) {
    event.preventDefault();
    return;
  }
  if (!isOurs(pressed)) return;
  event.preventDefault();
  if (document.querySelector("dialog[open]")) return;
  const act = actOf(pressed, here);
  if (act && act === here.big) press(act);
  else if (act) run(act);
});

byId("mute").addEventListener("click", () => run(here?.muted ? "unmute" : "mute"));
byId("hold").addEventListener("click", () => run(here?.state === "held" ? "unhold" : "hold"));
byId("keys-close").addEventListener("click", () => byId("keys").close());
addEventListener("offline", () => line.drop());
setInterval(tick, TICK_MS);
line.open();
