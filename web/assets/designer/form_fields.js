// Turns a list of fields into the JSON Schema of a form and back; a form that says more than a list can is left as it is.

import { wordOf } from "./ids.js";

/** The kinds of field that the list offers, each with its part of the schema. */
export const KINDS = {
  line: { type: "string", maxLength: 200 },
  text: { type: "string", maxLength: 2000, "x-text": "note", "x-widget": "textarea" },
  number: { type: "integer" },
  date: { type: "string", format: "date" },
  boolean: { type: "boolean" },
  choice: { type: "string", "x-widget": "radio" },
  unit: { type: "string", "x-options": "unit", "x-widget": "select" },
};
const FIELD_KEYS = new Set(["title", "enum", "x-labels"]);
const FORM_KEYS = new Set(["$schema", "$id", "type", "title", "description", "properties", "required", "additionalProperties"]);

/** An empty field of a kind. */
export function emptyField() {
  return { name: "", title: "", kind: "line", required: false, choices: [] };
}

/** The schema of a form with this key, title and fields; names and choices become words. */
export function toSchema(key, title, fields) {
  const named = withNames(fields.filter((field) => field.title.trim()));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: key,
    type: "object",
    title,
    properties: Object.fromEntries(named.map((field) => [field.name, propertyOf(field)])),
    required: named.filter((field) => field.required).map((field) => field.name),
    additionalProperties: false,
  };
}

function propertyOf(field) {
  const { type, ...rest } = KINDS[field.kind];
  if (field.kind !== "choice") return { type, title: field.title.trim(), ...rest };
  const labels = Object.fromEntries(withNames(field.choices.map((title) => ({ title }))).map(({ name, title }) => [name, title]));
  return { type, title: field.title.trim(), enum: Object.keys(labels), ...rest, "x-labels": labels };
}

/** Give every item that has none a name made of its title, each name once. */
function withNames(items) {
  const taken = new Set(items.map((item) => item.name).filter(Boolean));
  return items.map((item) => {
    if (item.name) return item;
    const word = wordOf(item.title) || "isian";
    let name = word;
    for (let number = 2; taken.has(name); number += 1) name = `${word}_${number}`;
    taken.add(name);
    return { ...item, name };
  });
}

/** The fields of a schema, or null when it holds anything that a list of fields would lose. */
export function toFields(schema) {
  if (!schema || typeof schema !== "object" || Object.keys(schema).some((key) => !FORM_KEYS.has(key))) return null;
  if (schema.description) return null;
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => fieldOf(name, property, schema));
  return fields.every(Boolean) ? fields : null;
}

function fieldOf(name, property, schema) {
  const kind = Object.keys(KINDS).find((each) => matches(property, each));
  if (!kind) return null;
  const choices = (property.enum ?? []).map((value) => property["x-labels"]?.[value] ?? value);
  return { name, title: property.title ?? "", kind, required: (schema.required ?? []).includes(name), choices };
}

function matches(property, kind) {
  const wanted = KINDS[kind];
  const own = Object.entries(property).filter(([key]) => !FIELD_KEYS.has(key));
  const same = own.length === Object.keys(wanted).length && own.every(([key, value]) => wanted[key] === value);
  return same && (kind === "choice") === Boolean(property.enum);
}
