// Colours: follow the system, light, dark. Loaded before the page is drawn, so that it never flashes.
(() => {
  const ORDER = ["system", "light", "dark"];
  const KEY = "keyhole-theme";

  const read = () => {
    try {
      const kept = localStorage.getItem(KEY);
      return ORDER.includes(kept) ? kept : "system";
    } catch {
      // Storage may be forbidden: the choice then lasts as long as the page.
      return document.documentElement.dataset.theme ?? "system";
    }
  };

  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      document.documentElement.dataset.theme = theme;
    }
  };

  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      button.setAttribute("aria-label", button.dataset[theme]);
      button.title = button.dataset[theme];
      button.hidden = false;
    }
  };

  apply(read());
  document.addEventListener("DOMContentLoaded", () => apply(read()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-button]")) return;
    const next = ORDER[(ORDER.indexOf(read()) + 1) % ORDER.length];
    keep(next);
    apply(next);
  });
})();
