// What the timer of the strip counts, and when its end is spoken. Pure: it is told the time.

export const MARKS_S = Object.freeze([30, 10]);

const at = (iso) => (iso ? Date.parse(iso) : NaN);

// m:ss, or h:mm:ss from an hour on.
export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};

const upFrom = (iso, caption, now) => ({ seconds: Math.max(0, (now - at(iso)) / 1000), caption, down: false });

const downTo = (iso, total, caption, now) => ({
  // Rounded up, so that 0:00 is shown only when nothing is left.
  seconds: Math.max(0, Math.ceil(total - (now - at(iso)) / 1000)),
  caption,
  down: true,
});

const COUNT = {
  paused: (s, now) => upFrom(s.since, "timer.for", now),
  ready: (s, now) => upFrom(s.since, "timer.for", now),
  preview: (s, now) => downTo(s.since, s.limits?.preview_s ?? 0, "timer.decide", now),
  dialling: (s, now) =>
    s.attempt?.ringing_at
      ? upFrom(s.attempt.ringing_at, "timer.ringing", now)
      : upFrom(s.attempt?.dialled_at ?? s.attempt?.requested_at ?? s.since, "timer.dialling", now),
  talking: (s, now) => upFrom(s.attempt?.answered_at ?? s.since, "timer.talking", now),
  held: (s, now) => upFrom(s.attempt?.answered_at ?? s.since, "timer.talking", now),
  wrapup: (s, now) => {
    const total = (s.limits?.wrap_up_s ?? 0) + (s.limits?.extra_s ?? 0);
    const left = downTo(s.since, total, "timer.left", now);
    // At zero nothing is saved and nothing lost: it counts what runs over.
    return left.seconds > 0 ? left : { ...upFrom(s.since, "timer.over", now - total * 1000), down: false };
  },
};

// {seconds, caption, down} of a snapshot at `now` (ms of the server's clock); null when nothing counts.
export const timerOf = (snapshot, now) => {
  const counted = COUNT[snapshot?.state]?.(snapshot, now);
  return counted && Number.isFinite(counted.seconds) ? counted : null;
};

// The mark a countdown has just passed, to be spoken once; null otherwise.
export const markPassed = (before, after) => {
  if (!before?.down || !after?.down || before.seconds <= after.seconds) return null;
  return MARKS_S.find((mark) => before.seconds > mark && after.seconds <= mark && after.seconds > 0) ?? null;
};
