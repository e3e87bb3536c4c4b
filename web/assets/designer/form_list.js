// The list of fields of a simple form: add, remove, move, and the form's JSON follows.

import { choiceControl, checkControl, textControl } from "./controls.js";
import { el } from "./dom.js";
import { KINDS, emptyField } from "./form_fields.js";
import { say } from "./words.js";

/** An editor for a title and fields; `change(title, fields)` is called after every change. */
export class FormList {
  constructor(title, fields, change) {
    Object.assign(this, { title, fields, change });
    this.element = el("div", { class: "form-list" });
    this.#draw();
  }

  #changed(redraw = false) {
    this.change(this.title, this.fields);
    if (redraw) this.#draw();
  }

  #draw(focusOn) {
    this.element.replaceChildren(
      textControl({ name: "form-title", text: say("form_title"), value: this.title, change: (title) => {
        this.title = title;
        this.#changed();
      } }),
      el("ol", { class: "form-list__fields" }, this.fields.map((field, index) => this.#field(field, index))),
      el("button", { type: "button", class: "button button--quiet button--small", onclick: () => this.#add() }, say("add_field")),
    );
    if (focusOn !== undefined) this.element.querySelectorAll(".form-list__field")[focusOn]?.querySelector("input")?.focus();
  }

  #add() {
    this.fields.push(emptyField());
    this.#draw(this.fields.length - 1);
  }

  #field(field, index) {
    const set = (name, redraw) => (value) => {
      field[name] = value;
      this.#changed(redraw);
    };
    const kinds = Object.keys(KINDS).map((kind) => [kind, say(`field_${kind}`)]);
    return el(
      "li",
      { class: "form-list__field" },
      textControl({ name: `field-${index}-title`, text: say("field_title"), value: field.title, change: set("title") }),
      choiceControl({ name: `field-${index}-kind`, text: say("field_kind"), value: field.kind, choices: kinds, none: say("choose"), change: (kind) => {
        field.kind = kind || "line";
        this.#changed(true);
      } }),
      field.kind === "choice" && this.#choices(field, index),
      checkControl({ name: `field-${index}-required`, text: say("required"), value: field.required, change: set("required") }),
      this.#moves(index),
    );
  }

  #choices(field, index) {
    return textControl({
      name: `field-${index}-choices`,
      text: say("choices"),
      value: field.choices.join("\n"),
      lines: 3,
      hint: say("choices_hint"),
      change: (text) => {
        field.choices = text.split("\n").map((line) => line.trim()).filter(Boolean);
        this.#changed();
      },
    });
  }

  #moves(index) {
    const button = (text, action, disabled) =>
      el("button", { type: "button", class: "button button--quiet button--small", disabled, onclick: action }, text);
    const move = (step) => () => {
      const [field] = this.fields.splice(index, 1);
      this.fields.splice(index + step, 0, field);
      this.#changed(true);
    };
    const remove = () => {
      this.fields.splice(index, 1);
      this.#changed(true);
    };
    return el(
      "div",
      { class: "panel__actions" },
      button(say("move_up"), move(-1), index === 0),
      button(say("move_down"), move(1), index === this.fields.length - 1),
      button(say("remove"), remove, false),
    );
  }
}
