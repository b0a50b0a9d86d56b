// What each state of the desk offers, and how the line to the server lives and dies. Pure tables: no page, no clock.

// The desk's state is the server's. This says what it means here: the one big act, what F4 does, what else works.
export const DESK = Object.freeze({
  paused: { icon: "paused", big: "go_ready", pause: null, live: false, middle: "paused", right: "none" },
  ready: { icon: "ready", big: "pause", pause: "pause", live: false, middle: "ready", right: "none" },
  preview: { icon: "preview", big: "call", pause: "pause_after", live: false, middle: "script", right: "before" },
  dialling: { icon: "dialling", big: "end_call", pause: "pause_after", live: false, middle: "script", right: "before" },
  talking: { icon: "talking", big: "end_call", pause: "pause_after", live: true, middle: "script", right: "outcome" },
  held: { icon: "held", big: "end_call", pause: "pause_after", live: true, middle: "script", right: "outcome" },
  wrapup: { icon: "wrapup", big: "save", pause: "save_pause", live: false, middle: "script", right: "outcome" },
});

export const BIG = Object.freeze({
  go_ready: { word: "big.go_ready", icon: "ready", kind: "btn-primary", key: "F2" },
  pause: { word: "big.pause", icon: "pause", kind: "", key: "F4" },
  call: { word: "big.call", icon: "dialling", kind: "btn-primary", key: "F2" },
  end_call: { word: "big.end_call", icon: "end", kind: "btn-danger", key: "F9" },
  save: { word: "big.save_next", icon: "check", kind: "btn-primary", key: "F2" },
});

// The line: up, then a gap nobody sees, a chip after 2 s, the strip after 5 s. `over` is for good.
export const LINE = Object.freeze({
  connecting: { open: "up", late: "shaky", gone: "lost", over: "over" },
  up: { drop: "gap", over: "over" },
  gap: { open: "up", late: "shaky", gone: "lost", over: "over" },
  shaky: { open: "up", gone: "lost", over: "over" },
  lost: { open: "up", over: "over" },
  over: {},
});

const SAYS_ENOUGH = new Set(["no_answer", "busy", "machine", "unreachable", "invalid", "cancelled"]);

export const LATE_MS = 2000;
export const GONE_MS = 5000;
export const BIG_REST_MS = 800;

// Next state of the line; an event that means nothing here changes nothing.
export const stepLine = (line, event) => LINE[line]?.[event] ?? line;

// Whether acts may be sent: in a short gap they wait for nothing and are refused in words.
export const canAct = (line) => line === "up";

// What the page is in, from the server's snapshot and the line: null before the first snapshot.
export const situation = (snapshot, line) => {
  if (!snapshot || !(snapshot.state in DESK)) return null;
  const desk = DESK[snapshot.state];
  const isRinging = snapshot.state === "dialling" && Boolean(snapshot.attempt?.ringing_at);
  return {
    state: snapshot.state,
    line,
    lost: line === "lost",
    icon: desk.icon,
    big: desk.big,
    pause: desk.pause,
    live: desk.live,
    calling: desk.live || snapshot.state === "dialling",
    ringing: isRinging,
    middle: desk.middle,
    right: snapshot.state === "paused" && snapshot.lease ? "before" : desk.right,
    muted: Boolean(snapshot.attempt?.muted),
    lease: snapshot.lease?.id ?? null,
    canSkip: Boolean(snapshot.lease) && (snapshot.state === "preview" || snapshot.state === "paused"),
    canVerify: desk.live && Boolean(snapshot.lease) && snapshot.lease.matched < snapshot.lease.needed,
    pausing: Boolean(snapshot.pause_after),
    // When the network says enough, no outcome is needed: the plan decides.
    needsOutcome: snapshot.state === "wrapup" && !SAYS_ENOUGH.has(snapshot.attempt?.result),
  };
};

// The meaning of the big button; a change of it makes a new element. `lease` keeps one person's act off the next.
export const bigMeaning = (here) => (here ? `${here.big}/${here.lost ? "lost" : "up"}/${here.lease ?? ""}` : "");
