// Rows for what an event waits for or throws.

import { is } from "bpmn-js/lib/util/ModelUtil";

import { checkControl, choiceControl, textControl } from "./controls.js";
import { TIMERS, referenceOf, timerOf } from "./event_definitions.js";
import { both, page, say } from "./words.js";

/** The rows of an event, a receive task or a send task; none for others. */
export function eventRows(panel, element) {
  const timer = is(element, "bpmn:Event") && timerOf(element);
  const reference = referenceOf(element);
  return [
    is(element, "bpmn:BoundaryEvent") && interruptingRow(panel, element),
    ...(timer ? timerRows(panel, element, timer) : []),
    reference && referenceRow(panel, element, reference),
  ];
}

function interruptingRow(panel, element) {
  return checkControl({
    name: "interrupting",
    text: say("interrupting"),
    value: element.businessObject.cancelActivity !== false,
    change: (cancelActivity) => panel.update(element, { cancelActivity }),
  });
}

function timerRows(panel, element, { kind, text }) {
  return [
    choiceControl({
      name: "timer-kind",
      text: say("timer_kind"),
      value: kind,
      choices: TIMERS.map((name) => [name, say(name)]),
      none: say("choose"),
      change: (chosen) => panel.events.setTimer(element, chosen || kind, text),
    }),
    textControl({
      name: "timer",
      text: say("timer"),
      value: text,
      code: true,
      suggestions: page.vocabulary.clocks.map((clock) => `clock:${clock}`),
      hint: say("timer_hint"),
      change: (value) => panel.events.setTimer(element, kind, value),
    }),
  ];
}

function referenceRow(panel, element, { holder, attribute, type }) {
  const change = (value) => panel.events.setReference(element, value);
  const value = holder[attribute]?.name ?? "";
  if (type === "bpmn:Message") {
    const choices = Object.entries(page.vocabulary.messages).map(([name, text]) => [name, both(text)]);
    return choiceControl({ name: "message", text: say("message"), value, choices, none: say("choose"), change });
  }
  return textControl({ name: "reference", text: say(type.replace("bpmn:", "").toLowerCase()), value, code: true, change });
}
