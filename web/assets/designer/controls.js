// The controls of the properties panel: a label, a control, and a hint that explains what to write.

import { el, freshId } from "./dom.js";

/** A labelled row. `name` identifies the control, so that the panel can give the focus back after drawing anew. */
function row(name, text, control, hint) {
  const id = freshId("field");
  control.id = id;
  control.dataset.field = name;
  const note = hint ? el("p", { class: "panel__hint", id: `${id}-hint` }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return el("div", { class: "panel__row" }, el("label", { for: id }, text), control, note);
}

/** One line or, with `lines`, several; `change` is called with the trimmed text when it changed. */
export function textControl({ name, text, value, change, hint, lines, suggestions, invalid, code }) {
  const attributes = { class: code ? "panel__code" : null, spellcheck: code ? "false" : null, autocomplete: "off" };
  const control = lines ? el("textarea", { ...attributes, rows: lines }) : el("input", { ...attributes, type: "text" });
  control.value = value ?? "";
  if (invalid) control.setAttribute("aria-invalid", "true");
  control.addEventListener("change", () => change(control.value.trim()));
  const made = row(name, text, control, hint);
  if (suggestions?.length) {
    const list = el("datalist", { id: freshId("list") }, suggestions.map((option) => el("option", { value: option })));
    control.setAttribute("list", list.id);
    made.append(list);
  }
  return made;
}

/** A choice of `[value, text]`; a present value that is no choice is kept and shown as it is. */
export function choiceControl({ name, text, value, choices, none, change, hint }) {
  const known = choices.some(([key]) => key === value);
  const all = [["", none], ...choices, ...(value && !known ? [[value, `${value} (?)`]] : [])];
  const control = el("select", {}, all.map(([key, shown]) => el("option", { value: key }, shown)));
  control.value = value ?? "";
  control.addEventListener("change", () => change(control.value));
  return row(name, text, control, hint);
}

/** A yes or no. */
export function checkControl({ name, text, value, change, hint }) {
  const id = freshId("field");
  const control = el("input", { type: "checkbox", id, "data-field": name });
  control.checked = value;
  control.addEventListener("change", () => change(control.checked));
  const note = hint ? el("p", { class: "panel__hint" }, hint) : null;
  return el("div", { class: "panel__row" }, el("div", { class: "panel__check" }, control, el("label", { for: id }, text)), note);
}

/** A quiet button inside the panel. */
export function actionButton(text, action, tone = "quiet") {
  return el("button", { type: "button", class: `button button--${tone} button--small`, onclick: action }, text);
}

/** A titled group of rows; empty groups are left out. */
export function group(title, ...rows) {
  const held = rows.flat().filter(Boolean);
  return held.length ? el("fieldset", { class: "panel__group" }, el("legend", {}, title), held) : null;
}
