// Moves a canvas of bpmn-js: shows a diagram so that it can be read, and brings an element to the middle.

const READABLE = 0.75;

/** Show the whole diagram; when that would be too small to read, the element to centre on or else where it starts. */
export function fit(modeler, { centre, margin = 24 } = {}) {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport");
  if (canvas.zoom() >= READABLE) return;
  const { inner, outer } = canvas.viewbox();
  if (centre) {
    look(canvas, boxOf(modeler.get("elementRegistry").get(centre)), outer, READABLE);
    return;
  }
  const start = modeler.get("elementRegistry").find((element) => element.type === "bpmn:StartEvent" && !element.labelTarget);
  const { x, y } = start ? boxOf(start) : inner;
  // From the names of the lanes on, as far as the start stays in sight; `margin` is what lies over the left edge.
  const left = Math.max(x - (outer.width / READABLE) * 0.4, inner.x - margin / READABLE);
  look(canvas, { x: left + outer.width / READABLE / 2, y }, outer, READABLE);
}

/** Bring an element to the middle of the canvas and select it; false when the diagram does not hold it. */
export function reveal(modeler, elementId) {
  const element = modeler.get("elementRegistry").get(elementId);
  if (!element) return false;
  const canvas = modeler.get("canvas");
  canvas.setRootElement(canvas.findRoot(element) ?? canvas.getRootElement());
  look(canvas, boxOf(element), canvas.viewbox().outer, Math.max(canvas.zoom(), 0.9));
  modeler.get("selection").select(element);
  return true;
}

function look(canvas, middle, outer, scale) {
  const width = outer.width / scale;
  const height = outer.height / scale;
  canvas.viewbox({ x: middle.x - width / 2, y: middle.y - height / 2, width, height });
}

/** The middle of a shape or of a connection. */
function boxOf(element) {
  if (element.waypoints) return element.waypoints[Math.floor(element.waypoints.length / 2)];
  return { x: element.x + element.width / 2, y: element.y + element.height / 2 };
}
