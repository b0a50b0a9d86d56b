// Which key does what, now. Pure: it is told the key and the situation and names an act, or null.

const PLAIN = {
  F2: (here) => ({ go_ready: "go_ready", call: "call", save: "save" })[here.big] ?? null,
  F4: (here) => here.pause,
  F8: (here) => (here.live ? (here.muted ? "unmute" : "mute") : null),
  // Ends a call and nothing else: it never saves.
  F9: (here) => (here.calling ? "end_call" : null),
};

const SHIFTED = {
  F1: () => "keys",
  F2: (here) => (here.canVerify ? "verify" : null),
  F8: (here) => (here.live ? (here.state === "held" ? "unhold" : "hold") : null),
  F9: (here) => (here.canSkip ? "skip" : null),
};

// Keys of ours are swallowed even when they do nothing now: a browser's own F-key would surprise.
export const isOurs = (press) =>
  !press.ctrl && !press.alt && !press.meta && (press.key in (press.shift ? SHIFTED : PLAIN));

// The act of a key press: {key, shift, ctrl, alt, meta, repeat}. A held-down key acts once.
export const actOf = (press, here) => {
  if (!here || press.repeat || !isOurs(press)) return null;
  return (press.shift ? SHIFTED : PLAIN)[press.key](here);
};

// The outcome a digit chooses, from 0; null unless the list has the focus.
export const choiceOf = (press, inList, count) => {
  if (!inList || press.ctrl || press.alt || press.meta || press.shift) return null;
  if (!/^[1-9]$/.test(press.key)) return null;
  const index = Number(press.key) - 1;
  return index < count ? index : null;
};

const HINTS = [
  ["F2", "F2", false],
  ["F4", "F4", false],
  ["F8", "F8", false],
  ["Shift F8", "F8", true],
  ["Shift F2", "F2", true],
  ["F9", "F9", false],
  ["Shift F9", "F9", true],
  ["Shift F1", "F1", true],
];

// The keys that work now, as [what to press, the act], for the foot.
export const hintsOf = (here) => {
  if (!here || here.line === "over") return [];
  const shown = here.right === "outcome" ? [["1–9", "outcome"]] : [];
  for (const [words, key, shift] of HINTS) {
    const act = actOf({ key, shift }, here);
    if (act) shown.push([words, act]);
  }
  return shown;
};
