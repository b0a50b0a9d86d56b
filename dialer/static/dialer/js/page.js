// What every page of a firm shares: dialogs open and close, toasts leave by themselves, errors take the focus.
const TOAST_MS = 8000;

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    dialog?.showModal();
    dialog?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    return;
  }
  event.target.closest?.("[data-close]")?.closest("dialog")?.close();
});

const dismiss = (toast) => {
  // A toast being read or used stays until pointer and focus have left it.
  if (toast.matches(":hover, :focus-within")) setTimeout(dismiss, TOAST_MS, toast);
  else toast.remove();
};

for (const toast of document.querySelectorAll("[data-toast]")) setTimeout(dismiss, TOAST_MS, toast);

document.querySelector(".error-summary")?.focus();

document.addEventListener("htmx:afterSwap", (event) => {
  event.target.querySelector?.(".error-summary")?.focus();
});
