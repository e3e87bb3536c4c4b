// Shows roughly how officers will see a form; the server draws the real one.

import { el, freshId } from "./dom.js";
import { say } from "./words.js";

/** The preview of a schema, or a note on why there is none. */
export function preview(text) {
  let schema;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    return el("p", { class: "preview__broken", role: "alert" }, say("json_broken", { reason: error.message }));
  }
  const fields = Object.entries(schema?.properties ?? {});
  return el(
    "div",
    { class: "preview" },
    el("p", { class: "preview__title" }, String(schema?.title ?? "")),
    schema?.description ? el("p", { class: "quiet" }, String(schema.description)) : null,
    fields.length ? fields.map(([name, field]) => row(name, field ?? {}, schema)) : el("p", { class: "quiet" }, say("no_fields")),
  );
}

function row(name, field, schema) {
  const id = freshId("preview");
  const optional = (schema.required ?? []).includes(name) ? null : el("span", { class: "quiet" }, ` (${say("optional")})`);
  const title = [String(field.title ?? name), optional];
  const hint = field.description ? el("p", { class: "panel__hint" }, String(field.description)) : null;
  const choices = field.enum ?? field.items?.enum;
  if (choices && field["x-widget"] !== "select") return choiceRow(field, choices, title, hint);
  return el("div", { class: "preview__row" }, el("label", { for: id }, title), hint, control(field, choices, id));
}

function choiceRow(field, choices, title, hint) {
  const type = field.type === "array" ? "checkbox" : "radio";
  const options = choices.map((value) =>
    el("label", { class: "preview__choice" }, el("input", { type, disabled: true }), String(field["x-labels"]?.[value] ?? value)),
  );
  return el("fieldset", { class: "preview__row" }, el("legend", {}, title), hint, options);
}

function control(field, choices, id) {
  if (choices) return el("select", { id }, choices.map((value) => el("option", {}, String(field["x-labels"]?.[value] ?? value))));
  if (field["x-options"]) return el("select", { id }, el("option", {}, say("from_list", { list: String(field["x-options"]) })));
  if (field["x-widget"] === "textarea") return el("textarea", { id, rows: 3, readonly: true });
  const type = { boolean: "checkbox", integer: "number", number: "number" }[field.type] ?? (field.format === "date" ? "date" : "text");
  return el("input", { id, type, readonly: true });
}
