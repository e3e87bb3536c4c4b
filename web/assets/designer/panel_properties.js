// Rows for what reference/bpmn-vocabulary.json lets an element carry: form, role, unit, clock, stage, outcome, handler.

import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

import { actionButton, choiceControl, textControl } from "./controls.js";
import { el } from "./dom.js";
import { readProperties } from "./extensions.js";
import { both, label, page, say } from "./words.js";

const { vocabulary } = page;
const LISTS = { role: "roles", clock: "clocks", stage: "stages" };
const ARGUMENTS = "argument.*";

/** The name that the vocabulary gives to a kind of element: `bpmn:UserTask` is `userTask`. */
export function kindOf(element) {
  const type = getBusinessObject(element).$type.replace("bpmn:", "");
  return type.charAt(0).toLowerCase() + type.slice(1);
}

/** The rows of an element, in the order of the vocabulary. */
export function propertyRows(panel, element) {
  const kind = kindOf(element);
  const values = readProperties(element);
  return Object.entries(vocabulary.properties ?? {})
    .filter(([, property]) => property.on.includes(kind))
    .flatMap(([name, property]) => rowsOf(panel, element, { name, property, values }));
}

function rowsOf(panel, element, { name, property, values }) {
  if (name === ARGUMENTS) return argumentRows(panel, element, values);
  const change = (value) => panel.extensions.setProperties(element, { [name]: value });
  const common = { name, text: both(property.label), value: values[name] ?? "", change };
  if (name === "formKey") return formRows(panel, element, common);
  if (name === "handler") return [handlerRow(panel, element, common, values)];
  if (name === "unit") return [choiceControl({ ...common, choices: units(), none: inherited(element, name) })];
  if (name === "outcome") {
    return [textControl({ ...common, suggestions: vocabulary.outcomes, code: true, hint: say("outcome_hint") })];
  }
  const choices = vocabulary[LISTS[name]]?.map((key) => [key, label(LISTS[name], key)]);
  if (!choices) return [textControl(common)];
  return [choiceControl({ ...common, choices, none: name === "role" ? inherited(element, name) : say("none") })];
}

const units = () => Object.entries(vocabulary.units).map(([key, text]) => [key, both(text)]);

/** What a task takes from its lane when it says nothing itself. */
function inherited(element, name) {
  if (kindOf(element) !== "userTask") return say("choose");
  const lane = laneOf(element);
  const value = lane && readProperties(lane)[name];
  if (!value) return say("choose");
  const shown = name === "unit" ? both(vocabulary.units[value] ?? value) : label("roles", value);
  return say("as_lane", { value: shown });
}

function laneOf(element) {
  return getBusinessObject(element).lanes?.at(-1) ?? findLane(element);
}

function findLane(element) {
  const object = getBusinessObject(element);
  let held = object;
  while (held && held.$type !== "bpmn:Process") held = held.$parent;
  const search = (lanes) => {
    for (const lane of lanes ?? []) {
      const inner = search(lane.childLaneSet?.lanes);
      if (inner) return inner;
      if (lane.flowNodeRef?.includes(object)) return lane;
    }
    return null;
  };
  return search(held?.laneSets?.flatMap((lanes) => lanes.lanes ?? []));
}

function formRows(panel, element, common) {
  const keys = panel.set.formKeys();
  const known = keys.includes(common.value);
  return [
    choiceControl({
      ...common,
      choices: keys.map((key) => [key, `${panel.set.formTitle(key)} (${key})`]),
      none: say("choose"),
      hint: common.value && !known ? say("form_missing") : undefined,
    }),
    el(
      "div",
      { class: "panel__actions" },
      known && actionButton(say("edit_form"), () => panel.forms.open(common.value)),
      actionButton(say("new_form"), () => panel.forms.add(element)),
    ),
  ];
}

function handlerRow(panel, element, common, values) {
  const choices = Object.entries(vocabulary.handlers).map(([key, handler]) => [key, both(handler.label)]);
  const change = (handler) => {
    const wanted = vocabulary.handlers[handler]?.arguments ?? {};
    const stale = Object.keys(values).filter((name) => name.startsWith("argument.") && !(name.slice(9) in wanted));
    const cleared = Object.fromEntries(stale.map((name) => [name, ""]));
    panel.extensions.setProperties(element, { ...cleared, handler });
  };
  return choiceControl({ ...common, choices, none: say("choose"), change });
}

function argumentRows(panel, element, values) {
  const wanted = Object.keys(vocabulary.handlers[values.handler]?.arguments ?? {});
  const present = Object.keys(values).filter((name) => name.startsWith("argument.")).map((name) => name.slice(9));
  return [...new Set([...wanted, ...present])].map((name) => {
    const required = vocabulary.handlers[values.handler]?.arguments[name] === "required";
    return textControl({
      name: `argument.${name}`,
      text: say(required ? "argument_required" : "argument", { name }),
      value: values[`argument.${name}`],
      code: true,
      hint: say("expression_hint"),
      change: (value) => panel.extensions.setProperties(element, { [`argument.${name}`]: value }),
    });
  });
}
