// Asks before a form does what cannot be undone: <form data-confirm="Delete it?">.

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (!question || confirm(question)) return;
  event.preventDefault();
  event.stopPropagation();
}, true); // before any other that listens: what is cancelled nobody else hears of
