// The list of sweeps: those that are ticked are compared, from two on.

const form = document.getElementById("compare");
const button = form.querySelector("button");

function count() {
  const ticked = [...form.elements].filter((one) => one.checked).length;
  button.disabled = ticked < 2;
  button.textContent = ticked < 2 ? "Compare" : `Compare ${ticked}`;
}

document.addEventListener("change", count);
new MutationObserver(count).observe(document.getElementById("rows"), { childList: true });
addEventListener("pageshow", count); // a browser that goes back ticks them again, after this was read
count();
