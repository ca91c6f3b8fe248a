// Plotly's colours from the page's own, for light and dark; and for files, black on white.

const LIGHT = { ink: "#1a1f26", soft: "#555f6b", line: "#d7dce2", ground: "#ffffff" };

function pageColours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    ink: named("--ink", LIGHT.ink),
    soft: named("--soft", LIGHT.soft),
    line: named("--line", LIGHT.line),
    ground: named("--raised", LIGHT.ground),
  };
}

function template({ ink, soft, line, ground }, paper) {
  const axis = { gridcolor: line, linecolor: soft, zerolinecolor: line, tickfont: { color: soft }, automargin: true };
  return {
    layout: {
      font: { color: ink },
      paper_bgcolor: paper,
      plot_bgcolor: paper,
      xaxis: axis,
      yaxis: axis,
      hoverlabel: { bgcolor: ground, bordercolor: soft, font: { color: ink }, align: "left" },
      coloraxis: { colorbar: { tickfont: { color: soft } } },
    },
  };
}

/** The layout as it looks on this page now. */
export function onPage(layout, narrow) {
  const found = { ...layout, template: template(pageColours(), "rgba(0,0,0,0)"), uirevision: "kept" };
  delete found.paper_bgcolor;
  delete found.plot_bgcolor;
  if (narrow) {
    found.dragmode = false; // a finger scrolls the page
    found.margin = { ...layout.margin, l: 48, r: 12 };
  }
  return found;
}

/** The layout for a file: light whatever the page is, with its title. */
export function onPaper(layout) {
  const found = { ...layout, template: template(LIGHT, "#ffffff") };
  delete found.paper_bgcolor;
  delete found.plot_bgcolor;
  found.title = { text: layout.meta.title, x: 0.02, font: { size: 15 } };
  found.margin = { ...layout.margin, t: (layout.margin?.t ?? 24) + 36 };
  found.height = (layout.height ?? 420) + 36;
  return found;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  return dark.matches;
}

/** Calls back when the reader changes between light and dark. */
export function onThemeChange(act) {
  dark.addEventListener("change", act);
}
