// Puts every <time> into the reader's zone and language; an age is kept up to date.

const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function age(when) {
  const seconds = (when - Date.now()) / 1000;
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return found ? ago.format(Math.round(seconds / found[1]), found[0]) : "just now";
}

function show(element) {
  const when = new Date(element.dateTime);
  if (Number.isNaN(when.getTime())) return;
  const style = element.dataset.style;
  const text = style === "ago" ? age(when) : style === "date" ? day.format(when) : full.format(when);
  if (element.textContent !== text) element.textContent = text;
  if (!element.title) element.title = exact.format(when);
}

/** For parts of a page that came later. */
export function showTimes(root = document) {
  root.querySelectorAll("time[datetime]").forEach(show);
}

showTimes();
setInterval(() => showTimes(), 30000);
