// Asks the service, and says in one place of the page when it does not answer and when it is back.

const banner = document.getElementById("connection");
let isLost = false;
let hiding = 0;

/** The service does not answer; what is shown grows old. */
export function lost(why = "Disconnected: the service does not answer. Trying again…") {
  clearTimeout(hiding);
  if (isLost && banner.textContent === why) return;
  isLost = true;
  banner.textContent = why;
  banner.classList.remove("is-back");
  banner.hidden = false;
  document.documentElement.dataset.connection = "lost";
}

/** It answers. */
export function found() {
  if (!isLost) return;
  isLost = false;
  banner.textContent = "Connected again.";
  banner.classList.add("is-back");
  document.documentElement.dataset.connection = "found";
  hiding = setTimeout(() => { banner.hidden = true; }, 4000);
}

/** A problem that the service answered with; `problem` is as the API documents it. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** fetch, with errors as problems. Leads to the login where the session has ended. Throws Refused, or what fetch throws. */
export async function ask(address, options = {}) {
  const headers = { Accept: "application/json, text/html", ...options.headers };
  let answer;
  try {
    answer = await fetch(address, { ...options, headers });
  } catch (error) {
    if (error.name !== "AbortError") lost();
    throw error;
  }
  if (answer.ok) {
    found();
    return answer;
  }
  const problem = await answer.json().catch(() => ({ status: answer.status, detail: "The service failed here.", errors: [] }));
  if (answer.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else if (answer.status === 503) {
    lost("The service's database is away; what you see may be old. Trying again…");
  } else {
    found();
  }
  throw new Refused(problem);
}
