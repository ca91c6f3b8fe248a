// The list of sweeps: those that are ticked are compared, from two on, also where a filter hides them now.

const form = document.getElementById("compare");
const button = form.querySelector("button");
const rows = document.getElementById("rows");
const ticked = new Set();

function show() {
  const hidden = new Set(ticked);
  for (const box of rows.querySelectorAll("[name=id]")) {
    box.checked = ticked.has(box.value);
    hidden.delete(box.value);
  }
  form.querySelectorAll("[type=hidden]").forEach((one) => one.remove());
  for (const value of hidden) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "id", value }));
  button.disabled = ticked.size < 2;
  button.textContent = ticked.size < 2 ? "Compare" : `Compare ${ticked.size}`;
}

rows.addEventListener("change", ({ target }) => {
  if (target.checked) ticked.add(target.value);
  else ticked.delete(target.value);
  show();
});
new MutationObserver(show).observe(rows, { childList: true });
addEventListener("pageshow", () => { // a browser that goes back ticks them again, after this was read
  rows.querySelectorAll("[name=id]:checked").forEach((box) => ticked.add(box.value));
  show();
});
