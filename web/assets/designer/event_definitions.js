// Reads and writes what an event waits for or throws: its timer, or the message, error, signal or escalation it names.

import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

/** The kinds of timer, as the moddle names them. */
export const TIMERS = ["timeDuration", "timeDate", "timeCycle"];

/** What an element can refer to by name: the attribute that refers, the type it refers to, the code it also sets. */
const REFERENCES = {
  "bpmn:MessageEventDefinition": { attribute: "messageRef", type: "bpmn:Message" },
  "bpmn:SignalEventDefinition": { attribute: "signalRef", type: "bpmn:Signal" },
  "bpmn:ErrorEventDefinition": { attribute: "errorRef", type: "bpmn:Error", code: "errorCode" },
  "bpmn:EscalationEventDefinition": { attribute: "escalationRef", type: "bpmn:Escalation", code: "escalationCode" },
};
const MESSAGE = REFERENCES["bpmn:MessageEventDefinition"];

/** The one event definition of an element, or undefined. */
export function definitionOf(element) {
  return getBusinessObject(element).get("eventDefinitions")?.[0];
}

/** What an element refers to: the holder of the reference and how it is written; undefined when it refers to nothing. */
export function referenceOf(element) {
  if (is(element, "bpmn:ReceiveTask") || is(element, "bpmn:SendTask")) {
    return { holder: getBusinessObject(element), ...MESSAGE };
  }
  const holder = getBusinessObject(element).eventDefinitions?.[0];
  const kind = holder && REFERENCES[holder.$type];
  return kind ? { holder, ...kind } : undefined;
}

/** The timer of an element as `{ kind, text }`, or undefined. */
export function timerOf(element) {
  const definition = getBusinessObject(element).eventDefinitions?.[0];
  if (definition?.$type !== "bpmn:TimerEventDefinition") return undefined;
  const kind = TIMERS.find((name) => definition[name]) ?? TIMERS[0];
  return { definition, kind, text: definition[kind]?.body ?? "" };
}

/** Writes timers and references through the modeler's command stack. */
export class EventDefinitions {
  constructor(modeler) {
    this.modeler = modeler;
    this.modeling = modeler.get("modeling");
    this.factory = modeler.get("bpmnFactory");
  }

  /** Set the timer's kind and text; the other kinds are removed. */
  setTimer(element, kind, text) {
    const { definition } = timerOf(element);
    const expression = this.factory.create("bpmn:FormalExpression", { body: text });
    expression.$parent = definition;
    const cleared = Object.fromEntries(TIMERS.map((name) => [name, undefined]));
    this.modeling.updateModdleProperties(element, definition, { ...cleared, [kind]: text ? expression : undefined });
  }

  /** Refer to the message, error, signal or escalation of this name, which is added to the diagram when it is new. */
  setReference(element, name) {
    const { holder, attribute, type, code } = referenceOf(element);
    const target = name ? (this.#find(type, name) ?? this.#add(type, name, code)) : undefined;
    this.modeling.updateModdleProperties(element, holder, { [attribute]: target });
  }

  #roots() {
    return this.modeler.getDefinitions().get("rootElements");
  }

  #find(type, name) {
    return this.#roots().find((root) => root.$type === type && root.name === name);
  }

  #add(type, name, code) {
    const word = name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "") || "unnamed";
    const prefix = type.replace("bpmn:", "").toLowerCase();
    const taken = new Set(this.#roots().map((root) => root.id));
    let id = `${prefix}_${word}`;
    for (let number = 2; taken.has(id); number += 1) id = `${prefix}_${word}_${number}`;
    const root = this.factory.create(type, { id, name, ...(code ? { [code]: name } : {}) });
    root.$parent = this.modeler.getDefinitions();
    this.#roots().push(root);
    return root;
  }
}
