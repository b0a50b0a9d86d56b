// How a new list of open records joins the one on screen. Pure: it compares ids and keeps the order of what is shown.

// Returns for the ids shown and the ids that came: which stay, which join below, which are gone.
export const plan = (shown, arrived) => {
  const here = new Set(shown);
  const there = new Set(arrived);
  return {
    keep: shown.filter((id) => there.has(id)),
    join: arrived.filter((id) => !here.has(id)),
    gone: shown.filter((id) => !there.has(id)),
  };
};
