// Fetches each figure when it comes into view, draws it, and keeps it up to date while its sweep goes on.

import { Refused, ask } from "./connection.js";
import { isDark, onPage, onPaper, onThemeChange } from "./plot_theme.js";
import { tell } from "./plot_words.js";

const NARROW = 640;
const REFRESH_MS = 20000;
const RETRY_MS = 2000;
const CONFIG = { displaylogo: false, displayModeBar: false, showTips: false };
const FILE_WIDTH = 1000;

class Plot {
  constructor(card) {
    this.card = card;
    this.area = card.querySelector(".plot-area");
    this.status = card.querySelector(".plot-status");
    this.visible = false;
    this.figure = null;
    this.tag = null;
    this.asked = null; // whether as a narrow one; the next is of what is on the page
    this.shape = null;
    this.drawn = null; // how it looks
    this.asking = null;
    this.missed = false;
    this.waiting = 0;
    this.tapped = null;
    card.querySelectorAll("[data-download]").forEach((button) =>
      button.addEventListener("click", () => this.download(button.dataset.download)),
    );
    this.status.querySelector("button").addEventListener("click", () => this.fetch());
  }

  get narrow() {
    return this.card.clientWidth < NARROW;
  }

  get look() {
    return `${this.card.clientWidth} ${isDark()}`;
  }

  /** Fetches or draws again where the page is not any more as it was; never a wide figure in a narrow place. */
  fit() {
    if (this.asked !== this.narrow || (this.missed && !this.asking)) this.fetch();
    else if (this.drawn && this.drawn !== this.look) this.draw();
  }

  address() {
    const address = new URL(this.card.dataset.figure, location.href);
    if (this.asked) address.searchParams.set("columns", "1");
    return address;
  }

  async fetch() {
    clearTimeout(this.waiting);
    this.asking?.abort(); // an older answer never takes the place of a newer
    const own = (this.asking = new AbortController());
    if (this.asked !== this.narrow) this.drawn = null;
    this.asked = this.narrow;
    try {
      const answer = await ask(this.address(), { signal: own.signal });
      this.show(answer.headers.get("ETag"), await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.miss(error);
    }
    if (own === this.asking) this.asking = null;
  }

  show(tag, figure) {
    this.missed = false;
    if (this.drawn && tag && tag === this.tag) return this.say("");
    this.figure = figure;
    this.tag = tag;
    return this.draw();
  }

  /** Without an answer it is asked again by itself, at the latest when somebody looks; a refusal has its reasons. */
  miss(error) {
    const isRefused = error instanceof Refused && error.problem.status !== 503;
    this.missed = !isRefused;
    this.say(isRefused ? error.message : "The figure cannot be fetched now. What you see may be old.", true);
    if (this.missed) this.waiting = setTimeout(() => this.visible && this.fetch(), RETRY_MS);
  }

  draw() {
    const { meta } = this.figure.layout;
    tell(this.card, meta, this.card.dataset.trials);
    this.card.querySelectorAll("[data-download]").forEach((button) => (button.disabled = meta.empty !== null));
    this.area.classList.remove("is-loading");
    this.drawn = this.look;
    if (meta.empty !== null) return this.showEmpty(meta.empty);
    if (!window.Plotly) return this.say("The plotting script did not load. Reload the page to try again.", false);
    if (this.shape !== this.asked) this.clear(); // Plotly fails where one becomes the other
    this.shape = this.asked;
    this.say("");
    this.area.querySelector(".plot-empty")?.remove();
    this.area.setAttribute("role", "img");
    this.area.setAttribute("aria-label", `${meta.title}. ${meta.summary}`);
    const layout = onPage(this.figure.layout, this.asked);
    window.Plotly.react(this.area, structuredClone(this.figure.data), structuredClone(layout), CONFIG);
    if (!this.listens && this.card.dataset.trials) {
      this.listens = true;
      this.area.on("plotly_click", ({ points }) => this.open(points[0]?.customdata));
    }
  }

  /** A finger, which cannot hover, is first shown what it touches; the same again leads there. */
  open(of) {
    if (!Array.isArray(of)) return;
    const isSure = matchMedia("(pointer: fine)").matches || this.tapped === of[0];
    this.tapped = of[0];
    if (isSure) location.assign(`${this.card.dataset.trials}/${of[0]}`);
  }

  clear() {
    if (this.shape !== null) window.Plotly.purge(this.area);
    this.shape = null;
    this.listens = false;
  }

  showEmpty(text) {
    this.clear();
    this.say("");
    const said = Object.assign(document.createElement("p"), { className: "plot-empty", textContent: text });
    this.area.replaceChildren(said);
    this.area.removeAttribute("role");
    this.area.removeAttribute("aria-label");
  }

  say(text, again = false) {
    this.area.classList.remove("is-loading");
    this.status.hidden = text === "";
    this.status.querySelector("span").textContent = text;
    this.status.querySelector("button").hidden = !again;
  }

  download(format) {
    if (!this.figure) return;
    const layout = onPaper(this.figure.layout);
    const file = { format, filename: this.card.dataset.file, width: FILE_WIDTH, height: layout.height, scale: 2 };
    if (format === "svg") delete file.scale;
    const figure = { data: structuredClone(this.figure.data), layout: structuredClone(layout) };
    window.Plotly.downloadImage(figure, file).catch(() => this.say(`The ${format.toUpperCase()} could not be made.`));
  }
}

const plots = new Map([...document.querySelectorAll("[data-figure]")].map((card) => [card, new Plot(card)]));

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const plot = plots.get(target);
      plot.visible = isIntersecting;
      if (isIntersecting) plot.fit();
    }
  },
  { rootMargin: "300px" },
);
plots.forEach((_, card) => seen.observe(card));

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = plots.get(target);
    if (plot.visible) plot.fit();
  }
});
plots.forEach((_, card) => resized.observe(card));

onThemeChange(() => plots.forEach((plot) => plot.asked === plot.narrow && plot.fit())); // all, as for printing

if (document.querySelector("[data-live]")) {
  setInterval(() => {
    if (document.visibilityState === "visible") plots.forEach((plot) => plot.visible && !plot.asking && plot.fetch());
  }, REFRESH_MS);
}
