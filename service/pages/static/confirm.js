// Asks before a form does what cannot be undone: <form data-confirm="Delete it?">.

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
