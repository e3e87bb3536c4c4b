// Rows for what BPMN itself says about an element: conditions, default flows, called processes, decisions and scripts.

import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

import { checkControl, choiceControl, textControl } from "./controls.js";
import { readDecision } from "./extensions.js";
import { say } from "./words.js";

const BRANCHING = ["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway"];

/** The rows of an element; none for most. */
export function behaviourRows(panel, element) {
  if (is(element, "bpmn:SequenceFlow")) return flowRows(panel, element);
  if (is(element, "bpmn:BusinessRuleTask")) return [decisionRow(panel, element)];
  if (is(element, "bpmn:CallActivity")) return [calledRow(panel, element)];
  if (is(element, "bpmn:ScriptTask")) return [scriptRow(panel, element)];
  return [];
}

function flowRows(panel, element) {
  const object = getBusinessObject(element);
  const source = element.source;
  if (!source || !BRANCHING.some((type) => is(source, type))) return [];
  const gateway = getBusinessObject(source);
  const isDefault = gateway.default === object;
  const set = (text) => {
    const expression = text ? panel.modeler.get("bpmnFactory").create("bpmn:FormalExpression", { body: text }) : undefined;
    if (expression) expression.$parent = object;
    panel.update(element, { conditionExpression: expression });
  };
  return [
    checkControl({
      name: "default",
      text: say("default_flow"),
      value: isDefault,
      change: (chosen) => panel.update(source, { default: chosen ? object : undefined }),
    }),
    !isDefault &&
      textControl({
        name: "condition",
        text: say("condition"),
        value: object.conditionExpression?.body,
        lines: 2,
        code: true,
        hint: say("condition_hint"),
        change: set,
      }),
  ];
}

function decisionRow(panel, element) {
  return choiceControl({
    name: "decision",
    text: say("decision"),
    value: readDecision(element),
    choices: panel.set.decisions(),
    none: say("choose"),
    change: (value) => panel.extensions.setDecision(element, value),
  });
}

function calledRow(panel, element) {
  return textControl({
    name: "called",
    text: say("called_process"),
    value: getBusinessObject(element).calledElement,
    code: true,
    suggestions: panel.set.processIds(),
    change: (calledElement) => panel.update(element, { calledElement: calledElement || undefined }),
  });
}

function scriptRow(panel, element) {
  return textControl({
    name: "script",
    text: say("script"),
    value: getBusinessObject(element).script,
    lines: 4,
    code: true,
    hint: say("script_hint"),
    change: (script) => panel.update(element, { script: script || undefined }),
  });
}
