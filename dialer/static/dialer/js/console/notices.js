// What floats: refusals, good news, the lost line, the end. Alerts only for a lost line and a refused act.
import { byId, put, say, show } from "./parts.js";

const STAY_MS = 8000;
const timers = new Map();

const flash = (id, text) => {
  put(byId(`${id}-words`), text);
  show(byId(id), true);
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => leave(id), STAY_MS));
};

const leave = (id) => {
  const toast = byId(id);
  // What is being read stays.
  if (toast.matches(":hover, :focus-within")) timers.set(id, setTimeout(() => leave(id), STAY_MS));
  else show(toast, false);
};

export const refuse = (text) => flash("refused", text);

export const tell = (text) => flash("told", text);

export const hush = () => {
  show(byId("refused"), false);
  show(byId("told"), false);
};

export const lineLost = (tries, calling) => {
  put(byId("lost-title"), say("lost.title", { count: Math.max(1, tries) }));
  put(byId("lost-words"), say(calling ? "lost.call" : "lost.idle"));
  show(byId("lost"), true);
};

export const lineBack = () => {
  show(byId("lost"), false);
  tell(say("back"));
};

export const over = (code) => {
  show(byId("lost"), false);
  put(byId("over-words"), say(`over.${code}`));
  byId("over").showModal();
};

export const speak = (text) => put(byId("spoken"), text);
