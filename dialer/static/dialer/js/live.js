// Live now: merges each answer into the table in place, so that no row moves under a pointer or loses the focus.
import { plan } from "./live-merge.js";

const body = document.querySelector("[data-live-rows]");
const hold = document.querySelector("[data-live-hold]");
const clock = document.querySelector("[data-live-clock]");

const isHeld = () => hold.getAttribute("aria-pressed") === "true";
const isWatched = () => body.matches(":hover") || body.contains(document.activeElement);
const rows = () => [...body.querySelectorAll("tr[data-row]")];

const update = (row, fresh) => {
  row.className = fresh.className;
  [...row.cells].forEach((cell, place) => {
    const other = fresh.cells[place];
    if (other && !cell.contains(document.activeElement) && cell.innerHTML !== other.innerHTML) {
      cell.replaceChildren(...other.cloneNode(true).childNodes);
    }
  });
};

const sweep = () => {
  if (isWatched()) return;
  for (const row of rows()) if (row.dataset.gone) row.remove();
};

const merge = (text) => {
  const arrived = document.createElement("template");
  // A table row is dropped by the parser unless its table is around it.
  arrived.innerHTML = `<table><tbody>${text}</tbody></table>`;
  const fresh = new Map([...arrived.content.querySelectorAll("tr[data-row]")].map((row) => [row.id, row]));
  const shown = new Map(rows().map((row) => [row.id, row]));
  const { keep, join, gone } = plan([...shown.keys()], [...fresh.keys()]);
  for (const id of keep) {
    delete shown.get(id).dataset.gone;
    update(shown.get(id), fresh.get(id));
  }
  for (const id of gone) {
    const row = shown.get(id);
    row.dataset.gone = "yes";
    row.classList.add("is-dim");
    // What is closed cannot be stopped; its button would only answer that.
    for (const button of row.querySelectorAll("button")) if (button !== document.activeElement) button.remove();
  }
  for (const id of join) body.append(document.importNode(fresh.get(id), true));
  const now = [...fresh.values()].find((row) => row.dataset.now)?.dataset.now;
  if (now) clock.textContent = now;
  sweep();
};

hold.addEventListener("click", () => hold.setAttribute("aria-pressed", String(!isHeld())));
body.addEventListener("pointerleave", sweep);
body.addEventListener("focusout", () => queueMicrotask(sweep));

body.addEventListener("htmx:beforeRequest", (event) => {
  if (isHeld()) event.preventDefault();
});
body.addEventListener("htmx:afterRequest", (event) => {
  const { successful, xhr } = event.detail;
  if (successful) merge(xhr.responseText);
  // Signed out or not allowed any more: the page says so by itself when it is opened again.
  else if (xhr.status === 401 || xhr.status === 403) location.reload();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-dialog=live-stop]");
  if (!button) return;
  document.querySelector("[data-live-lease]").value = button.dataset.lease;
  document.querySelector("[data-live-title]").textContent = button.dataset.title;
});
