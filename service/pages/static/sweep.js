// A sweep's page while somebody looks: parts that have changed are replaced, buttons do their work without a reload.

import { Refused, ask } from "./connection.js";
import { forgetPosted } from "./drafts.js";
import { replace } from "./part.js";
import { drawMeasured } from "./sweep_curves.js";

const PERIOD = 2000;
const PERIOD_OF_ENDED = 15000;
const PERIOD_UNSEEN = 30000;
const home = document.querySelector("[data-sweep]").dataset.sweep;
const parts = new Map([...document.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
const refusal = document.querySelector("[data-refusal]");
const said = document.querySelector("[data-said]");
const actions = document.querySelector("[data-actions]");
const filters = document.querySelector("[data-filters]");
const logs = document.querySelector("[data-logs]");
let state = document.querySelector("[data-part=head] .badge")?.textContent ?? "";
let period = PERIOD;
let waiting = 0;
let asking = null;
const acting = new Set(); // forms whose answer is awaited: a second press is none

filters.querySelector("[data-without-script]").hidden = true;
forgetPosted();

/** `gently`: a part in which text is selected stays as it is until it is no longer. */
function show(now, gently) {
  for (const [name, { tag, html }] of Object.entries(now.parts)) {
    const part = parts.get(name);
    if (part && replace(part, html, gently)) part.dataset.tag = tag;
  }
  document.title = `${now.title} · npsweep`;
  for (const button of document.querySelectorAll("[data-action]")) {
    const why = now.why_not[button.dataset.action] ?? "";
    button.disabled = why !== "";
    button.title = why;
  }
  refresh(now.fields);
  period = now.is_final ? PERIOD_OF_ENDED : PERIOD;
  logs.dataset.period = period;
  drawMeasured(now.measured);
  tell();
}

/** What forms begin with, unless somebody is writing there: others may have changed it. */
function refresh(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = actions?.querySelector(`[name="${name}"]`);
    if (field && field.value === field.defaultValue) field.value = field.defaultValue = value;
  }
}

/** For those who hear the page: each move of the sweep, and nothing of its progress. */
function tell() {
  const now = document.querySelector("[data-part=head] .badge")?.textContent ?? "";
  if (now !== state) said.textContent = `The sweep is ${now}.`;
  state = now;
}

async function load(gently) {
  clearTimeout(waiting);
  asking?.abort();
  asking = new AbortController();
  const own = asking;
  const address = new URL(`${home}/live${location.search}`, location.href);
  for (const part of parts.values()) address.searchParams.append("known", part.dataset.tag);
  try {
    show(await (await ask(address, { signal: own.signal })).json(), gently);
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return refuse("This sweep was deleted.");
    // else the banner says so, and the next look is a new chance
  }
  // while nobody looks, the title alone tells how it stands
  if (own === asking) waiting = setTimeout(() => load(true), document.hidden ? PERIOD_UNSEEN : period);
}

function go(address) {
  const wanted = new URL(address, location.href);
  history.replaceState(null, "", wanted.pathname + wanted.search);
  load(false);
}

function filter() {
  const kept = [...new FormData(filters)].filter(([, value]) => value.trim());
  go(`${home}?${new URLSearchParams(kept)}`);
}

let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filter, 250);
});
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  filter();
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[data-sort], a[data-page], a[data-all], a[data-arm]");
  if (!link) return;
  if (link.dataset.sort) {
    filters.elements.sort.value = link.dataset.sort;
  } else if (link.dataset.arm) {
    filters.elements.arm.value = link.dataset.arm;
    document.getElementById("trials").scrollIntoView();
  } else if ("all" in link.dataset) {
    filters.reset();
  }
  event.preventDefault();
  go(link.href);
});

function refuse(why) {
  refusal.textContent = why;
  refusal.hidden = false;
  refusal.scrollIntoView({ block: "nearest" });
}

async function act(form) {
  if (acting.has(form)) return;
  acting.add(form);
  const button = form.querySelector("button[data-action], button:not([type=button])");
  button.setAttribute("aria-busy", "true");
  refusal.hidden = true;
  try {
    const body = new URLSearchParams(new FormData(form));
    await ask(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (form.dataset.leads) return location.assign(form.dataset.leads);
    form.closest("details.menu")?.removeAttribute("open");
    if (button.dataset.action === "enqueue") form.reset(); // what was posted is not posted again
    else for (const field of form.elements) field.defaultValue = field.value;
    said.textContent = `${button.textContent}: done`;
  } catch (error) {
    refuse(error instanceof Refused ? error.message : "Not done: the service does not answer.");
  }
  button.removeAttribute("aria-busy");
  acting.delete(form);
  load(false);
}

actions?.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  act(event.target);
});

/** One menu at a time; Escape and a press elsewhere close it. */
function closeMenus(but = null) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.menu[open]");
  if (event.key !== "Escape" || !open) return;
  closeMenus();
  open.querySelector("summary").focus();
});

document.addEventListener("visibilitychange", () => { if (!document.hidden) load(true); });
load(true);
