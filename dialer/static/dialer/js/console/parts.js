// Pieces of the page: templates cloned, slots filled with text, words by key. Nothing here ever parses markup.

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
// Plain English writes 18 Nov and 14:32.
const language = { en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;

export const byId = (id) => document.getElementById(id);

// The words of a key, with {names} filled in. A missing key shows itself, so that it is noticed.
export const say = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

export const has = (key) => key in words;

// A copy of a template's content and its slots by name.
export const clone = (id) => {
  const fragment = byId(id).content.cloneNode(true);
  const slots = {};
  for (const element of fragment.querySelectorAll("[data-slot]")) slots[element.dataset.slot] = element;
  return { fragment, slots, first: fragment.firstElementChild };
};

export const put = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};

export const show = (element, on) => {
  if (element) element.hidden = !on;
};

// Change the symbol an icon draws; the sprite's address stays the server's.
export const setIcon = (svg, name) => {
  const use = svg.querySelector("use");
  use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#${name}`);
};

const timeOf = (zone) =>
  new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", hourCycle: "h23", ...(zone ? { timeZone: zone } : {}) });

const dayOf = new Intl.DateTimeFormat(language, {
  weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", hourCycle: "h23",
});

export const clockTime = (value) => timeOf().format(new Date(value));

export const dayTime = (value) => dayOf.format(new Date(value));

// The time of day at the called person; a number may be in one of several zones: the first is shown.
export const timeAt = (zoneKey, now) => {
  try {
    return timeOf((zoneKey || "").split("+")[0] || "UTC").format(new Date(now));
  } catch {
    return "";
  }
};

// A country's name from its two letters; anything else as it is.
export const countryName = (code) => {
  if (!/^[A-Z]{2}$/.test(code ?? "")) return code ?? "";
  return new Intl.DisplayNames([language], { type: "region" }).of(code) ?? code;
};

// The place a zone is named after: America/New_York is New York.
export const zoneName = (zoneKey) => (zoneKey || "").split("+")[0].split("/").at(-1).replaceAll("_", " ");

// The wall clock at the called person as a date-time field writes it: YYYY-MM-DDTHH:MM.
export const wallAt = (zoneKey, ms) => {
  const zone = (zoneKey || "").split("+")[0] || "UTC";
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).format(new Date(ms));
  return parts.replace(" ", "T");
};
