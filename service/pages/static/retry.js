// On the page that says the service is not ready: loads the address again as soon as it answers.

const page = document.querySelector("[data-retry-after]");
const status = page.querySelector("[data-retry-status]");
const seconds = Math.max(2, Number(page.dataset.retryAfter) || 5);

async function look() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", headers: { Accept: "application/json" } });
    if (answer.status < 500) return location.reload();
    status.textContent = "Still away; trying again…";
  } catch {
    status.textContent = "The service does not answer at all; trying again…";
  }
  setTimeout(look, seconds * 1000);
}

setTimeout(look, seconds * 1000);
