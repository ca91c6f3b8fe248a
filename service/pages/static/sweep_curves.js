// A sweep's learning curves: fetched thinned when there is more to draw, drawn as SVG, the one under the pointer named.

import { ask } from "./connection.js";
import { ticks, within } from "./curve_scale.js";

const SVG = "http://www.w3.org/2000/svg";
const ROOM = { left: 52, right: 12, top: 10, bottom: 36 };
const DASHES = { solid: "", dash: "8 5", dot: "2 4", dashdot: "8 4 2 4", longdash: "13 5", longdashdot: "13 4 2 4" };
const NEAR = 24;
const home = document.querySelector("[data-sweep]").dataset.sweep;
const panel = document.querySelector("[data-curves]");
const area = panel.querySelector("[data-area]");
const tip = panel.querySelector("[data-tip]");
const note = panel.querySelector("[data-note]");
const choices = [...panel.querySelectorAll("input[type=checkbox]")];
const shape = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
let wanted = null;
let drawn = null;
let figure = null;
let places = [];
let near = null;
let tapped = null;
let busy = false;

/** Draws anew where this differs from what is drawn. */
export function drawMeasured(measured) {
  wanted = measured;
  if (!busy && wanted !== drawn) load();
}

async function load() {
  busy = true;
  const [own, arms] = [wanted, chosen()];
  const isChoice = arms.length < choices.length;
  let isThere = true;
  try {
    if (isChoice && !arms.length) {
      figure = { ...figure, curves: [] };
    } else {
      const query = isChoice ? `?${new URLSearchParams(arms.map((arm) => ["arm", arm]))}` : "";
      figure = await (await ask(`${home}/curves${query}`)).json();
    }
  } catch {
    isThere = false; // the banner says so, and the next look is a new chance
  }
  busy = false;
  if (!isThere) return;
  drawn = own;
  if (wanted !== own || String(chosen()) !== String(arms)) load();
  draw();
}

/** The arms whose curves are wanted. */
function chosen() {
  return choices.filter((one) => one.checked).map((one) => one.value);
}

function made(name, attributes, text) {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  if (text !== undefined) found.textContent = text;
  return found;
}

function empty() {
  const why = choices.length && !choices.some((one) => one.checked)
    ? "Choose an arm to see its curves."
    : "No epoch has been measured yet. Curves appear here as soon as one is.";
  const words = Object.assign(document.createElement("p"), { className: "curve-empty", textContent: why });
  area.replaceChildren(words);
  note.textContent = "";
  places = [];
}

function draw() {
  area.classList.remove("is-loading");
  tip.hidden = true;
  near = null;
  if (!figure?.curves.length) return empty();
  const width = area.clientWidth;
  const height = area.clientHeight;
  const values = figure.curves.flatMap((curve) => curve.points.map(([, value]) => value).filter((one) => one !== null));
  const best = figure.curves.filter((curve) => curve.role === "best").flatMap((curve) => curve.points.map(([, value]) => value));
  const last = Math.max(1, ...figure.curves.map((curve) => curve.points.at(-1)[0]));
  const across = ticks(0, last, width / 90, true);
  const upwards = ticks(...within(values, best, figure.maximise), height / 60);
  const x = (epoch) => ROOM.left + (epoch / last) * (width - ROOM.left - ROOM.right);
  const [low, high] = [upwards.low, upwards.high];
  const y = (value) => height - ROOM.bottom - ((value - low) / (high - low)) * (height - ROOM.top - ROOM.bottom);
  const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary() });
  svg.append(...axes(width, height, across, upwards, x, y));
  const clip = made("clipPath", { id: "curve-room" });
  clip.append(made("rect", { x: ROOM.left, y: 0, width: width - ROOM.left, height: height - ROOM.bottom + 2 }));
  const curves = made("g", { "clip-path": "url(#curve-room)" });
  places = figure.curves.map((curve) => place(curve, x, y));
  curves.append(...places.flatMap((one) => one.marks));
  svg.append(clip, curves);
  area.replaceChildren(svg);
  note.textContent = said();
}

function axes(width, height, across, upwards, x, y) {
  const found = [];
  for (const value of upwards.at) {
    found.push(made("path", { class: "grid-line", d: `M${ROOM.left} ${y(value)}H${width - ROOM.right}` }));
    found.push(made("text", { x: ROOM.left - 8, y: y(value) + 4, "text-anchor": "end" }, shape.format(value)));
  }
  for (const epoch of across.at) {
    found.push(made("text", { x: x(epoch), y: height - ROOM.bottom + 16, "text-anchor": "middle" }, shape.format(epoch)));
  }
  found.push(made("path", { class: "axis-line", d: `M${ROOM.left} ${height - ROOM.bottom}H${width - ROOM.right}` }));
  found.push(made("text", { x: width - ROOM.right, y: height - 3, "text-anchor": "end" }, "epoch"));
  found.push(made("text", { x: ROOM.left, y: height - 3 }, figure.metric.replaceAll("_", " ")));
  return found;
}

/** The curve with where its points are on the screen; a gap where a value was not finite. */
function place(curve, x, y) {
  const { colour, dash } = figure.arms[curve.arm];
  const points = curve.points.map(([epoch, value]) => ({ epoch, value, x: x(epoch), y: value === null ? null : y(value) }));
  let path = "";
  for (const point of points) path += point.y === null ? " " : `${path === "" || path.endsWith(" ") ? "M" : "L"}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
  const style = curve.role === "best" ? "is-best" : curve.state === "pruned" ? "is-pruned" : curve.role === "training" ? "is-training" : "";
  const line = made("path", { class: `curve ${style}`, d: path.trim(), stroke: colour, "stroke-dasharray": curve.role === "best" ? DASHES[dash] : "" });
  const end = points.at(-1);
  const dots = (curve.role === "training" || points.length === 1) && end.y !== null
    ? [made("circle", { class: "dot", cx: end.x, cy: end.y, r: 3, fill: colour })] : [];
  return { curve, points, line, marks: [line, ...dots] };
}

function bests() {
  return figure.curves.filter((curve) => curve.role === "best").map((curve) => {
    const [epoch, value] = curve.points.at(-1);
    return `${figure.arms[curve.arm].name}: trial ${curve.trial}, ${value === null ? "not finite" : shape.format(value)} after ${epoch} epochs`;
  });
}

function summary() {
  const best = bests();
  return `Learning curves. ${best.length ? `Best of each arm: ${best.join("; ")}.` : "No trial has completed yet."}`;
}

function said() {
  const count = figure.curves.length;
  const all = count < figure.trials ? `${count} of ${figure.trials.toLocaleString()} trials are drawn` : "All trials are drawn";
  return `${all}. Bold: the best of each arm; with a dot: what trains now; faint: pruned.`;
}

function nearest(event) {
  const box = area.getBoundingClientRect();
  const [atX, atY] = [event.clientX - box.left, event.clientY - box.top];
  let found = null;
  let least = NEAR ** 2;
  for (const one of places) {
    for (const point of one.points) {
      if (point.y === null) continue;
      const distance = (point.x - atX) ** 2 + (point.y - atY) ** 2;
      if (distance < least) [found, least] = [{ one, point }, distance];
    }
  }
  return found;
}

function point(event) {
  const found = nearest(event);
  near?.line.classList.remove("is-near");
  near = found?.one ?? null;
  tip.hidden = near === null;
  area.style.cursor = near ? "pointer" : "";
  if (near === null) return;
  near.line.classList.add("is-near");
  const { curve } = near;
  tip.textContent = `Trial ${curve.trial}, ${figure.arms[curve.arm].name}, ${curve.state}: ${shape.format(found.point.value)} after epoch ${found.point.epoch}`;
  tip.style.left = `${Math.max(0, Math.min(found.point.x + 12, area.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${Math.max(0, found.point.y - 34)}px`;
}

area.addEventListener("pointermove", point);
area.addEventListener("pointerleave", () => {
  near?.line.classList.remove("is-near");
  near = null;
  tip.hidden = true;
});
area.addEventListener("click", (event) => {
  const isSecondTap = tapped !== null && nearest(event)?.one === tapped;
  point(event);
  tapped = near;
  // a finger cannot point before it presses: its first tap names the curve
  if (near && (event.pointerType !== "touch" || isSecondTap)) location.assign(`${home}/trials/${near.curve.trial}`);
});
for (const choice of choices) choice.addEventListener("change", () => { drawn = null; drawMeasured(wanted); });
new ResizeObserver(() => { if (figure) draw(); }).observe(area);
