// The list of sweeps: filters as they are typed, and kept up to date while somebody looks.

import { ask } from "./connection.js";
import { replace } from "./part.js";

const PERIOD = 3000;
const form = document.querySelector("[data-filters]");
const rows = document.getElementById("rows");
const count = document.querySelector("[data-count]");
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
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(true); });
waiting = setTimeout(look, PERIOD);
