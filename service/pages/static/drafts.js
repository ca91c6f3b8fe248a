// What somebody has written and not posted yet: kept in this tab, for who wrote it alone, until it is posted for certain.

const DRAFT = "npsweep draft ";
const POSTING = "npsweep posting";
const POSTED = "#posted"; // where the service leads to when a sweep is posted
const SIGNED_OUT = "#signed-out"; // and when somebody has signed out

/** The draft of a field of this page. Those of other users are forgotten. */
export function draftOf(user, field) {
  const own = `${DRAFT}${user} `;
  forget((name) => name.startsWith(DRAFT) && !name.startsWith(own));
  const page = `${own}${location.pathname}${location.search} `;
  const name = page + field;
  return {
    read: () => sessionStorage.getItem(name),
    keep: (text) => sessionStorage.setItem(name, text),
    forget: () => sessionStorage.removeItem(name),
    posting: () => sessionStorage.setItem(POSTING, page),
  };
}

/** On the page that only a posted sweep leads to. */
export function forgetPosted() {
  if (location.hash !== POSTED) return;
  const page = sessionStorage.getItem(POSTING);
  if (page) forget((name) => name === POSTING || name.startsWith(page));
  tidyAddress();
}

/** On the page that signing out leads to. */
export function forgetAll() {
  if (location.hash !== SIGNED_OUT) return;
  forget((name) => name === POSTING || name.startsWith(DRAFT));
  tidyAddress();
}

function tidyAddress() {
  history.replaceState(null, "", location.pathname + location.search);
}

function forget(is) {
  Object.keys(sessionStorage).filter(is).forEach((name) => sessionStorage.removeItem(name));
}
