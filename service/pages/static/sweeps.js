// The list of sweeps: filters as they are typed, and kept up to date while somebody looks.

import { ask } from "./connection.js";
import { replace } from "./part.js";

const PERIOD = 3000;
const form = document.querySelector("[data-filters]");
const rows = document.getElementById("rows");
const count = document.querySelector("[data-count]");
const compare = document.getElementById("compare");
const ticked = new Set();
let waiting = 0;
let asking = null;

form.querySelector("[data-without-script]").hidden = true;

function wanted() {
  const kept = [...new FormData(form)].filter(([, value]) => value.trim());
  const query = new URLSearchParams(kept);
  return query.size ? `/sweeps?${query}` : "/sweeps";
}

function tell() {
  const found = Number(rows.querySelector("[data-rows]")?.dataset.rows ?? 0);
  count.textContent = found === 1 ? "1 sweep" : `${found} sweeps on this page`;
}

/** What was ticked stays so while rows come and go, and is compared also where a filter hides it now. */
function tick() {
  const hidden = new Set(ticked);
  for (const box of rows.querySelectorAll("[name=id]")) {
    box.checked = ticked.has(box.value);
    hidden.delete(box.value);
  }
  compare.querySelectorAll("[type=hidden]").forEach((one) => one.remove());
  for (const value of hidden) compare.append(Object.assign(document.createElement("input"), { type: "hidden", name: "id", value }));
  const button = compare.querySelector("button");
  button.disabled = ticked.size === 1;
  button.textContent = ticked.size > 1 ? `Compare ${ticked.size}` : "Compare";
}

async function load(gently) {
  clearTimeout(waiting);
  asking?.abort();
  asking = new AbortController();
  const own = asking;
  const address = new URL(location.href);
  address.searchParams.set("part", "rows");
  try {
    const answer = await ask(address, { signal: own.signal });
    replace(rows, await answer.text(), gently);
    tick();
    if (!gently) tell();
  } catch { /* the banner says so, and the next look is a new chance */ }
  if (own === asking) waiting = setTimeout(look, PERIOD);
}

function look() {
  if (document.hidden) waiting = setTimeout(look, PERIOD);
  else load(true);
}

function filter() {
  const address = wanted();
  if (address === location.pathname + location.search) return;
  history.replaceState(null, "", address);
  load(false);
}

let typing = 0;
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filter, 250);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  filter();
});
rows.addEventListener("change", ({ target }) => {
  if (target.checked) ticked.add(target.value);
  else ticked.delete(target.value);
  tick();
});
addEventListener("pageshow", () => {
  rows.querySelectorAll("[name=id]:checked").forEach((box) => ticked.add(box.value));
  tick();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(true); });
waiting = setTimeout(look, PERIOD);
