// Makes the bpmn-js Modeler of the designer's page: our vocabulary, our words, only the shapes that run.

import Modeler from "bpmn-js/lib/Modeler";

import ids from "./ids.js";
import moddle from "./moddle.js";
import shapes from "./shapes.js";
import { translations } from "./translate.js";

/** A modeler in a container, in the page's language. */
export function createModeler(container, language) {
  return new Modeler({
    container,
    moddleExtensions: { spiffworkflow: moddle },
    additionalModules: [ids, shapes, translations(language)],
  });
}
