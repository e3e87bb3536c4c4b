// Imports each diagram with the library of the stock BPMN editor and prints what it would warn about, as JSON.
import { readFile } from "node:fs/promises";
import { BpmnModdle } from "bpmn-moddle";

const found = {};
for (const path of process.argv.slice(2)) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(await readFile(path, "utf8"));
  found[path] = {
    warnings: warnings.map((warning) => warning.message),
    kind: rootElement.$type,
    drawn: rootElement.diagrams.flatMap((diagram) => diagram.plane.planeElement).filter((shape) => shape.bpmnElement).length,
  };
}
console.log(JSON.stringify(found));
