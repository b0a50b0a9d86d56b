// Takes an invitation's secret from behind the # (which no server sees), out of the address and its history, and sends it.
const form = document.querySelector("[data-invitation]");
const field = form?.elements.namedItem("link");
const secret = location.hash.slice(1);

if (field && secret) {
  history.replaceState(null, "", location.pathname);
  field.value = secret;
  // A refused link stays on the page with its reason; sending it again would only repeat the refusal.
  if (!document.querySelector(".error-summary")) form.requestSubmit();
}
