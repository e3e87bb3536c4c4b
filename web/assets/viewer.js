// Turns the picture of a diagram into one that can be moved and enlarged; without JavaScript the picture stays.

import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { el } from "./designer/dom.js";
import { fit } from "./designer/modeler_view.js";

const words = (text) => (text ?? "").split(" ").filter(Boolean);

/** Mark where a case was and where it is. */
function mark(viewer, done, current) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const passed = new Set([...done, ...current]);
  for (const id of done) if (registry.get(id)) canvas.addMarker(id, "is-done");
  for (const id of current) if (registry.get(id)) canvas.addMarker(id, "is-current");
  for (const flow of registry.filter((element) => element.waypoints && element.source && element.target)) {
    if (passed.has(flow.source.id) && passed.has(flow.target.id) && done.includes(flow.source.id)) canvas.addMarker(flow, "is-done");
  }
}

function tools(viewer, data) {
  const tool = (sign, title, action) =>
    el("button", { type: "button", class: "tool", title, "aria-label": title, onclick: action }, sign);
  return el(
    "div",
    { class: "diagram-view__tools", role: "toolbar" },
    tool("+", data.zoomIn, () => viewer.get("zoomScroll").stepZoom(1)),
    tool("−", data.zoomOut, () => viewer.get("zoomScroll").stepZoom(-1)),
    tool("⤢", data.fit, () => viewer.get("canvas").zoom("fit-viewport")),
  );
}

/** The diagram as text, or null when the server does not give it or the visitor has left. */
async function load(url) {
  const response = await fetch(url).catch(() => null);
  return response?.ok ? response.text().catch(() => null) : null;
}

/** Put the viewer in the place of the picture; when anything fails, the picture stays. */
async function enhance(view) {
  const data = view.dataset;
  const xml = await load(data.diagramUrl);
  if (!xml) return;
  const container = el("div", { class: "diagram-view__canvas", role: "region", "aria-label": data.label });
  view.append(container);
  const viewer = new NavigatedViewer({ container });
  try {
    await viewer.importXML(xml);
  } catch {
    container.remove();
    return;
  }
  view.querySelector(".diagram").hidden = true;
  view.append(tools(viewer, data));
  // The wheel belongs to the page until somebody works with the diagram.
  const scroll = viewer.get("zoomScroll");
  scroll.toggle(false);
  container.addEventListener("pointerdown", () => scroll.toggle(true));
  container.addEventListener("pointerleave", () => scroll.toggle(false));
  mark(viewer, words(data.done), words(data.current));
  fit(viewer, { centre: words(data.current).find((id) => viewer.get("elementRegistry").get(id)) });
}

for (const view of document.querySelectorAll("[data-diagram-url]")) enhance(view);
