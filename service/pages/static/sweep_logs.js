// A sweep's log: the last entries, and what is said while somebody looks. Nothing is asked for before it is in sight.

import { ask } from "./connection.js";

const PERIOD = 2000;
const FIRST = 100;
const EARLIER = 1000;
const MOST_SHOWN = 2000;
const panel = document.querySelector("[data-logs]");
const box = panel.querySelector("[data-log]");
const empty = panel.querySelector("[data-empty]");
const source = panel.querySelector("[data-source]");
const follow = panel.querySelector("[data-follow]");
const earlier = panel.querySelector("[data-earlier]");
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
let position = null;
let turn = 0;
let inSight = false;
let waiting = 0;

function cell(text, title = "") {
  const found = document.createElement("span");
  found.textContent = text;
  if (title) found.title = title;
  return found;
}

function line(entry) {
  const found = document.createElement("div");
  const at = entry.at ? new Date(entry.at) : null;
  found.className = "log-line";
  found.append(cell(at ? clock.format(at) : "", at ? exact.format(at) : ""), cell(entry.source), cell(entry.text));
  return found;
}

function show(entries) {
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  box.append(...entries.map(line));
  const lines = box.querySelectorAll(".log-line");
  for (let left = 0; left < lines.length - MOST_SHOWN; left += 1) lines[left].remove();
  empty.hidden = lines.length > 0;
  empty.textContent = source.value ? "This process has said nothing yet." : "Nothing has been said yet.";
  if (entries.length && follow.checked && wasAtEnd) box.scrollTop = box.scrollHeight;
}

function address(parameters) {
  const query = new URLSearchParams(parameters);
  if (source.value) query.set("source", source.value);
  return `${panel.dataset.logs}?${query}`;
}

async function begin(last) {
  const own = ++turn;
  clearTimeout(waiting);
  try {
    const page = await (await ask(address({ tail: last }))).json();
    if (own !== turn) return;
    box.querySelectorAll(".log-line").forEach((one) => one.remove());
    position = page.position;
    show(page.items);
    box.scrollTop = last === FIRST ? box.scrollHeight : 0;
    earlier.disabled = last !== FIRST || page.items.length < FIRST;
  } catch { /* the banner says so */ }
  if (own === turn) waiting = setTimeout(look, Number(panel.dataset.period ?? PERIOD));
}

async function look() {
  const own = turn;
  if (position === null) return begin(FIRST);
  if (inSight && !document.hidden && follow.checked) {
    try {
      const page = await (await ask(address({ cursor: position }))).json();
      if (own !== turn) return;
      position = page.position;
      show(page.items);
    } catch { /* the banner says so, and the next look is a new chance */ }
  }
  if (own === turn) waiting = setTimeout(look, Number(panel.dataset.period ?? PERIOD));
}

source.addEventListener("change", () => begin(FIRST));
document.addEventListener("click", (event) => {
  const { lane } = event.target.closest("a[data-lane]")?.dataset ?? {};
  if (!lane) return;
  if (![...source.options].some((one) => one.value === lane)) source.add(new Option(lane, lane));
  source.value = lane;
  begin(FIRST);
});
earlier.addEventListener("click", () => begin(EARLIER));
new IntersectionObserver(([entry]) => {
  inSight = entry.isIntersecting;
  if (inSight && position === null && !waiting) begin(FIRST);
}, { rootMargin: "200px" }).observe(panel);
