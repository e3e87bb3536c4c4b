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

/** Show the whole diagram, but never so small that it cannot be read. */
export function fit(modeler, readable = 0.55) {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport");
  if (canvas.zoom() >= readable) return;
  const { inner, outer } = canvas.viewbox();
  const margin = 20 / readable;
  const height = outer.height / readable;
  canvas.viewbox({
    x: inner.x - margin,
    y: Math.max(inner.y - margin, inner.y + inner.height / 2 - height / 2),
    width: outer.width / readable,
    height,
  });
}

/** Bring an element to the middle of the canvas and select it; false when the diagram does not hold it. */
export function reveal(modeler, elementId) {
  const element = modeler.get("elementRegistry").get(elementId);
  if (!element) return false;
  const canvas = modeler.get("canvas");
  canvas.setRootElement(canvas.findRoot(element) ?? canvas.getRootElement());
  const outer = canvas.viewbox().outer;
  const scale = Math.max(canvas.zoom(), 0.9);
  const box = boxOf(element);
  canvas.viewbox({
    x: box.x - outer.width / scale / 2,
    y: box.y - outer.height / scale / 2,
    width: outer.width / scale,
    height: outer.height / scale,
  });
  modeler.get("selection").select(element);
  return true;
}

/** The middle of a shape or of a connection. */
function boxOf(element) {
  if (element.waypoints) return element.waypoints[Math.floor(element.waypoints.length / 2)];
  return { x: element.x + element.width / 2, y: element.y + element.height / 2 };
}
