// The floor: keeps the table where it was scrolled to, and says the summary aloud at most every 30 seconds.
const SPEAK_MS = 30000;

const board = document.querySelector("[data-floor-board]");
const spoken = document.querySelector("[data-floor-spoken]");

const summary = () => board.querySelector("[data-floor-summary]")?.dataset.floorSummary ?? "";

let scrolled = 0;

board.addEventListener("htmx:beforeSwap", (event) => {
  scrolled = board.querySelector(".table-wrap")?.scrollLeft ?? 0;
  // A reader inside the board is not disturbed: the next answer comes in two seconds.
  if (board.contains(document.activeElement)) event.detail.shouldSwap = false;
});
board.addEventListener("htmx:afterSwap", () => {
  const wrap = board.querySelector(".table-wrap");
  if (wrap) wrap.scrollLeft = scrolled;
});
board.addEventListener("htmx:responseError", (event) => {
  if ([401, 403].includes(event.detail.xhr.status)) location.reload();
});

setInterval(() => {
  if (spoken.textContent !== summary()) spoken.textContent = summary();
}, SPEAK_MS);
