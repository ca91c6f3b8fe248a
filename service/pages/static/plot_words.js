// What a figure shows, in words and as a table: for who cannot see it, and for who wants the numbers.

function cell(kind, content) {
  const element = document.createElement(kind);
  if (content instanceof Node) element.append(content);
  else element.textContent = content ?? "–";
  if (kind === "th") element.scope = "col";
  if (typeof content === "number") element.className = "right";
  return element;
}

function shown(value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

function trialLink(value, trials) {
  const link = document.createElement("a");
  link.href = `${trials}/${value}`;
  link.textContent = value;
  return link;
}

function table({ columns, rows }, trials) {
  const element = document.createElement("table");
  element.className = "data";
  const head = element.createTHead().insertRow();
  head.append(...columns.map((column) => cell("th", column)));
  const body = element.createTBody();
  for (const row of rows) {
    const cells = row.map((value, place) =>
      cell("td", trials && columns[place] === "trial" && value !== null ? trialLink(value, trials) : shown(value)),
    );
    body.insertRow().append(...cells);
  }
  return element;
}

/** Writes a figure's words into its card. `trials`: the address under which its trials lie, if it has any. */
export function tell(card, meta, trials) {
  const notes = card.querySelector(".plot-notes");
  notes.replaceChildren(...meta.notes.map((note) => Object.assign(document.createElement("li"), { textContent: note })));
  notes.hidden = meta.notes.length === 0;
  const words = card.querySelector(".plot-words");
  words.hidden = meta.empty !== null;
  words.querySelector(".plot-summary").textContent = meta.summary;
  const box = words.querySelector(".table-box");
  box.hidden = meta.table.rows.length === 0;
  box.replaceChildren(...(box.hidden ? [] : [table(meta.table, trials)]));
}
