// Keeps a trial's page up to date until nothing of it changes any more.

import { ask } from "./connection.js";
import { replace } from "./part.js";

const PERIOD = 2000;
const live = document.getElementById("trial");

function isOver() {
  return live.querySelector("[data-over]") !== null;
}

function address() {
  const found = new URL(location.href);
  found.searchParams.set("part", "live");
  return found;
}

function show(html) {
  const open = [...live.querySelectorAll("details[open]")].map((details) => details.id);
  if (!replace(live, html, true)) return;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await ask(address()); // the browser asks with the tag of what it has
      show(await answer.text());
    } catch { /* the banner says so, and the next look is a new chance */ }
  }
  if (!isOver()) setTimeout(look, PERIOD);
}

if (!isOver()) setTimeout(look, PERIOD);
