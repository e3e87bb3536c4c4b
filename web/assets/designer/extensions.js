// Reads and writes what a drawn element carries in the spiffworkflow namespace; every write can be undone.

import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

const PROPERTIES = "spiffworkflow:Properties";
const DECISION = "spiffworkflow:CalledDecisionId";

const values = (object) => object.extensionElements?.get("values") ?? [];
const find = (object, type) => values(object).find((value) => value.$type === type);

/** All properties of an element, by name. */
export function readProperties(element) {
  const held = find(getBusinessObject(element), PROPERTIES);
  return Object.fromEntries((held?.properties ?? []).map((property) => [property.name, property.value ?? ""]));
}

/** The decision that a business rule task calls, or an empty text. */
export function readDecision(element) {
  return find(getBusinessObject(element), DECISION)?.value ?? "";
}

/** Writes to elements through the modeler's command stack. */
export class Extensions {
  constructor(modeler) {
    this.modeling = modeler.get("modeling");
    this.factory = modeler.get("bpmnFactory");
  }

  /** Set or, with an empty value, remove properties; the others keep their order. */
  setProperties(element, changes) {
    const kept = Object.entries({ ...readProperties(element), ...changes }).filter(([, value]) => value !== "");
    const properties = kept.map(([name, value]) => this.factory.create("spiffworkflow:Property", { name, value }));
    this.#replace(element, PROPERTIES, properties.length ? { properties } : null);
  }

  /** Set or remove the decision that a business rule task calls. */
  setDecision(element, value) {
    this.#replace(element, DECISION, value ? { value } : null);
  }

  #replace(element, type, content) {
    const object = getBusinessObject(element);
    const others = values(object).filter((value) => value.$type !== type);
    const held = content ? [...others, this.#holder(type, content)] : others;
    const extensionElements = held.length
      ? this.factory.create("bpmn:ExtensionElements", { values: held })
      : undefined;
    if (extensionElements) {
      extensionElements.$parent = object;
      for (const value of held) value.$parent = extensionElements;
    }
    this.modeling.updateModdleProperties(element, object, { extensionElements });
  }

  #holder(type, content) {
    const holder = this.factory.create(type, content);
    for (const property of content.properties ?? []) property.$parent = holder;
    return holder;
  }
}
