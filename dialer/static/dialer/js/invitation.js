// Takes an invitation's secret from behind the # (which no server sees), out of the address and its history, and sends it.
const form = document.querySelector("[data-invitation]");
const field = form?.elements.namedItem("link");

const take = () => {
  const secret = location.hash.slice(1);
  if (!field || !secret) return;
  history.replaceState(null, "", location.pathname);
  field.value = secret;
  form.requestSubmit();
};

take();
// The link may be opened where this page is open already.
addEventListener("hashchange", take);
