// The forms of the set: choose one, edit it as a list of fields or as JSON, and see what officers will see.

import { choiceControl, textControl } from "./controls.js";
import { el } from "./dom.js";
import { emptyField, toFields, toSchema } from "./form_fields.js";
import { FormList } from "./form_list.js";
import { preview } from "./form_preview.js";
import { say } from "./words.js";

const KEY = /^[a-z][a-z0-9_]*\/[a-z][a-z0-9_]*$/;
const pathOf = (key) => `forms/${key}.json`;
const pretty = (schema) => `${JSON.stringify(schema, null, 2)}\n`;

/** The editor in a container; `usersOf(key)` lists the elements that use a form. */
export class FormEditor {
  constructor(container, set, usersOf) {
    Object.assign(this, { container, set, usersOf });
    // Fields of forms that were begun on this page have no names yet: a name follows its question until it is kept.
    this.begun = new Map();
    this.key = set.formKeys()[0] ?? null;
    this.draw();
  }

  /** Show a form. */
  open(key) {
    this.key = key;
    this.draw();
    this.container.querySelector("input, textarea, select")?.focus();
  }

  /** Add a simple form under a free key made of `key` and answer the key it got. */
  add(key, title) {
    let free = KEY.test(key) ? key : "proses/formulir";
    for (let number = 2; this.set.files.has(pathOf(free)); number += 1) free = `${key}_${number}`;
    const field = { ...emptyField(), title: say("first_field"), kind: "text", required: true };
    this.begun.set(free, [field]);
    this.set.put(pathOf(free), pretty(toSchema(free, title, [field])));
    this.open(free);
    return free;
  }

  draw() {
    const keys = this.set.formKeys();
    const chooser = choiceControl({
      name: "form",
      text: say("form"),
      value: this.key ?? "",
      choices: keys.map((key) => [key, `${this.set.formTitle(key)} (${key})`]),
      none: say("choose"),
      change: (key) => {
        this.key = key || null;
        this.draw();
      },
    });
    const present = this.key && this.set.files.has(pathOf(this.key));
    this.container.replaceChildren(chooser, ...(present ? this.#form() : [el("p", { class: "quiet" }, say("no_form"))]));
  }

  #form() {
    const users = this.usersOf(this.key);
    this.view = el("div", { class: "form-view" });
    this.#show();
    return [
      el("p", { class: "panel__hint" }, users.length ? say("used_by", { names: users.join(", ") }) : say("unused")),
      this.#editor(),
      el("h2", { class: "panel__title" }, say("preview")),
      this.view,
      users.length ? null : this.#removal(),
    ].filter(Boolean);
  }

  #show() {
    this.view.replaceChildren(preview(this.set.get(pathOf(this.key))));
  }

  #editor() {
    const text = this.set.get(pathOf(this.key));
    const schema = decode(text);
    const fields = this.begun.get(this.key) ?? toFields(schema);
    const json = this.#json(text, !fields);
    if (!fields) return el("div", {}, el("p", { class: "panel__hint" }, say("only_json")), json);
    const list = new FormList(schema.title ?? "", fields, (title, changed) => {
      const made = pretty(toSchema(this.key, title, changed));
      this.set.put(pathOf(this.key), made);
      json.querySelector("textarea").value = made;
      this.#show();
    });
    if (this.begun.has(this.key)) this.begun.set(this.key, list.fields);
    return el("div", {}, list.element, json);
  }

  #json(text, open) {
    const control = textControl({
      name: "form-json",
      text: "JSON Schema",
      value: text,
      lines: 14,
      code: true,
      change: (changed) => {
        this.begun.delete(this.key);
        this.set.put(pathOf(this.key), `${changed}\n`);
        this.draw();
      },
    });
    control.querySelector("textarea").addEventListener("input", (event) => this.view.replaceChildren(preview(event.target.value)));
    return el("details", { class: "form-json", open }, el("summary", {}, say("edit_json")), control);
  }

  #removal() {
    const remove = () => {
      this.set.remove(pathOf(this.key));
      this.key = this.set.formKeys()[0] ?? null;
      this.draw();
    };
    return el("button", { type: "button", class: "button button--quiet button--small", onclick: remove }, say("remove_form"));
  }
}

function decode(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
