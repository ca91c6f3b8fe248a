// The editor of a specification: line numbers, what the service says of the text as it is written, a draft that is kept.

import { Refused, ask } from "./connection.js";
import { draftOf } from "./drafts.js";
import { replace } from "./part.js";

const RETRY_MS = 2000;
const form = document.getElementById("writing");
const text = document.getElementById("specification");
const lines = document.getElementById("lines");
const checked = document.getElementById("checked");
const status = document.getElementById("check-status");
const failed = document.getElementById("check-failed");
const post = document.getElementById("post");
const draft = document.getElementById("draft");
const own = draftOf(form.dataset.user, "specification");
const beside = [...document.querySelectorAll(".beside [name]")].map((field) => ({
  field,
  draft: draftOf(form.dataset.user, field.name),
}));
const given = checked.querySelector(".findings") ? null : text.value; // refused, it is a draft as before
let waiting = 0;
let asking = null;

function wrongLines() {
  return new Set([...checked.querySelectorAll("li[data-line]")].map((one) => Number(one.dataset.line)));
}

function number() {
  const wrong = wrongLines();
  const count = text.value.split("\n").length;
  lines.replaceChildren(...Array.from({ length: count }, (_, index) => {
    const line = document.createElement("span");
    line.textContent = String(index + 1);
    if (wrong.has(index + 1)) line.className = "is-wrong";
    return line;
  }));
  lines.scrollTop = text.scrollTop;
  text.setAttribute("aria-invalid", String(checked.querySelector(".findings") !== null));
}

function show(line) {
  const before = text.value.split("\n").slice(0, line - 1).join("\n").length;
  const start = line > 1 ? before + 1 : 0;
  const end = text.value.indexOf("\n", start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
  const height = parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = Math.max(0, (line - 5) * height);
}

async function check() {
  waiting = 0;
  if (!text.value.trim()) return;
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  checked.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams({ specification: text.value });
    const answer = await ask("/sweeps/new/check", { method: "POST", body, signal });
    replace(checked, await answer.text());
    failed.hidden = true;
    const found = checked.querySelectorAll(".findings > li").length;
    status.textContent = found ? `${found} to put right` : "It can run";
  } catch (error) {
    if (error.name === "AbortError") return;
    failed.hidden = false;
    failed.textContent = error instanceof Refused ? error.message : "Not checked: the service does not answer";
    replace(checked, ""); // what was said of an older text
    status.textContent = "Not checked";
    if (!waiting) waiting = setTimeout(check, RETRY_MS);
  }
  checked.setAttribute("aria-busy", "false");
  number();
}

function changed() {
  number();
  clearTimeout(waiting);
  waiting = setTimeout(check, 400);
  if (text.value === given) own.forget();
  else own.keep(text.value);
}

/** As if it were typed, so that it can be undone. */
function type(signs) {
  if (document.execCommand("insertText", false, signs)) return;
  text.setRangeText(signs, text.selectionStart, text.selectionEnd, "end");
  changed();
}

text.addEventListener("input", changed);
text.addEventListener("scroll", () => { lines.scrollTop = text.scrollTop; });
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(post);
  } else if (event.key === "Enter" && !event.isComposing) {
    const line = text.value.slice(0, text.selectionStart).split("\n").pop();
    event.preventDefault();
    type(`\n${line.match(/^ */)[0]}`);
  }
});
checked.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  show(Number(link.dataset.line));
});
form.addEventListener("submit", (event) => {
  const first = checked.querySelector(".findings a[data-line]");
  if (first && !waiting) {
    event.preventDefault();
    first.focus();
    return;
  }
  own.posting();
  post.setAttribute("aria-disabled", "true");
  post.textContent = "Posting…";
});
post.addEventListener("click", (event) => {
  if (post.getAttribute("aria-disabled") === "true") event.preventDefault();
});
draft.querySelector("button").addEventListener("click", () => {
  form.reset();
  for (const { draft: kept } of beside) kept.forget();
  draft.hidden = true;
  changed();
  text.focus();
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  post.removeAttribute("aria-disabled");
  post.textContent = "Post sweep";
});

for (const { field, draft: kept } of beside) {
  field.addEventListener("input", () => kept.keep(field.value));
  if (given === null || !kept.read()) continue;
  field.value = kept.read();
  field.closest("details").open = true;
  draft.hidden = false;
}
const kept = own.read();
if (kept && given !== null && kept !== given) {
  text.value = kept;
  draft.hidden = false;
}
number();
if (given !== null) check();
