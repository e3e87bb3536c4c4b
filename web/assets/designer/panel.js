// The properties panel: shows what the vocabulary lets the selected element carry, and changes it undoably.

import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

import { checkControl, group, textControl } from "./controls.js";
import { el } from "./dom.js";
import { EventDefinitions } from "./event_definitions.js";
import { Extensions } from "./extensions.js";
import { eventRows } from "./panel_events.js";
import { propertyRows } from "./panel_properties.js";
import { behaviourRows } from "./panel_behaviour.js";
import { label, page, say } from "./words.js";

const WORD = /^[a-z][a-z0-9_]*$/;

/** The panel of a modeler. `set` is the file set; `forms` opens the form editor: `forms.open(key)`, `forms.add(element)`. */
export class Panel {
  constructor(container, modeler, set, forms) {
    Object.assign(this, { container, modeler, set, forms });
    this.modeling = modeler.get("modeling");
    this.extensions = new Extensions(modeler);
    this.events = new EventDefinitions(modeler);
    this.element = null;
    modeler.on("selection.changed", () => this.#schedule());
    modeler.on("elements.changed", () => this.#schedule());
    modeler.on("import.done", () => this.#schedule());
  }

  /** Change plain attributes of the element. */
  update(element, changes) {
    this.modeling.updateProperties(element, changes);
  }

  /** Draw the panel again, for example after a form was added to the set. */
  refresh() {
    this.#schedule();
  }

  // Drawing waits for the next frame: a control reports its change before the focus has reached the next one.
  #schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#draw());
  }

  #selected() {
    const selected = this.modeler.get("selection").get();
    const root = this.modeler.get("canvas").getRootElement();
    const element = selected.length === 1 ? selected[0] : root;
    return element?.labelTarget ?? element;
  }

  #draw() {
    const focused = this.container.contains(document.activeElement) ? document.activeElement.dataset.field : null;
    const element = this.#selected();
    this.element = element;
    this.container.replaceChildren();
    if (!element || !getBusinessObject(element)) return;
    this.container.append(this.#heading(element), ...this.#groups(element).filter(Boolean));
    if (focused) this.container.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  }

  #heading(element) {
    const object = getBusinessObject(element);
    const kind = object.$type.replace("bpmn:", "");
    return el(
      "header",
      { class: "panel__head" },
      el("p", { class: "panel__kind" }, label("kinds", kind)),
      el("p", { class: "panel__name" }, object.name || (is(element, "bpmn:Collaboration") ? page.name : object.id)),
    );
  }

  #groups(element) {
    if (is(element, "bpmn:Collaboration")) return [el("p", { class: "quiet" }, say("pick_element"))];
    return [
      group(say("general"), this.#general(element)),
      group(say("who_and_what"), propertyRows(this, element)),
      group(say("behaviour"), behaviourRows(this, element), eventRows(this, element)),
      group(say("documentation"), this.#documentation(element)),
    ];
  }

  #general(element) {
    const object = getBusinessObject(element);
    const process = is(element, "bpmn:Participant") ? object.processRef : is(element, "bpmn:Process") ? object : null;
    const named = !is(element, "bpmn:Collaboration") && !is(element, "bpmn:TextAnnotation");
    return [
      named && this.#name(element, object),
      named && this.#id(element, object),
      process && this.#processId(element, process),
      process && this.#executable(element, process),
    ];
  }

  #name(element, object) {
    return textControl({
      name: "name",
      text: say("name"),
      value: object.name,
      lines: is(element, "bpmn:SequenceFlow") ? undefined : 2,
      change: (name) => this.update(element, { name: name || undefined }),
    });
  }

  #id(element, object) {
    return textControl({
      name: "id",
      text: say("id"),
      value: object.id,
      code: true,
      invalid: !WORD.test(object.id) && !is(element, "bpmn:SequenceFlow"),
      hint: is(element, "bpmn:SequenceFlow") ? undefined : say("id_hint"),
      change: (id) => this.#rename(element, object, id),
    });
  }

  #rename(element, object, id) {
    const taken = this.modeler.get("moddle").ids.assigned(id);
    if (id && /^[A-Za-z_][\w.-]*$/.test(id) && (!taken || taken === object)) this.update(element, { id });
    else this.refresh();
  }

  #processId(element, process) {
    if (is(element, "bpmn:Process")) return null;
    return textControl({ name: "process-id", text: say("process_id"), value: process.id, code: true, change: (id) => {
      const usable = WORD.test(id) && !this.modeler.get("moddle").ids.assigned(id);
      if (usable) this.modeling.updateModdleProperties(element, process, { id });
      else this.refresh();
    } });
  }

  #executable(element, process) {
    return checkControl({
      name: "executable",
      text: say("executable"),
      value: process.isExecutable !== false,
      change: (isExecutable) => this.modeling.updateModdleProperties(element, process, { isExecutable }),
    });
  }

  #documentation(element) {
    const object = getBusinessObject(element);
    if (!object.$descriptor.propertiesByName["bpmn:documentation"] && !("documentation" in object)) return null;
    return textControl({
      name: "documentation",
      text: say("documentation_text"),
      value: object.documentation?.[0]?.text,
      lines: 3,
      change: (text) => {
        const documentation = text ? [this.modeler.get("bpmnFactory").create("bpmn:Documentation", { text })] : [];
        for (const each of documentation) each.$parent = object;
        this.modeling.updateModdleProperties(element, object, { documentation });
      },
    });
  }
}
