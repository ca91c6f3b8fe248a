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

const SCROLLED = ".table-box, [data-scrolled]";

/** Puts what was scrolled back to where it was. */
function scrolledAlike(element) {
  const places = [...element.querySelectorAll(SCROLLED)].map((one) => ({ left: one.scrollLeft, top: one.scrollTop }));
  return () => element.querySelectorAll(SCROLLED).forEach((one, index) => {
    const { left, top } = places[index] ?? { left: 0, top: 0 };
    if (left || top) one.scrollTo({ left, top });
  });
}

/** Replaces what `element` holds. Focus stays on what has an id; with `gently` nothing happens while text is selected. */
export function replace(element, html, gently = false) {
  if (shown.get(element) === html || (gently && isSelectedIn(element))) return false;
  const focus = focusedIn(element);
  const scrollBack = scrolledAlike(element);
  element.innerHTML = html;
  shown.set(element, html);
  showTimes(element);
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  scrollBack();
  return true;
}
