// Gives new elements ids that are words: the first name that a designer types becomes the id.

import CommandInterceptor from "diagram-js/lib/command/CommandInterceptor";
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

const GENERATED = /^(Activity|Event|Gateway|Participant|Lane|Process|SubProcess)_[0-9a-z]{7}$/;
const MAX = 60;

/** The word that a name makes, or an empty text: "Periksa lapangan?" gives periksa_lapangan. */
export function wordOf(name) {
  const plain = (name ?? "").normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const word = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "");
  return word.slice(0, MAX).replace(/_+$/, "");
}

class WordIds extends CommandInterceptor {
  constructor(eventBus, modeling, moddle) {
    super(eventBus);
    this.postExecuted(["element.updateLabel", "element.updateProperties"], ({ context }) => {
      const element = context.element.labelTarget ?? context.element;
      const object = getBusinessObject(element);
      const word = GENERATED.test(object.id) && wordOf(object.name);
      if (!word) return;
      let id = word;
      for (let number = 2; moddle.ids.assigned(id); number += 1) id = `${word}_${number}`;
      modeling.updateProperties(element, { id });
    });
  }
}
WordIds.$inject = ["eventBus", "modeling", "moddle"];

export default { __init__: ["wordIds"], wordIds: ["type", WordIds] };
