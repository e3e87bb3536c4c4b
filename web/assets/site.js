// Small comforts on top of pages that work without it: printing, and one submission for one press.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const form of document.querySelectorAll("form[method='post']:not([data-again])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
}
// A page taken back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.querySelector(".error-summary")?.focus();

// Fields that belong to one answer appear with that answer. Without this script all are shown, each with a note.
document.documentElement.classList.add("has-script");
for (const part of document.querySelectorAll("[data-when]")) {
  const form = part.closest("form");
  const allowed = part.dataset.values.split(" ");
  const update = () => {
    const given = new FormData(form).getAll(part.dataset.when);
    part.hidden = !allowed.some((value) => given.includes(value));
    for (const control of part.querySelectorAll("input, select, textarea")) control.disabled = part.hidden;
  };
  form.addEventListener("change", update);
  update();
}
