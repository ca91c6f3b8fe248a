// Puts a new version of a part into the page without disturbing its reader.

import { showTimes } from "./times.js";

const shown = new WeakMap();

function focusedIn(element) {
  const focused = document.activeElement;
  return focused && element.contains(focused) ? focused.id : "";
}

function isSelectedIn(element) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && element.contains(selection.anchorNode);
}

/** Replaces what `element` holds. Focus stays on what has an id; with `gently` nothing happens while text is selected. */
export function replace(element, html, gently = false) {
  if (shown.get(element) === html || (gently && isSelectedIn(element))) return false;
  const focus = focusedIn(element);
  const box = element.querySelector(".table-box");
  const left = box ? box.scrollLeft : 0;
  element.innerHTML = html;
  shown.set(element, html);
  showTimes(element);
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  if (left) element.querySelector(".table-box")?.scrollTo({ left });
  return true;
}
